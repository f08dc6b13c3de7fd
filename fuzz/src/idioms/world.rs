//! A module as it grows: its functions, of which each calls only those before it, and what they
//! share.
//!
//! ```text
//! memory:  0 ........ 256 ......... 512 ............ frames down from the stack pointer ... end
//!          any bytes  | EDGES, twice | any bytes
//! table:   functions before the first one that calls through it, then gaps
//! globals: stack pointer, mutable ones of every type, one that is not mutable
//! ```

use super::code::Code;
use crate::rng::Rng;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection,
    MemoryType, Module, RefType, TableSection, TableType, TagKind, TagSection, TagType,
    TypeSection, ValType,
};

/// Numbers at which carries, signs and halves of 64-bit words change.
pub const EDGES: [i64; 16] = [
    0,
    1,
    -1,
    0xFFFF_FFFF,
    0x1_0000_0000,
    -0x1_0000_0000,
    i64::MIN,
    i64::MAX,
    0x8000_0000,
    0x7FFF_FFFF,
    0x1_0000_0001,
    -0x8000_0000,
    0x0007_FFFF_FFFF_FFFF,
    0x0123_4567_89AB_CDEF,
    -2,
    0xFFFF_FFFE_0000_0001_u64 as i64,
];

/// Where the edges lie in memory.
pub const EDGES_AT: u64 = 256;

/// What a function may cost at most, in instructions that are run.
pub const MOST: u64 = 12_000;

/// A function that is done.
#[derive(Clone, Debug)]
pub struct Done {
    /// Parameters.
    pub params: Vec<ValType>,
    /// Results.
    pub results: Vec<ValType>,
    /// About so many instructions are run by a call.
    pub cost: u64,
}

/// A global.
#[derive(Clone, Copy, Debug)]
pub struct Global {
    /// Its type.
    pub ty: ValType,
    /// Whether it may be set.
    pub mutable: bool,
    /// Whether it is a stack pointer.
    pub pointer: bool,
}

/// The table, if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its entries.
    pub size: u32,
    /// How many of its first entries are functions, from the first function on.
    pub filled: u32,
    /// Whether code changes it.
    pub written: bool,
    /// How much it may grow.
    pub room: u32,
}

/// A module.
#[derive(Debug)]
pub struct World {
    /// Every function, imported ones first.
    pub done: Vec<Done>,
    /// How many are imported.
    pub imported: u32,
    /// The bodies of those that are not.
    pub bodies: Vec<Code>,
    /// The exported functions.
    pub exported: Vec<u32>,
    /// The globals.
    pub globals: Vec<(Global, ConstExpr)>,
    /// Pages of memory: at first, and at most.
    pub pages: (u64, u64),
    /// Where frames begin, downwards.
    pub top: i32,
    /// The table; made before the first function that uses it.
    pub table: Option<Table>,
    /// Whether exceptions are thrown and caught: there is a tag of one `i64`.
    pub throws: bool,
    /// Whether vectors may be used.
    pub vectors: bool,
    /// Whether `i64.mul_wide_u` and its like may be used.
    pub wide: bool,
    types: Vec<(Vec<ValType>, Vec<ValType>)>,
}

impl World {
    /// A module without functions of its own.
    pub fn new(rng: &mut Rng) -> World {
        let min = if rng.chance(1, 40) { 0 } else { 1 + rng.below(5) / 4 };
        let len = (min << 16) as i32;
        let top = match rng.below(24) {
            0 => 16,
            1 => [0, 8, 24, 64][rng.below(4) as usize],
            // Frames around the end.
            2 => len + [0, 8, 16, 32, 40, 100][rng.below(6) as usize],
            // Frames below 4 GiB, and such as go around.
            3 => -[1, 8, 16, 64][rng.below(4) as usize],
            // What traps leaves its frame: there is room for a few of them.
            4..8 => len,
            _ => [4096, 0x4000, 0x8000][rng.below(3) as usize],
        };
        let mut world = World {
            done: Vec::new(),
            imported: 0,
            bodies: Vec::new(),
            exported: Vec::new(),
            globals: Vec::new(),
            pages: (min, min + rng.below(3)),
            top,
            table: None,
            throws: rng.chance(1, 4),
            vectors: rng.chance(1, 4),
            wide: rng.chance(1, 3),
            types: Vec::new(),
        };
        let stack = Global { ty: ValType::I32, mutable: true, pointer: true };
        world.globals.push((stack, ConstExpr::i32_const(top)));
        for ty in [ValType::I32, ValType::I64, ValType::I32, ValType::I64, ValType::F64] {
            let mutable = rng.chance(4, 5);
            let word = EDGES[rng.below(16) as usize];
            let init = match ty {
                ValType::I32 => ConstExpr::i32_const(word as i32),
                ValType::I64 => ConstExpr::i64_const(word),
                _ => ConstExpr::f64_const((word as f64).into()),
            };
            world.globals.push((Global { ty, mutable, pointer: false }, init));
        }
        if rng.chance(1, 3) {
            world.import(&[ValType::I32, ValType::I64], &[ValType::I64]);
        }
        if rng.chance(1, 6) {
            world.import(&[], &[]);
        }
        world
    }

    /// Imports a function of the host's, before any other function is made.
    fn import(&mut self, params: &[ValType], results: &[ValType]) {
        self.imported += 1;
        let (params, results) = (params.to_vec(), results.to_vec());
        self.done.push(Done { params, results, cost: 100 });
    }

    /// The index of a type.
    pub fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let found = self.types.iter().position(|(p, r)| p == params && r == results);
        let index = found.unwrap_or_else(|| {
            self.types.push((params.to_vec(), results.to_vec()));
            self.types.len() - 1
        });
        index as u32
    }

    /// Adds a function; its index. A call of it costs about so many instructions.
    pub fn add(&mut self, code: Code, cost: u64) -> u32 {
        let (params, results) = (code.params.clone(), code.results.clone());
        self.done.push(Done { params, results, cost });
        self.bodies.push(code);
        self.done.len() as u32 - 1
    }

    /// Adds a function and exports it.
    pub fn root(&mut self, code: Code, cost: u64) -> u32 {
        let index = self.add(code, cost);
        self.exported.push(index);
        index
    }

    /// The functions so far that one with so much room may call: their indices.
    pub fn callable(&self, room: u64, fits: impl Fn(&Done) -> bool) -> Vec<u32> {
        let all = self.done.iter().enumerate();
        all.filter(|(_, f)| f.cost <= room && fits(f)).map(|(i, _)| i as u32).collect()
    }

    /// The globals of a type.
    pub fn globals_of(&self, ty: ValType, set: bool) -> Vec<u32> {
        let all = self.globals.iter().enumerate();
        // The stack pointer is only for frames, mostly: see what spoils them.
        all.filter(|(_, (g, _))| g.ty == ty && !g.pointer && (g.mutable || !set))
            .map(|(i, _)| i as u32)
            .collect()
    }

    /// The module's bytes.
    pub fn finish(mut self, rng: &mut Rng) -> Vec<u8> {
        let tag = self.throws.then(|| self.ty(&[ValType::I64], &[]));
        let signatures: Vec<u32> = (0..self.done.len())
            .map(|i| {
                let Done { params, results, .. } = self.done[i].clone();
                self.ty(&params, &results)
            })
            .collect();
        let mut types = TypeSection::new();
        for (params, results) in &self.types {
            types.ty().function(params.iter().copied(), results.iter().copied());
        }
        let mut imports = ImportSection::new();
        let (outside, inside) = signatures.split_at(self.imported as usize);
        for (i, &ty) in outside.iter().enumerate() {
            imports.import("host", &format!("h{i}"), EntityType::Function(ty));
        }
        let mut functions = FunctionSection::new();
        for &ty in inside {
            functions.function(ty);
        }
        let mut code = CodeSection::new();
        for body in &self.bodies {
            code.function(&body.function());
        }

        let mut module = Module::new();
        module.section(&types);
        if self.imported > 0 {
            module.section(&imports);
        }
        module.section(&functions);
        let mut elements = ElementSection::new();
        if let Some(table) = self.table {
            let mut tables = TableSection::new();
            tables.table(TableType {
                element_type: RefType::FUNCREF,
                table64: false,
                minimum: u64::from(table.size),
                maximum: Some(u64::from(table.size + table.room)),
                shared: false,
            });
            module.section(&tables);
            let filled: Vec<u32> = (0..table.filled).collect();
            let offset = ConstExpr::i32_const(0);
            elements.active(None, &offset, Elements::Functions(filled.as_slice().into()));
        }
        self.rest(&mut module, tag, rng);
        if self.table.is_some() {
            module.section(&elements);
        }
        module.section(&code).section(&self.data(rng));
        module.finish()
    }

    /// Memory, the tag, globals and exports.
    fn rest(&self, module: &mut Module, tag: Option<u32>, rng: &mut Rng) {
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: self.pages.0,
            maximum: Some(self.pages.1),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut globals = GlobalSection::new();
        for (global, init) in &self.globals {
            let Global { ty: val_type, mutable, .. } = *global;
            globals.global(GlobalType { val_type, mutable, shared: false }, init);
        }
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        // What is not exported may be treated otherwise; then only code can tell what is in it.
        for i in 0..self.globals.len() {
            if rng.chance(3, 4) {
                exports.export(&format!("g{i}"), ExportKind::Global, i as u32);
            }
        }
        if self.table.is_some_and(|table| table.written) && rng.chance(1, 2) {
            exports.export("table", ExportKind::Table, 0);
        }
        for &f in &self.exported {
            exports.export(&format!("f{f}"), ExportKind::Func, f);
        }
        module.section(&memories);
        if let Some(func_type_idx) = tag {
            let mut tags = TagSection::new();
            tags.tag(TagType { kind: TagKind::Exception, func_type_idx });
            module.section(&tags);
        }
        module.section(&globals).section(&exports);
    }

    /// The memory at the beginning: edges, and bytes without order where accesses go.
    fn data(&self, rng: &mut Rng) -> DataSection {
        let mut data = DataSection::new();
        if self.pages.0 == 0 {
            return data;
        }
        let len = (self.pages.0 << 16) as i64;
        let edges: Vec<u8> = EDGES.iter().flat_map(|edge| edge.to_le_bytes()).collect();
        for (at, bytes) in [
            (0, rng.bytes(EDGES_AT as usize)),
            (EDGES_AT as i64, [edges.clone(), edges].concat()),
            (512, rng.bytes(256)),
            (i64::from(self.top) - 96, rng.bytes(128)),
            (len - 64, rng.bytes(64)),
        ] {
            if at >= 0 && at + bytes.len() as i64 <= len {
                data.active(0, &ConstExpr::i32_const(at as i32), bytes);
            }
        }
        data
    }
}
