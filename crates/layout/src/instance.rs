//! Where the fields of an instance lie.
//!
//! The instance pointer (`vmctx`) is the end of the instance's data, and the base of memory 0 when
//! that memory lives in the instance's slot. Fields lie at negative offsets:
//!
//! ```text
//!        type ids | tags | funcrefs | imports | tables | memories | v128 globals | globals | head
//!  lower addresses                                                                  ^ vmctx
//!                                                                    memory 0 begins here, upwards
//! ```
//!
//! The head and the first ten globals are within reach of a one-byte displacement.

use crate::abi::Ty;
use waxwing_module::Module;

/// `*StoreContext` of the store that owns the instance.
pub const STORE: i32 = -8;
/// Address of the code that takes calls of built-ins to the host.
pub const BUILTIN_ENTRY: i32 = -16;
/// A pointer of the runtime's own.
pub const INFO: i32 = -24;
/// Number that marks live instance data ([`MAGIC`]).
pub const MAGIC_WORD: i32 = -32;
/// Address of byte 0 of the store's heap, or zero if the module has no use for one.
pub const HEAP_BASE: i32 = -40;
/// Address of the displays of all types ([`crate::object::DISPLAY_SHIFT`]).
pub const TYPE_TABLE: i32 = -48;
/// Bytes of the head.
pub const HEAD: u32 = 48;
/// What stands in [`MAGIC_WORD`].
pub const MAGIC: u64 = 0x676e_6977_7861_7721;

/// A function as a value: 24 bytes. A `funcref` is the address of one, or zero.
pub mod func_ref {
    /// Engine-wide type id, `u32`; zero is "not initialised".
    pub const TYPE: i32 = 0;
    /// Address of the code.
    pub const CODE: i32 = 8;
    /// What the code takes as its instance pointer.
    pub const VMCTX: i32 = 16;
    /// Its size.
    pub const SIZE: u32 = 24;
}

/// An entry of a table of functions: 32 bytes, a copy of the `FuncRef` and its address.
///
/// An entry whose [`FUNC_REF`](table_entry::FUNC_REF) word is zero holds its initial value, which
/// is not yet written; explicit null is [`NULL`](table_entry::NULL). In both cases the type id is 0.
pub mod table_entry {
    /// Engine-wide type id, `u32`; zero for null and for "not initialised".
    pub const TYPE: i32 = 0;
    /// Address of the code.
    pub const CODE: i32 = 8;
    /// What the code takes as its instance pointer.
    pub const VMCTX: i32 = 16;
    /// The `funcref` itself, [`NULL`] or 0.
    pub const FUNC_REF: i32 = 24;
    /// The `funcref` word of an entry that was set to null.
    pub const NULL: u64 = 1;
    /// Binary logarithm of its size.
    pub const SHIFT: u32 = 5;
    /// Its size.
    pub const SIZE: u32 = 32;
}

/// An entry of a table of other references: the reference in the low 32 bits.
pub mod ref_entry {
    /// Binary logarithm of its size.
    pub const SHIFT: u32 = 3;
    /// Its size.
    pub const SIZE: u32 = 8;
}

/// A linear memory as compiled code sees it.
pub mod memory_def {
    /// Address of byte 0.
    pub const BASE: i32 = 0;
    /// Length in bytes, `u64`.
    pub const LEN: i32 = 8;
    /// Its size.
    pub const SIZE: u32 = 16;
}

/// A table as compiled code sees it.
pub mod table_def {
    /// Address of entry 0.
    pub const BASE: i32 = 0;
    /// Length in entries, `u64`.
    pub const LEN: i32 = 8;
    /// Its size.
    pub const SIZE: u32 = 16;
}

/// An imported function: a `FuncRef`, and room for the binding of a host function, to which the
/// `vmctx` word then points.
pub mod import_func {
    /// The [`super::func_ref`].
    pub const FUNC_REF: i32 = 0;
    /// The binding ([`super::host_binding`]).
    pub const BINDING: i32 = 24;
    /// Its size.
    pub const SIZE: u32 = 64;
}

/// What a host function gets in the place of an instance pointer.
pub mod host_binding {
    /// Address of the host's code: `extern "C" fn(*HostBinding, *HostFrame)`.
    pub const ENTRY: i32 = 0;
    /// `*StoreContext`.
    pub const STORE: i32 = 8;
    /// The host function's own data.
    pub const ENV: i32 = 16;
    /// Instance pointer of the importing instance, or zero.
    pub const CALLER: i32 = 24;
    /// Bytes of stack arguments, `u32`.
    pub const STACK_ARGS: i32 = 32;
    /// Whether any parameter or result travels in a vector register, `u32`.
    pub const FLOATS: i32 = 36;
    /// Its size.
    pub const SIZE: u32 = 40;
}

/// Where in the context of a store compiled code finds what it needs.
pub mod store_context {
    /// Offset in the heap of the next object, `u32`.
    pub const BUMP_NEXT: i32 = 32;
    /// Offset in the heap that the next object must not reach beyond, `u32`.
    pub const BUMP_LIMIT: i32 = 36;
    /// How much fuel is left, `i64`, while the guest is away from its stack: else it is in a register
    /// ([`crate::abi`]).
    pub const FUEL_LEFT: i32 = 40;
    /// Address of the code that metered code calls when its fuel is used up, with this context in the
    /// first register. It keeps every register but that of the fuel.
    pub const FUEL_ENTRY: i32 = 48;
    /// Whether the store's code is metered, `u32`.
    pub const METERED: i32 = 56;
    /// Whether the guest is to be left behind the call of the host that it is in, `u32`.
    pub const LEAVES: i32 = 60;
}

/// A tag of a store, as compiled code sees it.
pub mod tag_def {
    /// The type word of exceptions with this tag, `u32`.
    pub const EXCEPTION: i32 = 0;
}

/// The layout of one module's instances.
#[derive(Clone, Debug)]
pub struct InstanceLayout {
    globals: Vec<i32>,
    memories: Vec<i32>,
    tables: Vec<i32>,
    imported_funcs: i32,
    func_refs: i32,
    tags: i32,
    type_ids: i32,
    size: u32,
}

impl InstanceLayout {
    /// Lays out the instances of `module`.
    ///
    /// # Panics
    /// If the fields need more than 2 GiB; the limits of the decoder are far below that.
    pub fn new(module: &Module) -> InstanceLayout {
        let mut down = Down { used: HEAD };
        let imported = |n: u32, i: usize| (i as u32) < n;

        let mut globals = vec![0; module.globals.len()];
        let is_wide = |i: usize| {
            !imported(module.imported_globals, i) && Ty::of(module.globals[i].content) == Ty::V128
        };
        for (i, slot) in globals.iter_mut().enumerate() {
            if !is_wide(i) && !imported(module.imported_globals, i) {
                *slot = down.take(8, 8);
            }
        }
        for (i, slot) in globals.iter_mut().enumerate() {
            if is_wide(i) {
                *slot = down.take(16, 16);
            } else if imported(module.imported_globals, i) {
                *slot = down.take(8, 8);
            }
        }
        let mut definition =
            |outside: bool, size: u32| down.take(if outside { 8 } else { size }, 8);
        let memories = module.memories.iter().enumerate().map(|(i, ty)| {
            definition(ty.shared || imported(module.imported_memories, i), memory_def::SIZE)
        });
        let memories = memories.collect();
        let tables = (0..module.tables.len())
            .map(|i| definition(imported(module.imported_tables, i), table_def::SIZE))
            .collect();
        let imported_funcs = down.take(module.imported_funcs * import_func::SIZE, 8);
        let func_refs = down.take(module.escaping.len() as u32 * func_ref::SIZE, 8);
        let tags = down.take(module.tags.len() as u32 * 8, 8);
        let type_ids = down.take(module.types.len() as u32 * 4, 4);
        let size = down.used.next_multiple_of(16);
        InstanceLayout {
            globals,
            memories,
            tables,
            imported_funcs,
            func_refs,
            tags,
            type_ids,
            size,
        }
    }

    /// Bytes below the instance pointer, a multiple of 16.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// An own global's value, or the address of an imported one's.
    pub fn global(&self, index: u32) -> i32 {
        self.globals[index as usize]
    }

    /// An own memory's [`memory_def`], or the address of an imported or shared one's.
    pub fn memory(&self, index: u32) -> i32 {
        self.memories[index as usize]
    }

    /// An own table's [`table_def`], or the address of an imported one's.
    pub fn table(&self, index: u32) -> i32 {
        self.tables[index as usize]
    }

    /// The [`import_func`] of an imported function.
    pub fn imported_func(&self, index: u32) -> i32 {
        self.imported_funcs + (index * import_func::SIZE) as i32
    }

    /// The [`func_ref`] of the nth escaping function.
    pub fn func_ref(&self, escaping: u32) -> i32 {
        self.func_refs + (escaping * func_ref::SIZE) as i32
    }

    /// The address of a tag.
    pub fn tag(&self, index: u32) -> i32 {
        self.tags + (index * 8) as i32
    }

    /// The engine-wide id (`u32`) of a type of the module.
    pub fn type_id(&self, ty: u32) -> i32 {
        self.type_ids + (ty * 4) as i32
    }
}

/// Hands out fields from the top downwards.
struct Down {
    used: u32,
}

impl Down {
    fn take(&mut self, size: u32, align: u32) -> i32 {
        self.used = (self.used + size).next_multiple_of(align);
        -i32::try_from(self.used).expect("instance data stays below 2 GiB")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_module::{GlobalType, ValType};

    #[test]
    fn fields_do_not_overlap_and_are_aligned() {
        let mut module = Module::default();
        for content in [ValType::I32, ValType::V128, ValType::F64, ValType::V128] {
            module.globals.push(GlobalType { content, mutable: true });
        }
        module.imported_globals = 1;
        module.imported_funcs = 3;
        module.escaping = vec![4, 5];
        let layout = InstanceLayout::new(&module);
        assert_eq!(layout.global(2), -56, "first own narrow global is nearest");
        assert_eq!(layout.global(1) % 16, 0);
        assert_eq!(layout.global(3), layout.global(1) - 16);
        assert_eq!(layout.imported_func(1) - layout.imported_func(0), 64);
        assert_eq!(layout.func_ref(1) + 24, layout.imported_func(0));
        assert!(layout.size() as i32 >= -layout.func_ref(0));
    }
}
