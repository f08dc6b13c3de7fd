//! What a module may use, and how much of it.

use wasmparser::WasmFeatures;

/// Settings of the decoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// What a module may use.
    pub features: Features,
    /// How large it may be.
    pub limits: Limits,
}

/// What a module may use beyond WebAssembly 2.0. Everything not named here is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Features {
    /// More than one memory.
    pub multi_memory: bool,
    /// Additions, subtractions and multiplications in constant expressions.
    pub extended_const: bool,
    /// Vector operations whose results may differ between processors.
    pub relaxed_simd: bool,
    /// 64-bit memories and tables.
    pub memory64: bool,
    /// Shared memories and atomic operators.
    pub threads: bool,
    /// Integer arithmetic of 128 bits.
    pub wide_arithmetic: bool,
    /// Memories with pages of one byte.
    pub custom_page_sizes: bool,
    /// Calls in the place of the caller.
    pub tail_call: bool,
    /// Exceptions and references to them.
    pub exceptions: bool,
    /// Exceptions as they were encoded before there were references to them.
    pub legacy_exceptions: bool,
}

impl Default for Features {
    fn default() -> Features {
        Features {
            multi_memory: true,
            extended_const: true,
            relaxed_simd: true,
            memory64: true,
            threads: true,
            wide_arithmetic: true,
            custom_page_sizes: true,
            tail_call: true,
            exceptions: false,
            legacy_exceptions: false,
        }
    }
}

impl Features {
    /// WebAssembly 2.0 and nothing else.
    pub const WASM2: Features = Features {
        multi_memory: false,
        extended_const: false,
        relaxed_simd: false,
        memory64: false,
        threads: false,
        wide_arithmetic: false,
        custom_page_sizes: false,
        tail_call: false,
        exceptions: false,
        legacy_exceptions: false,
    };

    /// In the parser's terms.
    pub(crate) fn flags(self) -> WasmFeatures {
        let mut flags = WasmFeatures::WASM2;
        flags.set(WasmFeatures::MULTI_MEMORY, self.multi_memory);
        flags.set(WasmFeatures::EXTENDED_CONST, self.extended_const);
        flags.set(WasmFeatures::RELAXED_SIMD, self.relaxed_simd);
        flags.set(WasmFeatures::MEMORY64, self.memory64);
        flags.set(WasmFeatures::THREADS, self.threads);
        flags.set(WasmFeatures::WIDE_ARITHMETIC, self.wide_arithmetic);
        flags.set(WasmFeatures::CUSTOM_PAGE_SIZES, self.custom_page_sizes);
        flags.set(WasmFeatures::TAIL_CALL, self.tail_call);
        flags.set(WasmFeatures::EXCEPTIONS, self.exceptions);
        flags.set(WasmFeatures::LEGACY_EXCEPTIONS, self.legacy_exceptions);
        flags
    }
}

/// How large a module may be.
///
/// The defaults admit every real program known, and keep the data of one instance below 64 MiB.
/// The parser has limits of its own, those that browsers agreed on, which cannot be raised: a
/// million types, functions and globals, 100,000 segments, 100 tables and memories, 1,000
/// parameters and results, 50,000 locals, and 7,654,321 bytes of code a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Bytes of the whole module. At most `u32::MAX`, since code refers to offsets in 32 bits.
    pub module_bytes: u64,
    /// Types.
    pub types: u32,
    /// Imports of all kinds.
    pub imports: u32,
    /// Functions, imported ones included.
    pub functions: u32,
    /// Bytes of one function's code.
    pub function_bytes: u32,
    /// Tables, imported ones included.
    pub tables: u32,
    /// Memories, imported ones included.
    pub memories: u32,
    /// Globals, imported ones included.
    pub globals: u32,
    /// Exports.
    pub exports: u32,
    /// Element segments.
    pub element_segments: u32,
    /// Items in all element segments.
    pub element_items: u32,
    /// Data segments.
    pub data_segments: u32,
    /// Operators in all constant expressions: of globals, of offsets and of element items.
    pub const_ops: u32,
    /// Custom sections.
    pub custom_sections: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            module_bytes: 1 << 30,
            types: 1_000_000,
            imports: 100_000,
            functions: 1_000_000,
            function_bytes: 7_654_321,
            tables: 100,
            memories: 100,
            globals: 1_000_000,
            exports: 1_000_000,
            element_segments: 100_000,
            element_items: 10_000_000,
            data_segments: 100_000,
            const_ops: 4_000_000,
            custom_sections: 10_000,
        }
    }
}
