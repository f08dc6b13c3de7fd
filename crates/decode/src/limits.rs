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

macro_rules! features {
    ($($(#[$doc:meta])* $field:ident $name:literal $flag:expr;)*) => {
        /// What a module may use beyond WebAssembly 2.0. Everything not named here is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct Features { $($(#[$doc])* pub $field: bool,)* }

        impl Features {
            /// WebAssembly 2.0 and nothing else.
            pub const WASM2: Features = Features { $($field: false,)* };
            /// All that is supported: the default.
            pub const ALL: Features = Features { $($field: true,)* };
            /// The names of all, as the proposals have them, in the order of
            /// [`Features::states`].
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// Whether each is on.
            pub fn states(&self) -> impl Iterator<Item = (&'static str, bool)> {
                [$(($name, self.$field)),*].into_iter()
            }

            /// Turns one on or off by its name; false if there is none of this name.
            pub fn set(&mut self, name: &str, on: bool) -> bool {
                match name {
                    $($name => self.$field = on,)*
                    _ => return false,
                }
                true
            }

            /// In the parser's terms.
            pub(crate) fn flags(self) -> WasmFeatures {
                let mut flags = WasmFeatures::WASM2;
                $(flags.set($flag, self.$field);)*
                flags
            }
        }
    };
}

features! {
    /// More than one memory.
    multi_memory "multi-memory" WasmFeatures::MULTI_MEMORY;
    /// Additions, subtractions and multiplications in constant expressions.
    extended_const "extended-const" WasmFeatures::EXTENDED_CONST;
    /// Vector operations whose results may differ between processors.
    relaxed_simd "relaxed-simd" WasmFeatures::RELAXED_SIMD;
    /// 64-bit memories and tables.
    memory64 "memory64" WasmFeatures::MEMORY64;
    /// Calls that take the place of their caller.
    tail_call "tail-call" WasmFeatures::TAIL_CALL;
    /// References to functions of a known type.
    function_references "function-references" WasmFeatures::FUNCTION_REFERENCES;
    /// Structures, arrays and other values that are collected.
    gc "gc" WasmFeatures::GC;
    /// Exceptions.
    exceptions "exceptions" WasmFeatures::EXCEPTIONS;
    /// Exceptions, as they were encoded before they became part of the specification.
    legacy_exceptions "legacy-exceptions" WasmFeatures::LEGACY_EXCEPTIONS;
    /// Shared memories and atomic operators.
    threads "threads" WasmFeatures::THREADS;
    /// Integer arithmetic of 128 bits.
    wide_arithmetic "wide-arithmetic" WasmFeatures::WIDE_ARITHMETIC;
    /// Memories with pages of one byte.
    custom_page_sizes "custom-page-sizes" WasmFeatures::CUSTOM_PAGE_SIZES;
    /// Imports of one module written one after the other without its name.
    compact_imports "compact-imports" WasmFeatures::COMPACT_IMPORTS;
}

impl Default for Features {
    fn default() -> Features {
        Features::ALL
    }
}

/// How large a module may be.
///
/// The defaults admit every real program known, and keep the data of one instance below 64 MiB.
/// The parser has limits of its own, those that browsers agreed on, which cannot be raised: a
/// million types, functions, globals and tags, 100,000 segments, 100 tables and memories, 1,000
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
    /// Tags, imported ones included.
    pub tags: u32,
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
            tags: 1_000_000,
            exports: 1_000_000,
            element_segments: 100_000,
            element_items: 10_000_000,
            data_segments: 100_000,
            const_ops: 4_000_000,
            custom_sections: 10_000,
        }
    }
}
