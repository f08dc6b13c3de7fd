//! What runs take of their fuel, beside a model that knows nothing of blocks: the same module with a
//! counter before every operator, not metered. Programs are made at random.

use std::fmt::Write as _;
use wasmparser::{Operator, Parser, Payload};
use waxwing::{
    Caller, Config, Engine, Extern, FuelCosts, Linker, MemoryPlan, Module, OptLevel, Store, Tier,
    Trap, Val,
};
use waxwing_testkit::{PLANS, Random};

/// What an operator costs in the model.
type Model = fn(&Operator<'_>) -> i64;

fn is_delimiter(op: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(op, O::End | O::Else | O::Catch { .. } | O::CatchAll | O::Delegate { .. })
}

fn each_costs_one(op: &Operator<'_>) -> i64 {
    i64::from(!is_delimiter(op))
}

/// Costs that tell operators apart.
fn uneven(op: &Operator<'_>) -> i64 {
    match op {
        Operator::I32Add => 5,
        Operator::LocalGet { .. } => 2,
        Operator::Call { .. } => 70,
        Operator::If { .. } => 31,
        Operator::BrIf { .. } => 0,
        Operator::Loop { .. } => 900,
        Operator::I32Const { .. } => 0,
        op => each_costs_one(op),
    }
}

fn uneven_costs() -> FuelCosts {
    let mut costs = FuelCosts::instructions();
    costs.set("i32.add", 5).set("local.get", 2).set("call", 70).set("if", 31);
    costs.set("br_if", 0).set("loop", 900).set("i32.const", 0);
    costs
}

fn leb(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The module with `global 0 += cost` before every operator that costs something.
fn counting(wasm: &[u8], cost: Model) -> Vec<u8> {
    let mut out = wasm[..8].to_vec();
    let (mut code, mut bodies) = (Vec::new(), 0);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("the module is whole") {
            Payload::CodeSectionEntry(body) => {
                bodies -= 1;
                let mut operators = body.get_operators_reader().expect("operators");
                let start = operators.original_position();
                let mut new = wasm[body.range().start..start].to_vec();
                while !operators.eof() {
                    let (op, at) = operators.read_with_offset().expect("an operator");
                    let cost = cost(&op);
                    if cost > 0 {
                        new.extend([0x23, 0, 0x42]);
                        // Signed numbers need room for their sign.
                        new.extend([cost as u8 & 0x7f | 0x80, (cost >> 7) as u8]);
                        new.extend([0x7c, 0x24, 0]);
                    }
                    new.extend(&wasm[at..operators.original_position()]);
                }
                leb(new.len() as u64, &mut code);
                code.extend(new);
                if bodies == 0 {
                    out.push(10);
                    leb(code.len() as u64, &mut out);
                    out.append(&mut code);
                }
            }
            Payload::CodeSectionStart { count, .. } => {
                bodies = count;
                leb(u64::from(count), &mut code);
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    out.push(id);
                    leb(range.len() as u64, &mut out);
                    out.extend(&wasm[range]);
                }
            }
        }
    }
    out
}

/// Makes a program: functions of two parameters, later ones call earlier ones.
struct Author {
    random: Random,
    text: String,
    /// Whether operators may be used that only the fast tier knows.
    rich: bool,
    counters: u32,
    func: u64,
}

const FUNCS: u64 = 4;

fn program(seed: u64, rich: bool) -> String {
    let random = Random::new(seed);
    let mut author = Author { random, text: String::new(), rich, counters: 0, func: 0 };
    author.text.push_str(
        r#"(module
        (type $t (func (param i32 i32) (result i32)))
        (import "h" "see" (func $see (param i32) (result i32)))
        (global $n (export "n") (mut i64) (i64.const 0))
        (global $g (mut i32) (i32.const 1))
        (memory 1)
        "#,
    );
    if rich {
        author.text.push_str("(tag $tag (param i32))\n");
    }
    author.text.push_str("(table funcref (elem $f0 $f1 $f2 $f3))\n");
    for func in 0..FUNCS {
        author.function(func);
    }
    author.text.push(')');
    author.text
}

impl Author {
    fn one_of(&mut self, n: u64) -> u64 {
        self.random.below(n)
    }

    fn function(&mut self, func: u64) {
        self.func = func;
        self.counters = 0;
        let whole = std::mem::take(&mut self.text);
        self.block(3, &mut Vec::new());
        let body = std::mem::replace(&mut self.text, whole);
        let counters: String = (0..self.counters).map(|i| format!(" (local $c{i} i32)")).collect();
        let value = if self.rich && func > 0 && self.one_of(3) == 0 {
            format!("(return_call $f{} (local.get 1) (local.get 0))", self.one_of(func))
        } else {
            "(i32.add (local.get 0) (local.get 1))".to_owned()
        };
        let text =
            format!("(func $f{func} (export \"f{func}\") (type $t){counters}\n{body}{value})\n");
        self.text.push_str(&text);
    }

    fn value(&mut self) -> String {
        match self.one_of(6) {
            0 => format!("(i32.const {})", self.one_of(9)),
            1 => "(global.get $g)".to_owned(),
            2 => "(i32.load16_u (i32.and (local.get 0) (i32.const 255)))".to_owned(),
            3 => "(select (local.get 0) (i32.const 3) (local.get 1))".to_owned(),
            n => format!("(local.get {})", n % 2),
        }
    }

    fn block(&mut self, depth: u32, labels: &mut Vec<String>) {
        for _ in 0..1 + self.one_of(4) {
            self.statement(depth, labels);
        }
    }

    /// A construct around statements, to whose end branches may lead.
    fn within(&mut self, head: &str, depth: u32, labels: &mut Vec<String>) {
        let label = format!("$l{}", labels.len());
        writeln!(self.text, "({head} {label}").expect("text grows");
        labels.push(label);
        self.block(depth, labels);
        labels.pop();
        self.text.push_str(")\n");
    }

    fn statement(&mut self, depth: u32, labels: &mut Vec<String>) {
        let (a, b) = (self.value(), self.value());
        let local = self.one_of(2);
        let simple = match self.one_of(12) {
            0 => format!("(local.set {local} (i32.add {a} {b}))"),
            1 => format!("(i32.store8 (i32.and {a} (i32.const 255)) {b})"),
            2 => format!("(global.set $g (i32.xor {a} {b}))"),
            3 => format!("(local.set {local} (call $see {a}))"),
            4 => format!("(drop (i32.sub {a} {b})) (nop)"),
            5 if self.func > 0 => {
                let callee = self.one_of(self.func);
                format!("(local.set {local} (call $f{callee} {a} {b}))")
            }
            6 if self.func > 0 => {
                let callee = self.one_of(self.func);
                format!(
                    "(local.set {local} (call_indirect (type $t) {a} {b} (i32.const {callee})))"
                )
            }
            7 if !labels.is_empty() => {
                let label = &labels[self.random.below(labels.len() as u64) as usize];
                format!("(br_if {label} (i32.and {a} (i32.const 1)))")
            }
            8 if labels.len() > 1 => {
                let targets = labels.join(" ");
                let index = "(i32.and (local.get 0) (i32.const 3))";
                format!("(if (i32.gt_u {a} {b}) (then (br_table {targets} {index})))")
            }
            9 if depth < 3 => format!("(if (i32.eq {a} {b}) (then (return {a})))"),
            10 if self.rich => format!("(if (i32.gt_s {a} {b}) (then (throw $tag {a})))"),
            _ => String::new(),
        };
        if !simple.is_empty() || depth == 0 {
            self.text.push_str(&simple);
            return self.text.push('\n');
        }
        self.construct(depth, labels, [a, b], local);
    }

    /// A statement with statements in it.
    fn construct(&mut self, depth: u32, labels: &mut Vec<String>, [a, b]: [String; 2], local: u64) {
        match self.one_of(if self.rich { 6 } else { 4 }) {
            0 => self.within("block", depth - 1, labels),
            1 => {
                writeln!(self.text, "(if (i32.lt_s {a} {b}) (then").expect("text grows");
                self.block(depth - 1, labels);
                if self.one_of(2) == 0 {
                    self.text.push_str(") (else\n");
                    self.block(depth - 1, labels);
                }
                self.text.push_str("))\n");
            }
            2 | 3 => {
                let counter = self.counters;
                self.counters += 1;
                let turns = 1 + self.one_of(4);
                let label = format!("$loop{counter}");
                writeln!(self.text, "(local.set $c{counter} (i32.const {turns})) (loop {label}")
                    .expect("text grows");
                self.block(depth - 1, labels);
                let next = format!("(i32.sub (local.get $c{counter}) (i32.const 1))");
                writeln!(self.text, "(br_if {label} (local.tee $c{counter} {next})))")
                    .expect("text grows");
            }
            4 => {
                let label = format!("$l{}", labels.len());
                writeln!(self.text, "(local.set {local} (block {label} (result i32)")
                    .expect("grows");
                writeln!(self.text, "(try_table (catch $tag {label})").expect("text grows");
                self.block(depth - 1, labels);
                self.text.push_str(") (i32.const 4)))\n");
            }
            _ => {
                let label = format!("$l{}", labels.len());
                writeln!(self.text, "(block {label} (try_table (catch_all {label})")
                    .expect("grows");
                labels.push(label);
                self.block(depth - 1, labels);
                labels.pop();
                self.text.push_str("))\n");
            }
        }
    }
}

/// What a run did: what it gave (a result, or how it failed), what the host saw at each of its calls,
/// and what was taken in all.
#[derive(Debug, PartialEq)]
struct Run {
    gave: Result<i32, Option<Trap>>,
    seen: Vec<u64>,
    taken: u64,
}

fn count(n: Val) -> u64 {
    let Val::I64(n) = n else { panic!("the counter is wide") };
    n as u64
}

/// What was taken so far: of the fuel, or by the model's counter.
fn see(mut caller: Caller<'_, Vec<u64>>, x: i32) -> i32 {
    let exported = caller.get_export("n");
    let now = match (caller.fuel_consumed(), exported) {
        (Ok(taken), _) => taken,
        (Err(_), Some(Extern::Global(n))) => count(n.get(&mut caller)),
        _ => panic!("the counter is exported"),
    };
    caller.data_mut().push(now);
    x.wrapping_mul(3)
}

/// Calls a function in a fresh instance.
fn run(engine: &Engine, wasm: &[u8], name: &str, args: [i32; 2], fuel: Option<u64>) -> Run {
    let module = Module::new(engine, wasm).unwrap_or_else(|e| panic!("{e}"));
    let mut linker = Linker::new(engine);
    linker.func_wrap("h", "see", see).expect("the name is free");
    let mut store = Store::new(engine, Vec::new());
    if let Some(fuel) = fuel {
        store.set_fuel(fuel).expect("the engine meters");
    }
    let instance = linker.instantiate(&mut store, &module).unwrap_or_else(|e| panic!("{e}"));
    let func = instance.get_typed_func::<(i32, i32), i32>(&mut store, name).expect("it is there");
    let gave = func.call(&mut store, (args[0], args[1])).map_err(|e| e.trap());
    let taken = match store.fuel_consumed() {
        Ok(taken) => taken,
        Err(_) => {
            let counter = instance.get_global(&mut store, "n").expect("it is exported");
            count(counter.get(&mut store))
        }
    };
    Run { gave, taken, seen: store.into_data() }
}

fn engine(tier: Tier, level: OptLevel, plan: MemoryPlan, costs: Option<FuelCosts>) -> Engine {
    let mut config = Config::new();
    config.tier(tier).opt_level(level).memory_plan(plan).fuel(costs);
    Engine::new(&config).expect("an engine")
}

/// Every way to make metered code.
fn metered(costs: &FuelCosts, rich: bool) -> Vec<Engine> {
    let mut engines = Vec::new();
    for plan in PLANS {
        for level in [OptLevel::None, OptLevel::Speed] {
            engines.push(engine(Tier::Fast, level, plan, Some(costs.clone())));
        }
        if !rich {
            engines.push(engine(Tier::Instant, OptLevel::Speed, plan, Some(costs.clone())));
        }
    }
    engines
}

fn agree(seeds: std::ops::Range<u64>, rich: bool, costs: &FuelCosts, model: Model) {
    let plain = engine(Tier::Fast, OptLevel::Speed, MemoryPlan::Reserved, None);
    let engines = metered(costs, rich);
    let (mut calls, mut failed, mut seen) = (0, 0, 0);
    for seed in seeds {
        let text = program(seed, rich);
        let wasm = wat::parse_str(&text).unwrap_or_else(|e| panic!("{seed}: {e}\n{text}"));
        let model = counting(&wasm, model);
        for func in 0..FUNCS {
            let name = format!("f{func}");
            let args = [(seed % 5) as i32, func as i32 - 1];
            let want = run(&plain, &model, &name, args, None);
            for engine in &engines {
                let have = run(engine, &wasm, &name, args, Some(u64::MAX));
                assert_eq!(have, want, "{seed} {name} {engine:?}\n{text}");
            }
            // Exactly enough is enough, and one less is not.
            let engine = &engines[seed as usize % engines.len()];
            let have = run(engine, &wasm, &name, args, Some(want.taken));
            assert_eq!(have, want, "{seed} {name} {engine:?}\n{text}");
            if let Some(less) = want.taken.checked_sub(1) {
                let have = run(engine, &wasm, &name, args, Some(less));
                assert_eq!(have.gave, Err(Some(Trap::OutOfFuel)), "{seed} {name}\n{text}");
                assert!(want.seen.starts_with(&have.seen), "{seed} {name}\n{text}");
                assert!(have.taken > less && have.seen.iter().all(|&seen| seen <= less));
            }
            calls += 1;
            failed += usize::from(want.gave.is_err());
            seen += want.seen.len();
        }
    }
    // The programs are worth something.
    assert!(seen > calls, "the host was called {seen} times in {calls} calls");
    assert!(failed < calls, "{failed} of {calls} calls failed");
}

#[test]
fn instructions_are_counted_exactly_in_every_tier() {
    agree(0..40, false, &FuelCosts::instructions(), each_costs_one);
}

#[test]
fn tail_calls_and_exceptions_are_counted_exactly() {
    agree(100..140, true, &FuelCosts::instructions(), each_costs_one);
}

#[test]
fn each_operator_takes_its_own_cost() {
    agree(200..220, true, &uneven_costs(), uneven);
    agree(220..230, false, &uneven_costs(), uneven);
}

#[test]
fn what_is_taken_is_linear_in_the_table() {
    let sum = |a: &FuelCosts, b: &FuelCosts| {
        let mut sum = FuelCosts::instructions();
        sum.others(2);
        for name in a.names().chain(b.names()) {
            sum.set(name, a.get(name) + b.get(name));
        }
        sum
    };
    let mut other = FuelCosts::instructions();
    other.set("i32.add", 1000).set("select", 7).set("call_indirect", 13).set("return", 0);
    let tables = [uneven_costs(), other.clone(), sum(&uneven_costs(), &other)];
    let engines =
        tables.map(|table| engine(Tier::Fast, OptLevel::Speed, MemoryPlan::Reserved, Some(table)));
    for seed in 300..330 {
        let wasm = wat::parse_str(program(seed, true)).unwrap();
        let [a, b, both] =
            engines.each_ref().map(|engine| run(engine, &wasm, "f3", [2, 3], Some(u64::MAX)).taken);
        assert!(a > 0 && b > 0, "{seed}");
        assert_eq!(a + b, both, "{seed}");
    }
}
