//! Calls with Rust's own types: the registers are filled by code that is made for the types.

use super::{Func, enter, enter_ints};
use crate::refs::Rooted;
use crate::store::{StoreData, StoreMut};
use crate::suspend::Room;
use crate::value::{func_from_raw, func_to_raw};
use crate::{
    AnyRef, ArrayRef, AsContextMut, ExnRef, ExternRef, HeapType, I31, RefType, Result, StructRef,
    V128, ValType,
};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use waxwing_fiber::{EnterFrame, HostFrame};
use waxwing_layout::abi::{FLOAT_REGS, INT_REGS};

/// A function whose type is known to Rust: calls check nothing but the store.
#[derive(Debug)]
pub struct TypedFunc<P, R> {
    func: Func,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, R> Copy for TypedFunc<P, R> {}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    pub(super) fn new(func: Func) -> Self {
        TypedFunc { func, types: PhantomData }
    }

    /// The function without its types.
    pub fn func(&self) -> Func {
        self.func
    }

    /// Calls it.
    ///
    /// # Errors
    /// If the guest traps or is stopped, or a host function fails.
    ///
    /// # Panics
    /// If the function is of another store, or a host function panics.
    #[inline]
    pub fn call(&self, mut store: impl AsContextMut, params: P) -> Result<R> {
        let StoreMut(store) = store.as_context_mut();
        // SAFETY: the reference lives as long as its store, and nothing changes it.
        let func = unsafe { &*self.func.raw(store.id) };
        let mut regs = Regs::new(func.vmctx, P::FLOATS || R::FLOATS);
        let mut area = R::Area::default();
        if R::COUNT > 1 {
            regs.push_int(area.as_mut().as_mut_ptr() as u64);
        }
        let pushed = params.push(&mut regs, store);
        if P::OBJECTS {
            // The guest holds them from here on.
            store.vm.let_go();
        }
        pushed?;
        if const { Self::IN_INTS } {
            // The registers themselves, not their place in memory: without it there is none.
            let ints = regs.frame.ints;
            // SAFETY: `typed` has compared the function's type with `P` and `R`, which fit.
            regs.frame.ints[0] = unsafe { enter_ints(store, func, ints)? };
        } else {
            // SAFETY: `typed` has compared the function's type with `P` and `R`.
            unsafe { enter(store, func, &mut regs)? };
        }
        Ok(R::load(&regs.frame, area.as_ref(), store))
    }

    /// Whether all that a call needs is in integer registers.
    const IN_INTS: bool =
        !P::FLOATS && !R::FLOATS && 1 + P::COUNT + (R::COUNT > 1) as usize <= INT_REGS;
}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    /// The registers of a run, and room for its results.
    pub(crate) fn fill<T>(
        &self,
        vmctx: *mut u8,
        params: P,
        room: &mut Room,
        store: &mut StoreData<T>,
    ) -> Result<()> {
        room.begin(vmctx, P::FLOATS || R::FLOATS, R::COUNT);
        let pushed = params.push(&mut room.regs, store);
        if P::OBJECTS {
            // The guest holds them from here on.
            store.vm.let_go();
        }
        pushed
    }
}

/// The registers and stack arguments of a call that is being prepared.
pub struct Regs {
    pub(crate) frame: EnterFrame,
    ints: usize,
    floats: usize,
    pub(crate) stack: StackArgs,
}

/// Stack arguments, in 8-byte words.
#[derive(Default)]
pub(crate) struct StackArgs(Vec<u64>);

impl StackArgs {
    /// Rounds up to 16 bytes.
    pub fn finish(&mut self) -> &[u64] {
        if !self.0.len().is_multiple_of(2) {
            self.0.push(0);
        }
        &self.0
    }
}

impl Regs {
    #[inline]
    pub(crate) fn new(vmctx: *mut u8, uses_floats: bool) -> Regs {
        let unused = if uses_floats { MaybeUninit::new([0; 16]) } else { MaybeUninit::uninit() };
        let mut regs = Regs {
            frame: EnterFrame {
                floats: [unused; FLOAT_REGS],
                ints: [0; INT_REGS],
                uses_floats: u64::from(uses_floats),
                reserved: 0,
            },
            ints: 0,
            floats: 0,
            stack: StackArgs::default(),
        };
        regs.push_int(vmctx as u64);
        regs
    }

    /// Begins anew, where it is: a copy of what was just written piece by piece is slow.
    pub(crate) fn begin(&mut self, vmctx: *mut u8, uses_floats: bool) {
        (self.ints, self.floats) = (0, 0);
        self.stack.0.clear();
        self.frame.uses_floats = u64::from(uses_floats);
        if uses_floats {
            self.frame.floats = [MaybeUninit::new([0; 16]); FLOAT_REGS];
        }
        self.push_int(vmctx as u64);
    }

    #[inline]
    pub(crate) fn push_int(&mut self, value: u64) {
        if self.ints < INT_REGS {
            self.frame.ints[self.ints] = value;
            self.ints += 1;
        } else {
            self.stack.0.push(value);
        }
    }

    #[inline]
    pub(super) fn push_float(&mut self, bits: u128, wide: bool) {
        if self.floats < FLOAT_REGS {
            self.frame.floats[self.floats] = MaybeUninit::new(bits.to_le_bytes());
            self.floats += 1;
        } else if wide {
            if !self.stack.0.len().is_multiple_of(2) {
                self.stack.0.push(0);
            }
            self.stack.0.extend([bits as u64, (bits >> 64) as u64]);
        } else {
            self.stack.0.push(bits as u64);
        }
    }
}

/// The float or vector that a call returned. Zero if the call's frame uses none.
#[inline]
pub(super) fn float_result(frame: &EnterFrame) -> u128 {
    if frame.uses_floats == 0 {
        return 0;
    }
    // SAFETY: a frame that uses floats was made with all of them initialised.
    u128::from_le_bytes(unsafe { frame.floats[0].assume_init() })
}

/// Reads the parameters of a call that came from a guest.
pub struct Args {
    frame: *const HostFrame,
    ints: usize,
    floats: usize,
    stack: usize,
}

impl Args {
    /// # Safety
    /// The frame is valid, with the stack arguments of the function's type behind it, and the first
    /// `ints` integer registers are something else.
    pub(crate) unsafe fn new(frame: *const HostFrame, ints: usize) -> Args {
        Args { frame, ints, floats: 0, stack: 0 }
    }

    #[inline]
    pub(super) fn int(&mut self) -> u64 {
        if self.ints < INT_REGS {
            self.ints += 1;
            // SAFETY: the frame is valid (`new`).
            return unsafe { (*self.frame).ints[self.ints - 1] };
        }
        self.word()
    }

    fn word(&mut self) -> u64 {
        self.stack += 1;
        // SAFETY: the arguments of the function's type stand behind the frame (`new`).
        unsafe { self.frame.add(1).cast::<u64>().add(self.stack - 1).read() }
    }

    #[inline]
    pub(super) fn float(&mut self, wide: bool) -> u128 {
        if self.floats < FLOAT_REGS {
            self.floats += 1;
            // SAFETY: the frame is valid (`new`).
            return u128::from_le_bytes(unsafe { (*self.frame).floats[self.floats - 1] });
        }
        if !wide {
            return u128::from(self.word());
        }
        self.stack = self.stack.next_multiple_of(2);
        u128::from(self.word()) | u128::from(self.word()) << 64
    }
}

/// How a value travels in a register of the C convention. Upper bits may be anything.
pub trait Register: Copy {
    #[doc(hidden)]
    const ZERO: Self;
    #[doc(hidden)]
    fn bits(self) -> u128;
    #[doc(hidden)]
    fn of(bits: u128) -> Self;
}

macro_rules! register {
    ($($ty:ty, |$v:ident| $bits:expr, |$b:ident| $of:expr;)*) => {$(
        impl Register for $ty {
            const ZERO: $ty = 0 as $ty;
            #[inline]
            fn bits(self) -> u128 {
                let $v = self;
                $bits
            }
            #[inline]
            fn of($b: u128) -> $ty {
                $of
            }
        }
    )*};
}

register! {
    u64, |v| u128::from(v), |bits| bits as u64;
    f32, |v| u128::from(v.to_bits()), |bits| f32::from_bits(bits as u32);
    f64, |v| u128::from(v.to_bits()), |bits| f64::from_bits(bits as u64);
}

/// A Rust type that is a WebAssembly value type.
pub trait WasmTy: Sized {
    /// The WebAssembly type.
    const TYPE: ValType;
    #[doc(hidden)]
    const FLOAT: bool;
    /// How it travels if it is a number of at most 64 bits.
    #[doc(hidden)]
    type Register: Register;
    /// Whether it is one.
    #[doc(hidden)]
    const NUMBER: bool;
    /// Whether it may become an object, which then is one of the store's temporaries.
    #[doc(hidden)]
    const OBJECTS: bool;
    #[doc(hidden)]
    fn into_raw<T>(self, store: &mut StoreData<T>) -> Result<u128>;
    #[doc(hidden)]
    fn from_raw<T>(raw: u128, store: &mut StoreData<T>) -> Self;
}

macro_rules! wasm_ty {
    (@kind number $register:ty) => {
        type Register = $register;
        const NUMBER: bool = true;
    };
    (@kind other) => {
        type Register = u64;
        const NUMBER: bool = false;
    };
    ($($ty:ty, $val:expr, $float:literal ($($kind:tt)*), |$v:ident, $s:ident| $into:expr, |$r:ident, $t:ident| $from:expr;)*) => {$(
        impl WasmTy for $ty {
            const TYPE: ValType = $val;
            const FLOAT: bool = $float;
            wasm_ty!(@kind $($kind)*);
            const OBJECTS: bool = false;
            #[inline]
            fn into_raw<T>(self, $s: &mut StoreData<T>) -> Result<u128> {
                let $v = self;
                Ok($into)
            }
            #[inline]
            fn from_raw<T>($r: u128, $t: &mut StoreData<T>) -> Self {
                $from
            }
        }
    )*};
}

wasm_ty! {
    i32, ValType::I32, false (number u64), |v, _s| u128::from(v as u32), |r, _s| r as i32;
    u32, ValType::I32, false (number u64), |v, _s| u128::from(v), |r, _s| r as u32;
    i64, ValType::I64, false (number u64), |v, _s| u128::from(v as u64), |r, _s| r as i64;
    u64, ValType::I64, false (number u64), |v, _s| u128::from(v), |r, _s| r as u64;
    f32, ValType::F32, true (number f32), |v, _s| u128::from(v.to_bits()), |r, _s| f32::from_bits(r as u32);
    f64, ValType::F64, true (number f64), |v, _s| u128::from(v.to_bits()), |r, _s| f64::from_bits(r as u64);
    V128, ValType::V128, true (other), |v, _s| v.0, |r, _s| V128(r);
    Option<Func>, ValType::Ref(RefType::FUNCREF), false (other),
        |v, s| u128::from(func_to_raw(v, s.id)), |r, s| func_from_raw(r as u64, s.id);
    Option<ExnRef>, ValType::Ref(RefType::EXNREF), false (other),
        |v, s| v.map_or(0, |v| u128::from(v.to_raw(s))), |r, s| ExnRef::from_raw(r as u32, s);
    Option<StructRef>, ValType::Ref(RefType { nullable: true, heap: HeapType::Struct }), false (other),
        |v, s| v.map_or(0, |v| u128::from(v.0.raw(s))),
        |r, s| Rooted::new(r as u32, s).map(StructRef);
    Option<ArrayRef>, ValType::Ref(RefType { nullable: true, heap: HeapType::Array }), false (other),
        |v, s| v.map_or(0, |v| u128::from(v.0.raw(s))),
        |r, s| Rooted::new(r as u32, s).map(ArrayRef);
    I31, not_null(HeapType::I31), false (other),
        |v, _s| u128::from(v.to_raw()), |r, _s| I31::from_raw(r as u32);
    Option<I31>, ValType::Ref(RefType { nullable: true, heap: HeapType::I31 }), false (other),
        |v, _s| v.map_or(0, |v| u128::from(v.to_raw())),
        |r, _s| (r != 0).then_some(I31::from_raw(r as u32));
}

const fn not_null(heap: HeapType) -> ValType {
    ValType::Ref(RefType { nullable: false, heap })
}

macro_rules! objects {
    ($($ty:ty, $heap:expr;)*) => {$(
        impl WasmTy for Option<$ty> {
            const TYPE: ValType = ValType::Ref(RefType { nullable: true, heap: $heap });
            const FLOAT: bool = false;
            type Register = u64;
            const NUMBER: bool = false;
            const OBJECTS: bool = true;
            #[inline]
            fn into_raw<T>(self, store: &mut StoreData<T>) -> Result<u128> {
                self.map_or(Ok(0), |value| Ok(u128::from(value.to_raw(store)?)))
            }
            #[inline]
            fn from_raw<T>(raw: u128, store: &mut StoreData<T>) -> Self {
                <$ty>::from_raw(raw as u32, store)
            }
        }
    )*};
}

objects! {
    ExternRef, HeapType::Extern;
    AnyRef, HeapType::Any;
}

/// Types without null; their values come from places that never hold it, by validation.
macro_rules! never_null {
    ($($ty:ty, $heap:expr;)*) => {$(
        impl WasmTy for $ty {
            const TYPE: ValType = not_null($heap);
            const FLOAT: bool = false;
            type Register = u64;
            const NUMBER: bool = false;
            const OBJECTS: bool = <Option<$ty> as WasmTy>::OBJECTS;
            #[inline]
            fn into_raw<T>(self, store: &mut StoreData<T>) -> Result<u128> {
                Some(self).into_raw(store)
            }
            #[inline]
            fn from_raw<T>(raw: u128, store: &mut StoreData<T>) -> Self {
                match <Option<$ty>>::from_raw(raw, store) {
                    Some(value) => value,
                    None => unreachable!("null, of a type that has none"),
                }
            }
        }
    )*};
}

never_null! {
    Func, HeapType::Func;
    ExternRef, HeapType::Extern;
    AnyRef, HeapType::Any;
    ExnRef, HeapType::Exn;
    StructRef, HeapType::Struct;
    ArrayRef, HeapType::Array;
}

/// Parameters of a [`TypedFunc`]: one [`WasmTy`] or a tuple of them.
pub trait WasmParams {
    #[doc(hidden)]
    const COUNT: usize;
    #[doc(hidden)]
    const FLOATS: bool;
    /// Whether they are numbers, all in registers.
    #[doc(hidden)]
    const DIRECT: bool;
    #[doc(hidden)]
    const OBJECTS: bool;
    #[doc(hidden)]
    fn types() -> Vec<ValType>;
    #[doc(hidden)]
    fn push<T>(self, regs: &mut Regs, store: &mut StoreData<T>) -> Result<()>;
    #[doc(hidden)]
    fn load<T>(args: &mut Args, store: &mut StoreData<T>) -> Self;
}

/// Results of a [`TypedFunc`] or host function: nothing, one [`WasmTy`] or a tuple of them.
pub trait WasmResults {
    #[doc(hidden)]
    const COUNT: usize;
    #[doc(hidden)]
    const FLOATS: bool;
    #[doc(hidden)]
    const OBJECTS: bool;
    #[doc(hidden)]
    const TYPES: &'static [ValType];
    /// Whether it is a number or nothing.
    #[doc(hidden)]
    const DIRECT: bool;
    /// How it travels then.
    #[doc(hidden)]
    type Register: Register;
    /// The number; zero if there is none.
    #[doc(hidden)]
    fn into_register<T>(self, store: &mut StoreData<T>) -> Result<Self::Register>;
    #[doc(hidden)]
    type Area: Default + AsRef<[u128]> + AsMut<[u128]>;
    #[doc(hidden)]
    fn types() -> Vec<ValType> {
        Self::TYPES.to_vec()
    }
    #[doc(hidden)]
    fn load<T>(frame: &EnterFrame, area: &[u128], store: &mut StoreData<T>) -> Self;
    /// Writes the results where a guest expects them.
    ///
    /// # Safety
    /// If there are several, `area` has room for them.
    #[doc(hidden)]
    unsafe fn store<T>(
        self,
        frame: &mut HostFrame,
        area: *mut u128,
        store: &mut StoreData<T>,
    ) -> Result<()>;
}

#[inline]
fn push_one<T, A: WasmTy>(value: A, regs: &mut Regs, store: &mut StoreData<T>) -> Result<()> {
    let raw = value.into_raw(store)?;
    if A::FLOAT {
        regs.push_float(raw, matches!(A::TYPE, ValType::V128));
    } else {
        regs.push_int(raw as u64);
    }
    Ok(())
}

#[inline]
fn load_one<T, A: WasmTy>(args: &mut Args, store: &mut StoreData<T>) -> A {
    let raw = if A::FLOAT {
        args.float(matches!(A::TYPE, ValType::V128))
    } else {
        u128::from(args.int())
    };
    A::from_raw(raw, store)
}

impl<A: WasmTy> WasmParams for A {
    const COUNT: usize = 1;
    const DIRECT: bool = A::NUMBER;
    const FLOATS: bool = A::FLOAT;
    const OBJECTS: bool = A::OBJECTS;
    fn types() -> Vec<ValType> {
        vec![A::TYPE]
    }
    #[inline]
    fn push<T>(self, regs: &mut Regs, store: &mut StoreData<T>) -> Result<()> {
        push_one(self, regs, store)
    }
    #[inline]
    fn load<T>(args: &mut Args, store: &mut StoreData<T>) -> A {
        load_one(args, store)
    }
}

impl<A: WasmTy> WasmResults for A {
    const COUNT: usize = 1;
    const FLOATS: bool = A::FLOAT;
    const OBJECTS: bool = A::OBJECTS;
    const TYPES: &'static [ValType] = &[A::TYPE];
    const DIRECT: bool = A::NUMBER;
    type Register = A::Register;
    #[inline]
    fn into_register<T>(self, store: &mut StoreData<T>) -> Result<A::Register> {
        Ok(A::Register::of(self.into_raw(store)?))
    }
    type Area = [u128; 0];
    #[inline]
    fn load<T>(frame: &EnterFrame, _: &[u128], store: &mut StoreData<T>) -> A {
        let raw = if A::FLOAT { float_result(frame) } else { u128::from(frame.ints[0]) };
        A::from_raw(raw, store)
    }
    #[inline]
    unsafe fn store<T>(
        self,
        frame: &mut HostFrame,
        _: *mut u128,
        store: &mut StoreData<T>,
    ) -> Result<()> {
        let raw = self.into_raw(store)?;
        if A::FLOAT {
            frame.floats[0] = raw.to_le_bytes();
        } else {
            frame.ints[0] = raw as u64;
        }
        Ok(())
    }
}

impl WasmParams for () {
    const COUNT: usize = 0;
    const DIRECT: bool = true;
    const FLOATS: bool = false;
    const OBJECTS: bool = false;
    fn types() -> Vec<ValType> {
        Vec::new()
    }
    #[inline]
    fn push<T>(self, _: &mut Regs, _: &mut StoreData<T>) -> Result<()> {
        Ok(())
    }
    #[inline]
    fn load<T>(_: &mut Args, _: &mut StoreData<T>) {}
}

impl WasmResults for () {
    const COUNT: usize = 0;
    const FLOATS: bool = false;
    const OBJECTS: bool = false;
    const TYPES: &'static [ValType] = &[];
    const DIRECT: bool = true;
    type Register = u64;
    #[inline]
    fn into_register<T>(self, _: &mut StoreData<T>) -> Result<u64> {
        Ok(0)
    }
    type Area = [u128; 0];
    #[inline]
    fn load<T>(_: &EnterFrame, _: &[u128], _: &mut StoreData<T>) {}
    #[inline]
    unsafe fn store<T>(self, _: &mut HostFrame, _: *mut u128, _: &mut StoreData<T>) -> Result<()> {
        Ok(())
    }
}

macro_rules! tuples {
    ($($n:literal ($($a:ident $i:tt)*);)*) => {$(
        impl<$($a: WasmTy),*> WasmParams for ($($a,)*) {
            const COUNT: usize = $n;
            const DIRECT: bool = {
                let floats = 0 $(+ $a::FLOAT as usize)*;
                let fit = 1 + $n - floats <= INT_REGS && floats <= FLOAT_REGS;
                fit $(&& $a::NUMBER)*
            };
            const FLOATS: bool = false $(|| $a::FLOAT)*;
            const OBJECTS: bool = false $(|| $a::OBJECTS)*;
            fn types() -> Vec<ValType> {
                vec![$($a::TYPE),*]
            }
            #[inline]
            fn push<T>(self, regs: &mut Regs, store: &mut StoreData<T>) -> Result<()> {
                $(push_one(self.$i, regs, store)?;)*
                Ok(())
            }
            #[inline]
            fn load<T>(args: &mut Args, store: &mut StoreData<T>) -> Self {
                ($(load_one::<T, $a>(args, store),)*)
            }
        }

        impl<$($a: WasmTy),*> WasmResults for ($($a,)*) {
            const COUNT: usize = $n;
            const FLOATS: bool = false $(|| $a::FLOAT)*;
            const OBJECTS: bool = false $(|| $a::OBJECTS)*;
            const TYPES: &'static [ValType] = &[$($a::TYPE),*];
            const DIRECT: bool = false;
            type Register = u64;
            fn into_register<T>(self, _: &mut StoreData<T>) -> Result<u64> {
                Ok(0)
            }
            type Area = [u128; $n];
            #[inline]
            fn load<T>(frame: &EnterFrame, area: &[u128], store: &mut StoreData<T>) -> Self {
                if $n == 1 {
                    return ($(<$a as WasmResults>::load(frame, area, store),)*);
                }
                ($($a::from_raw(area[$i], store),)*)
            }
            #[inline]
            unsafe fn store<T>(
                self,
                frame: &mut HostFrame,
                area: *mut u128,
                store: &mut StoreData<T>,
            ) -> Result<()> {
                if $n == 1 {
                    // SAFETY: one result needs no area.
                    $(unsafe { <$a as WasmResults>::store(self.$i, frame, area, store)? };)*
                    return Ok(());
                }
                // SAFETY: the area has room for them all, as the caller promises.
                $(unsafe { area.add($i).write(self.$i.into_raw(store)?) };)*
                Ok(())
            }
        }
    )*};
}

tuples! {
    1 (A 0);
    2 (A 0 B 1);
    3 (A 0 B 1 C 2);
    4 (A 0 B 1 C 2 D 3);
    5 (A 0 B 1 C 2 D 3 E 4);
    6 (A 0 B 1 C 2 D 3 E 4 F 5);
    7 (A 0 B 1 C 2 D 3 E 4 F 5 G 6);
    8 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
    9 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8);
    10 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9);
    11 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10);
    12 (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11);
}
