//! The structures that compiled code reads, as Rust sees them. `waxwing_layout::instance` is the
//! contract; the assertions below hold both together.

use waxwing_fiber::{HostEntry, HostFrame};
use waxwing_layout::instance;

/// A function as a value. A `funcref` is the address of one.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FuncRef {
    /// Engine-wide type id; 0 while it is not filled in.
    pub type_id: u64,
    /// Its code.
    pub code: *const u8,
    /// Its instance, or its binding if it is the host's.
    pub vmctx: *mut u8,
}

/// An entry of a table of functions.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FuncEntry {
    /// A copy of what `func_ref` points to; all zero if it points to nothing.
    pub func: FuncRef,
    /// Address of a [`FuncRef`], [`instance::table_entry::NULL`] or 0 for "initial value".
    pub func_ref: u64,
}

/// Where a memory or table lies.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Def {
    /// Address of the first byte or entry.
    pub base: *mut u8,
    /// Length in bytes or entries.
    pub len: u64,
}

/// What a host function gets in the place of an instance.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HostBinding {
    /// The host's code: a [`waxwing_fiber::HostEntry`], unless it is called directly.
    pub entry: *const (),
    /// The context of the store.
    pub store: *const crate::StoreContext,
    /// The host function's own data.
    pub env: *const (),
    /// Instance pointer of the importing instance, or null.
    pub caller: *mut u8,
    /// Bytes of stack arguments.
    pub stack_args: u32,
    /// Whether vector registers matter, and [`HostBinding::DIRECT`].
    pub floats: u32,
}

/// The code of a host function.
#[derive(Clone, Copy, Debug)]
pub enum HostCode {
    /// Takes the registers as the entry has stored them.
    Framed(HostEntry),
    /// Takes them as they are, of the C convention: the binding, then numbers, all in registers; returns
    /// nothing or one number.
    Direct(*const ()),
}

impl HostBinding {
    /// The bit of `floats` that says that the function is called through
    /// [`waxwing_fiber::direct_entry`].
    pub const DIRECT: u32 = 2;

    /// Calls the function without a guest's entry.
    ///
    /// # Safety
    /// The binding is complete, and the frame is filled for the function's type, stack arguments behind
    /// it.
    pub unsafe fn invoke(this: *const HostBinding, frame: *mut HostFrame) {
        // SAFETY: the caller vouches for both; the bit says which kind of code it is.
        unsafe {
            let entry = (*this).entry;
            if (*this).floats & HostBinding::DIRECT != 0 {
                waxwing_fiber::call_direct(entry, this.cast(), &mut *frame);
            } else {
                let entry = std::mem::transmute::<*const (), HostEntry>(entry);
                entry(this.cast(), frame);
            }
        }
    }
}

/// An imported function.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ImportedFunc {
    /// The function.
    pub func: FuncRef,
    /// Room for the binding of a host function.
    pub binding: HostBinding,
}

impl FuncEntry {
    /// The entry that holds this reference; `null` gives an explicit null.
    ///
    /// # Safety
    /// `func_ref` is null or the address of a filled [`FuncRef`] that is alive.
    pub unsafe fn of(func_ref: *const FuncRef) -> FuncEntry {
        if func_ref.is_null() {
            return FuncEntry { func_ref: instance::table_entry::NULL, ..FuncEntry::INITIAL };
        }
        // SAFETY: passed on to the caller.
        FuncEntry { func: unsafe { *func_ref }, func_ref: func_ref as u64 }
    }

    /// The entry of zeros: the table's initial value at this index.
    pub const INITIAL: FuncEntry = FuncEntry {
        func: FuncRef { type_id: 0, code: std::ptr::null(), vmctx: std::ptr::null_mut() },
        func_ref: 0,
    };
}

const _: () = {
    use instance::{func_ref, host_binding, import_func, memory_def, table_def, table_entry};
    use std::mem::offset_of;
    assert!(offset_of!(FuncRef, type_id) == func_ref::TYPE as usize);
    assert!(offset_of!(FuncRef, code) == func_ref::CODE as usize);
    assert!(offset_of!(FuncRef, vmctx) == func_ref::VMCTX as usize);
    assert!(size_of::<FuncRef>() == func_ref::SIZE as usize);
    assert!(offset_of!(FuncEntry, func_ref) == table_entry::FUNC_REF as usize);
    assert!(size_of::<FuncEntry>() == table_entry::SIZE as usize);
    assert!(1 << table_entry::SHIFT == table_entry::SIZE);
    assert!(offset_of!(Def, base) == memory_def::BASE as usize);
    assert!(offset_of!(Def, len) == memory_def::LEN as usize);
    assert!(size_of::<Def>() == memory_def::SIZE as usize);
    assert!(table_def::SIZE == memory_def::SIZE && table_def::LEN == memory_def::LEN);
    assert!(offset_of!(HostBinding, entry) == host_binding::ENTRY as usize);
    assert!(offset_of!(HostBinding, store) == host_binding::STORE as usize);
    assert!(offset_of!(HostBinding, env) == host_binding::ENV as usize);
    assert!(offset_of!(HostBinding, caller) == host_binding::CALLER as usize);
    assert!(offset_of!(HostBinding, stack_args) == host_binding::STACK_ARGS as usize);
    assert!(offset_of!(HostBinding, floats) == host_binding::FLOATS as usize);
    assert!(size_of::<HostBinding>() == host_binding::SIZE as usize);
    assert!(offset_of!(ImportedFunc, binding) == import_func::BINDING as usize);
    assert!(size_of::<ImportedFunc>() == import_func::SIZE as usize);
};
