//! Switching between the host's stack and a guest's.
//!
//! Guest stacks hold only guest frames. The nine pieces of assembly here are the only ways between
//! the two stacks:
//!
//! - [`enter`], [`enter_ints`]: host calls guest.
//! - [`host_entry`], [`direct_entry`]: guest calls a host function; one of them is the code address of
//!   every host `funcref`.
//! - [`builtin_entry`]: guest calls a built-in of the runtime.
//! - [`unwind_entry`]: the guest ends early; control returns to the latest [`enter`].
//! - [`resume`]: a guest that ended early goes on at a handler of an exception.
//! - [`go_on`]: a guest that ended early behind a call of the host goes on there.
//! - [`wake`]: a guest that a signal interrupted goes on where it was.
//!
//! ```text
//! host stack                      guest stack
//!   caller of enter
//!   saved rbp rbx
//!   <- Switch::host_sp            first guest frame (its caller's rbp is 0)
//!      host functions and           ...
//!      built-ins run below        frame of host_entry / builtin_entry <- Switch::exit_fp
//! ```
//!
//! A stop can be asked for at any time by setting [`Switch::pending`]. The entries look at it after
//! the last moment at which a signal would find the thread on the host's stack: a signal that
//! arrives later finds the stack pointer on the guest's stack and may redirect to
//! [`unwind_entry`] wherever it is, in guest code or in these entries ([`is_entry`]).
//!
//! [`builtin_entry`], and where [`Switch::has_heap`] says so [`host_entry`], also write the registers
//! that callees keep onto the guest's stack, within [`ENTRY_FRAME`] bytes below [`Switch::exit_fp`], although nothing
//! restores them from there: a collector looks for references among them.
//!
//! In metered code r15 is the fuel that is left, at every instruction with the stack pointer on the
//! guest's stack, those of the entries included: they put it into [`Meter::left`] before they change to
//! the host's stack, and take it from there before they change back. In a store whose code is not
//! metered r15 is a register like others.
//!
//! A guest that is left early behind a call of the host keeps its registers in the same place, and
//! where to go on: a suspended guest is nothing but its stack.
//!
//! ```text
//! [frame - 48], -56      result of a direct host function, or a built-in's at -56
//! [frame - 208] .. -240  rbx r12 r13 r14 r15
//! [frame - 248]          where to go on
//! ```
//!
//! Registers and frames follow `waxwing_layout::abi`.

mod direct;
mod x86_64;

use std::mem::MaybeUninit;
use std::sync::atomic::AtomicU32;

pub use direct::call_direct;
pub use x86_64::{
    builtin_entry, direct_entry, enter, enter_ints, fuel_entry, go_on, host_entry, is_entry,
    is_guests_entry, is_host, resume, unwind_entry, wake, wake_at,
};

/// Bytes below the frame of an entry that the entry may use.
pub const ENTRY_FRAME: usize = 256;

/// What the entries share with the runtime. It stands at the beginning of the store's context.
#[repr(C)]
#[derive(Debug)]
pub struct Switch {
    /// Where the host's stack goes on while the guest is away from its own. A multiple of 16.
    pub host_sp: *mut u8,
    /// The frame of the entry through which the guest last left its stack.
    pub exit_fp: *const u8,
    /// Not zero: the guest is to be left at the next opportunity.
    pub pending: AtomicU32,
    /// Bit 0: the store has a heap, so that registers may hold references into it. Guests that are
    /// away from their stack while it is set hold none. Bit 1: the store's code is metered, as
    /// [`Meter::metered`] says, too.
    pub has_heap: u32,
    /// The functions behind [`builtin_entry`], by number.
    pub builtins: *const Builtin,
}

/// The fuel of a store, at `waxwing_layout::instance::store_context::FUEL_LEFT` behind the switch.
#[repr(C)]
#[derive(Debug)]
pub struct Meter {
    /// How much is left, while the guest is away from its stack; below zero, how much too much was
    /// spent.
    pub left: i64,
    /// [`fuel_entry`].
    pub entry: *const u8,
    /// Not zero: the code is metered. Guests that are away from their stack do not change it.
    pub metered: u32,
    /// Not zero: the guest is to be left behind the call of the host that it is in. Nothing of fuel, but here
    /// is room. Other than [`Switch::pending`] it is the thread's own, and costs it no locked instruction.
    pub leaves: u32,
}

/// How a guest was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// It returned.
    Returned,
    /// Through [`unwind_entry`]: because of something pending, or a signal.
    Early,
    /// It was not entered at all, because of something pending.
    NotBegun,
    /// It returned, but has spent more fuel than there was.
    Owing,
}

/// How a guest came back to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Back {
    /// How it was left.
    pub how: Left,
    /// What it returned, if it was entered by [`enter_ints`] and has returned an integer.
    pub value: u64,
}

/// A built-in: instance pointer, its own number, four arguments; 64 bits back. `OutOfFuel` gets the
/// switch in the place of the instance.
pub type Builtin = unsafe extern "C" fn(*mut u8, u64, u64, u64, u64, u64) -> u64;

/// A host function as the guest calls it: the binding (`waxwing_layout::instance::host_binding`)
/// and the registers.
pub type HostEntry = unsafe extern "C" fn(*const u8, *mut HostFrame);

/// The parameters of a call from the guest, as it left them, and the room for its result.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct HostFrame {
    /// xmm0 to xmm7, if the binding says that they matter. A vector or float result goes into the
    /// first.
    pub floats: [[u8; 16]; 8],
    /// rdi, rsi, rdx, rcx, r8, r9. An integer result goes into the first.
    pub ints: [u64; 6],
    /// The guest's frame pointer.
    pub fp: u64,
    /// Where the guest goes on.
    pub return_pc: u64,
    // Stack arguments follow.
}

/// The registers with which a guest function is entered, and its result.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct EnterFrame {
    /// xmm0 to xmm7, initialised if they matter. A vector or float result comes back in the first.
    pub floats: [MaybeUninit<[u8; 16]>; 8],
    /// rdi, rsi, rdx, rcx, r8, r9. An integer result comes back in the first.
    pub ints: [u64; 6],
    /// Whether `floats` matter, for parameters or result.
    pub uses_floats: u64,
    /// Room to keep the size a multiple of 16.
    pub reserved: u64,
}

const _: () = {
    use std::mem::offset_of;
    assert!(offset_of!(Switch, host_sp) == 0);
    assert!(offset_of!(Switch, exit_fp) == 8);
    assert!(offset_of!(Switch, pending) == 16);
    assert!(offset_of!(Switch, has_heap) == 20);
    assert!(offset_of!(Switch, builtins) == 24);
    use waxwing_layout::instance::store_context::{FUEL_ENTRY, FUEL_LEFT, LEAVES, METERED};
    assert!(offset_of!(Meter, entry) as i32 == FUEL_ENTRY - FUEL_LEFT);
    assert!(offset_of!(Meter, metered) as i32 == METERED - FUEL_LEFT);
    assert!(offset_of!(Meter, leaves) as i32 == LEAVES - FUEL_LEFT);
    assert!(offset_of!(HostFrame, ints) == 128);
    assert!(offset_of!(HostFrame, fp) == 176);
    assert!(size_of::<HostFrame>() == 192);
    assert!(offset_of!(EnterFrame, uses_floats) == 176);
};
