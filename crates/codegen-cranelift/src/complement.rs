//! `z ^ (y & !x)`, which Cranelift's optimiser spells `(x & y) ^ (z ^ y)`: as many operations, but one
//! instruction more on processors that have one for `y & !x` (BMI1). Keccak is made of these.

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::{Function, Inst, InstBuilder, InstructionData, Opcode, Value, types};

/// The operands of an exclusive or that can be said better: `z`, `y` and `x`, and the values between.
struct Mix {
    inst: Inst,
    z: Value,
    y: Value,
    x: Value,
    between: [Value; 2],
}

/// The operands of a value that is made by an operation of this kind.
fn operands(func: &Function, value: Value, opcode: Opcode) -> Option<[Value; 2]> {
    let inst = func.dfg.value_def(value).inst()?;
    match func.dfg.insts[inst] {
        InstructionData::Binary { opcode: found, args } if found == opcode => Some(args),
        _ => None,
    }
}

/// What an instruction mixes, if it does.
fn mix(func: &Function, inst: Inst) -> Option<Mix> {
    let InstructionData::Binary { opcode: Opcode::Bxor, args: [p, q] } = func.dfg.insts[inst]
    else {
        return None;
    };
    if !matches!(func.dfg.value_type(p), types::I32 | types::I64) {
        return None;
    }
    [(p, q), (q, p)].into_iter().find_map(|(both, other)| {
        let [a, b] = operands(func, both, Opcode::Band)?;
        let [c, d] = operands(func, other, Opcode::Bxor)?;
        let (x, y, z) = match () {
            () if a == c => (b, a, d),
            () if a == d => (b, a, c),
            () if b == c => (a, b, d),
            () if b == d => (a, b, c),
            () => return None,
        };
        Some(Mix { inst, z, y, x, between: [both, other] })
    })
}

/// Says what it finds with a complement, where nothing else needs the values between.
pub(crate) fn restore(func: &mut Function) {
    let insts = func.layout.blocks().flat_map(|block| func.layout.block_insts(block));
    let mut found: Vec<Mix> = insts.filter_map(|inst| mix(func, inst)).collect();
    if found.is_empty() {
        return;
    }
    let mut uses: SecondaryMap<Value, u32> = SecondaryMap::new();
    for block in func.layout.blocks() {
        for inst in func.layout.block_insts(block) {
            func.dfg.inst_values(inst).for_each(|value| uses[value] += 1);
        }
    }
    found.retain(|mix| mix.between.iter().all(|&value| uses[value] == 1));
    let mut cursor = FuncCursor::new(func);
    for Mix { inst, z, y, x, .. } in found {
        cursor.goto_inst(inst);
        cursor.use_srcloc(inst);
        let not = cursor.ins().bnot(x);
        let and = cursor.ins().band(y, not);
        cursor.func.dfg.insts[inst] =
            InstructionData::Binary { opcode: Opcode::Bxor, args: [and, z] };
    }
}
