//! What compiled code may ask of the runtime, and the leaf routines inside every artifact.
//!
//! A *built-in* runs on the host's stack. Compiled code calls the one address in the instance
//! field [`crate::instance::BUILTIN_ENTRY`] with `(vmctx, number, a0, a1, a2, a3)` in the integer
//! registers, all 64 bits wide, and finds a 64-bit answer in rax. A built-in that traps does not
//! return. Narrow arguments are zero-extended by the caller.
//!
//! A *leaf* is code of ours inside the artifact: guest text, which can be stopped anywhere.

macro_rules! builtins {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// A service of the runtime to compiled code. Its number is its place in this list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Builtin { $($(#[$doc])* $name,)* }

        impl Builtin {
            /// All of them, by number.
            pub const ALL: &'static [Builtin] = &[$(Builtin::$name),*];

            /// Its name in listings.
            pub fn name(self) -> &'static str {
                match self { $(Builtin::$name => $text,)* }
            }
        }
    };
}

builtins! {
    /// `(memory, pages) -> old size in pages, or -1 (all 64 bits)`.
    MemoryGrow = "memory_grow";
    /// `(memory | segment << 32, to, from, bytes)`; traps.
    MemoryInit = "memory_init";
    /// `(segment)`.
    DataDrop = "data_drop";
    /// `(table, entries, value) -> old size in entries, or -1`.
    TableGrow = "table_grow";
    /// `(table, from, value, entries)`; traps.
    TableFill = "table_fill";
    /// `(to table | from table << 32, to, from, entries)`; traps.
    TableCopy = "table_copy";
    /// `(table | segment << 32, to, from, entries)`; traps.
    TableInit = "table_init";
    /// `(segment)`.
    ElemDrop = "elem_drop";
    /// `(table, index) -> value`: reads an entry whose `funcref` word is zero, and fills it in.
    /// The index is within the table.
    TableGetLazy = "table_get_lazy";
    /// `(table, index, value)`: writes an entry of a function table. The index is within the table.
    TableSetFunc = "table_set_func";
    /// `(function) -> funcref`: the reference to a function of this module.
    RefFunc = "ref_func";
    /// `(table, index, expected type id)`: called when the type id in a table entry is not the
    /// expected one. Fills in a lazy entry and returns the entry's address if its type then is the expected one;
    /// traps otherwise. The index is within the table.
    CallIndirectSlow = "call_indirect_slow";
    /// `(memory, address, count) -> woken`: wakes at most `count` waiters at an address; traps.
    MemoryNotify = "memory_notify";
    /// `(memory, address, expected, nanoseconds) -> 0 woken, 1 not equal, 2 timed out`: waits while
    /// 32 bits at the address are as expected; for ever if the time is negative; traps.
    MemoryWait32 = "memory_wait32";
    /// As [`Builtin::MemoryWait32`], of 64 bits.
    MemoryWait64 = "memory_wait64";
    /// `(type index, length) -> object`: zero but for its header; the length is 0 if it is no array.
    /// Traps.
    NewObject = "new_object";
    /// `(type index | segment << 32, from, elements) -> array`; traps.
    ArrayNewData = "array_new_data";
    /// `(type index | segment << 32, from, elements) -> array`; traps.
    ArrayNewElem = "array_new_elem";
    /// `(type index | segment << 32, array | to << 32, from, elements)`; traps.
    ArrayInitData = "array_init_data";
    /// `(type index | segment << 32, array | to << 32, from, elements)`; traps.
    ArrayInitElem = "array_init_elem";
    /// `(object) -> type word`: of what is neither null nor an `i31`.
    TypeWord = "type_word";
    /// `(tag) -> exception`: makes an exception with a tag of this instance. Its payload is zero.
    ExnAlloc = "exn_alloc";
    /// `(exception)`: leaves the guest, to go on in the innermost handler. Does not return.
    Throw = "throw";
    /// `()`: the fuel is used up. Returns if there is more; traps. Called by the entry at
    /// [`crate::instance::store_context::FUEL_ENTRY`] alone, with the context in the place of the
    /// instance.
    OutOfFuel = "out_of_fuel";
}

/// A leaf routine inside the artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum Leaf {
    /// `(to: Ptr, from: Ptr, bytes: I64)`: copies, also between overlapping ranges.
    MemoryCopy = 0,
    /// `(to: Ptr, byte: I32, bytes: I64)`: fills.
    MemoryFill = 1,
}

impl Leaf {
    /// All of them, by number.
    pub const ALL: &'static [Leaf] = &[Leaf::MemoryCopy, Leaf::MemoryFill];

    /// Its name in listings.
    pub fn name(self) -> &'static str {
        match self {
            Leaf::MemoryCopy => "leaf:memory_copy",
            Leaf::MemoryFill => "leaf:memory_fill",
        }
    }

    /// The machine types of its parameters. A leaf takes no instance pointer.
    pub fn params(self) -> &'static [crate::abi::Ty] {
        use crate::abi::Ty;
        match self {
            Leaf::MemoryCopy => &[Ty::Ptr, Ty::Ptr, Ty::I64],
            Leaf::MemoryFill => &[Ty::Ptr, Ty::I32, Ty::I64],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positions() {
        for (i, &b) in Builtin::ALL.iter().enumerate() {
            assert_eq!(b as usize, i);
        }
        for (i, &l) in Leaf::ALL.iter().enumerate() {
            assert_eq!(l as usize, i);
        }
    }
}
