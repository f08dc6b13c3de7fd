//! What a back end must be able to do.
//!
//! [`Emit`] is *structured and linear*, so that a compiler that makes one pass over the code can
//! implement it as well as one that builds SSA:
//!
//! - An operand ([`Emit::Val`]) is consumed exactly once. One that is needed twice is split with
//!   [`Emit::dup`]; one that is not needed is given to [`Emit::drop_val`].
//! - Locals (WebAssembly's and temporaries) are read and written by number.
//! - Control is `block`, `loop`, `if`, `br`, with operands for the results. Operands made outside a
//!   construct and not yet consumed stay valid inside and behind it, but are not consumed inside:
//!   those alive where it opens are alive where it ends. If [`Emit::end`] says that what follows is
//!   unreachable, what was made in the construct around and is not yet consumed is void.
//! - After [`Emit::br`], [`Emit::ret`], [`Emit::trap`], [`Emit::raise`], [`Emit::br_table`] and tail
//!   calls code is unreachable: the next call is `else_`, `catch_` or `end` of the construct that is
//!   open.
//! - A region that exceptions are caught in is a construct of two arms: `try_`, `catch_`, `end`.
//!   Operands made outside it do not survive into its handler in registers: a back end keeps those
//!   that are alive at a call where the handler finds them.
//!
//! A back end knows nothing of WebAssembly: bounds checks, tables, signatures and the runtime's
//! layout are all spelt out by the callers in this crate.

use crate::atomic::{Cell, RmwOp};
use crate::op::{BinOp, CmpOp, LoadOp, StoreOp, UnOp, WideOp};
use crate::simd::SimdOp;
use waxwing_layout::abi::{Sig, Ty};
use waxwing_layout::builtin::Leaf;
use waxwing_module::Trap;

/// A local variable of the function: parameters first, then declared locals and temporaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Local(pub u32);

/// A control construct that is open; branches name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label(pub u32);

/// Bytes in the frame of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Area(pub u32);

/// What a memory access may touch and how it may fail: optimisers may treat different regions as
/// disjoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Region {
    /// Linear memory. An access that faults raises this trap.
    Heap(Trap),
    /// A field that does not change while the instance lives. Never faults.
    Constant,
    /// The same, where a call or its check needs it: to be read where it is used, since the instance is
    /// as near as the frame, and a register that holds it over a loop or a call is worth more.
    Link,
    /// The value of a global. Never faults.
    Global,
    /// Another field of the instance, or a definition it points to: changes only at calls and
    /// atomic operations. Never faults.
    Field,
    /// An entry of a table. Never faults.
    Table,
    /// An [`Area`] or results area. Never faults.
    Frame,
    /// A field or element of an object on the heap. An access that faults is one through null, and
    /// raises this trap; without one it never faults.
    Object(Option<Trap>),
    /// The header of an object, which is written once. Faults as [`Region::Object`] does.
    Header(Option<Trap>),
    /// A part of the function that a reference refers to. An access that faults is one through
    /// null, and raises this trap; without one it never faults.
    Function(Option<Trap>),
    /// Where compiled code allocates: changes at calls and by its own writes. Never faults.
    Bump,
}

impl Region {
    /// The trap that an access raises if it faults; nothing if it never does.
    pub fn trap(self) -> Option<Trap> {
        match self {
            Region::Heap(trap) => Some(trap),
            Region::Object(trap) | Region::Header(trap) | Region::Function(trap) => trap,
            _ => None,
        }
    }
}

/// How likely a branch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Hint {
    /// Nothing is known.
    #[default]
    None,
    /// The condition is hardly ever true: keep that code out of the way.
    Unlikely,
    /// The condition is nearly always true.
    Likely,
}

/// The target of a direct call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Callee {
    /// A function that the module defines; the index counts imported functions first.
    Func(u32),
    /// A leaf routine of the artifact.
    Leaf(Leaf),
}

/// Machine code seen from above. See the module's documentation for the rules.
pub trait Emit {
    /// An operand, owned by whoever holds it.
    type Val;

    /// Whether integer division raises [`Trap::IntegerDivideByZero`] and [`Trap::IntegerOverflow`]
    /// by itself. If not, the checks are emitted before it.
    const DIVISION_TRAPS: bool;
    /// Whether `TruncS`/`TruncU` raise [`Trap::InvalidConversionToInteger`] and
    /// [`Trap::IntegerOverflow`] by themselves. If not, the checks are emitted before them.
    const TRUNCATION_TRAPS: bool;

    /// What follows comes from this offset in the WebAssembly module; from [`crate::INLINED`] on, from
    /// a [`crate::Place`] in an inlined function; `u32::MAX` is no place.
    fn at(&mut self, place: u32);

    /// What follows belongs to another of the functions that are lowered into this one than what came
    /// before. Of both no instruction is to be made that may trap: it could be at one place only.
    fn seam(&mut self) {}

    // Operands.

    /// A constant. I32 is held in the low bits; Ptr is as I64.
    fn iconst(&mut self, ty: Ty, value: i64) -> Self::Val;
    /// A 32-bit float by its bits.
    fn f32_const(&mut self, bits: u32) -> Self::Val;
    /// A 64-bit float by its bits.
    fn f64_const(&mut self, bits: u64) -> Self::Val;
    /// A vector by its bits, lane 0 lowest.
    fn v128_const(&mut self, bits: u128) -> Self::Val;
    /// Splits an operand that is needed twice.
    fn dup(&mut self, v: Self::Val) -> (Self::Val, Self::Val);
    /// Gives up an operand.
    fn drop_val(&mut self, v: Self::Val);
    /// A new local. Its value is unspecified until it is set.
    fn local_new(&mut self, ty: Ty) -> Local;
    /// Reads a local.
    fn local_get(&mut self, local: Local) -> Self::Val;
    /// Writes a local.
    fn local_set(&mut self, local: Local, v: Self::Val);
    /// The instance pointer of the running function.
    fn vmctx(&mut self) -> Self::Val;
    /// The address of the results area, the second parameter of functions that have one.
    fn results_area(&mut self) -> Self::Val;

    // Arithmetic.

    /// One operand in, one out.
    fn unary(&mut self, op: UnOp, a: Self::Val) -> Self::Val;
    /// Two operands in, one out.
    fn binary(&mut self, op: BinOp, a: Self::Val, b: Self::Val) -> Self::Val;
    /// A comparison; the answer is I32, 0 or 1.
    fn compare(&mut self, op: CmpOp, a: Self::Val, b: Self::Val) -> Self::Val;
    /// `a` if `cond` (I32) is not zero, else `b`, both of type `ty`.
    fn select(&mut self, ty: Ty, cond: Self::Val, a: Self::Val, b: Self::Val) -> Self::Val;
    /// A vector operation; operands as [`SimdOp`] says.
    fn simd(&mut self, op: SimdOp, args: Vec<Self::Val>) -> Self::Val;

    /// Arithmetic of 128 bits: both halves of the result, low first.
    fn wide(&mut self, op: WideOp, args: Vec<Self::Val>) -> [Self::Val; 2];

    // Memory.

    /// Reads from `base + index + disp`. `base` is Ptr, `index` is I64 (already extended).
    fn load(
        &mut self,
        op: LoadOp,
        base: Self::Val,
        index: Option<Self::Val>,
        disp: i32,
        region: Region,
    ) -> Self::Val;
    /// Writes to `base + index + disp`.
    fn store(
        &mut self,
        op: StoreOp,
        base: Self::Val,
        index: Option<Self::Val>,
        disp: i32,
        value: Self::Val,
        region: Region,
    );
    /// Reads atomically. Like all that follow: `address` is a Ptr, a multiple of the cell's size; the
    /// order is sequential, and no other access is moved across it.
    fn atomic_load(&mut self, cell: Cell, address: Self::Val, region: Region) -> Self::Val;
    /// Writes atomically.
    fn atomic_store(&mut self, cell: Cell, address: Self::Val, value: Self::Val, region: Region);
    /// Reads, and writes what `op` makes of that and `value`, atomically. Gives what was read.
    fn atomic_rmw(
        &mut self,
        op: RmwOp,
        cell: Cell,
        address: Self::Val,
        value: Self::Val,
        region: Region,
    ) -> Self::Val;
    /// Reads, and writes `value` if what was read equals `expected` cut to the cell's size,
    /// atomically. Gives what was read.
    fn atomic_cmpxchg(
        &mut self,
        cell: Cell,
        address: Self::Val,
        expected: Self::Val,
        value: Self::Val,
        region: Region,
    ) -> Self::Val;
    /// Orders all accesses before it against all after it.
    fn fence(&mut self);
    /// New bytes in the frame, aligned to 16.
    fn area_new(&mut self, bytes: u32) -> Area;
    /// The address of an area, a Ptr.
    fn area_addr(&mut self, area: Area) -> Self::Val;

    // Control.

    /// Opens a block; its label stands at its end.
    fn block(&mut self, results: &[Ty]) -> Label;
    /// Opens a loop; its label stands at its head and takes `params`. Returns the operands that the
    /// body starts with. `results` are what `end` gives.
    fn loop_(
        &mut self,
        params: &[Ty],
        args: Vec<Self::Val>,
        results: &[Ty],
    ) -> (Label, Vec<Self::Val>);
    /// Opens an `if` on an I32; its label stands at its end.
    fn if_(&mut self, cond: Self::Val, results: &[Ty], hint: Hint) -> Label;
    /// Ends the first arm, whose results are `args` (`None` if its end is unreachable), and begins
    /// the second.
    fn else_(&mut self, label: Label, args: Option<Vec<Self::Val>>);
    /// Ends a construct, whose results are `args` (`None` if its end is unreachable). An `if`
    /// without `else_` has no results. Returns the results, or `None` if what follows is
    /// unreachable.
    fn end(&mut self, label: Label, args: Option<Vec<Self::Val>>) -> Option<Vec<Self::Val>>;
    /// Goes to a label.
    fn br(&mut self, label: Label, args: Vec<Self::Val>);
    /// Goes to a label if `cond` (I32) is not zero. Otherwise `args` are handed back.
    fn br_if(
        &mut self,
        cond: Self::Val,
        label: Label,
        args: Vec<Self::Val>,
        hint: Hint,
    ) -> Vec<Self::Val>;
    /// Goes to the label with this number, or to the last one if there are fewer. All take the same
    /// types.
    fn br_table(&mut self, index: Self::Val, labels: &[Label], args: Vec<Self::Val>);
    /// Returns; the value is what the signature's result says.
    fn ret(&mut self, value: Option<Self::Val>);
    /// Stops the guest.
    fn trap(&mut self, trap: Trap);
    /// Stops the guest if `cond` (I32) is not zero.
    fn trap_if(&mut self, cond: Self::Val, trap: Trap);

    // Exceptions.

    /// Opens a region; its label stands behind its handler. An exception that leaves a call in the
    /// region, and in no region inside it, goes to its handler.
    fn try_(&mut self, results: &[Ty]) -> Label;
    /// Ends the region, whose results are `args` (`None` if its end is unreachable), and begins its
    /// handler, which `end` ends. Returns the exception, an I32; or `None` if nothing in the region
    /// raises one: then the handler is unreachable.
    fn catch_(&mut self, label: Label, args: Option<Vec<Self::Val>>) -> Option<Self::Val>;
    /// Goes to the handler of a region that is open around this place, with an exception (I32).
    fn raise(&mut self, region: Label, exception: Self::Val);

    // Calls.

    /// Calls code of this artifact.
    fn call(&mut self, callee: Callee, sig: &Sig, args: Vec<Self::Val>) -> Option<Self::Val>;
    /// Calls code at an address. `sig` includes every argument.
    fn call_ptr(&mut self, code: Self::Val, sig: &Sig, args: Vec<Self::Val>) -> Option<Self::Val>;
    /// Calls a built-in, whose code is at an address: what no exception leaves.
    fn call_builtin(
        &mut self,
        code: Self::Val,
        sig: &Sig,
        args: Vec<Self::Val>,
    ) -> Option<Self::Val>;
    /// Calls code at an address, with an argument of type Ptr, that keeps every register but that of
    /// the fuel.
    fn call_keeping(&mut self, code: Self::Val, arg: Self::Val);
    /// Calls code of this artifact in the place of the running function, whose frame is gone when
    /// the callee begins. The results of both are the same.
    fn ret_call(&mut self, callee: Callee, sig: &Sig, args: Vec<Self::Val>);
    /// Calls code at an address in the place of the running function.
    fn ret_call_ptr(&mut self, code: Self::Val, sig: &Sig, args: Vec<Self::Val>);

    // Fuel; only in metered code.

    /// Takes `cost` (I64) from the fuel that is left. If `test`, gives a condition (I32): not zero if
    /// less than nothing is left.
    fn fuel_take(&mut self, cost: Self::Val, test: bool) -> Option<Self::Val>;
}
