//! The external calling convention: what funcrefs, tables, imports and tiers use towards each
//! other (x86-64).
//!
//! ```text
//! parameters   vmctx, [results area], then the WebAssembly parameters in order
//!   integers, references   rdi rsi rdx rcx r8 r9, then the stack
//!   f32 f64 v128           xmm0..xmm7, then the stack
//!   stack slots            8 bytes, v128 16 bytes and aligned to 16; the whole rounded up to 16;
//!                          at [rsp + 8] on entry; the *callee* pops them
//! results
//!   none or one            rax or xmm0
//!   more                   all in the results area, 16 bytes each, whose address is the second
//!                          integer parameter
//! kept by the callee       rbx rbp r12 r13 r14 r15, rsp; everything else is free
//! frame                    every function keeps rbp as frame pointer; no red zone is used
//! narrow values            the upper bits of an i32 or f32 register are unspecified
//! fuel                     in metered code, r15 is what is left, at every instruction; such code
//!                          meets no other, so that nobody keeps r15
//! ```
//!
//! This is Cranelift's `tail` convention with at most one result. A callee that is left by an
//! exception keeps nothing but rsp and rbp.

use waxwing_module::{FuncType, ValType};

/// A machine-level type: what compiled code knows of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    /// 32-bit integer; also a reference to anything but a function.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// An address of the host's; also a reference to a function.
    Ptr,
}

impl Ty {
    /// The machine type of a WebAssembly type.
    pub fn of(ty: ValType) -> Ty {
        match ty {
            ValType::I32 => Ty::I32,
            ValType::I64 => Ty::I64,
            ValType::F32 => Ty::F32,
            ValType::F64 => Ty::F64,
            ValType::V128 => Ty::V128,
            ValType::Ref(ty) if ty.is_func() => Ty::Ptr,
            ValType::Ref(_) => Ty::I32,
        }
    }

    /// Its size in bytes.
    pub fn size(self) -> u32 {
        match self {
            Ty::I32 | Ty::F32 => 4,
            Ty::I64 | Ty::F64 | Ty::Ptr => 8,
            Ty::V128 => 16,
        }
    }

    /// Whether it travels in an xmm register.
    pub fn is_float(self) -> bool {
        matches!(self, Ty::F32 | Ty::F64 | Ty::V128)
    }
}

/// A signature at machine level: `params[0]` is always the callee's instance pointer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sig {
    /// Parameters, the instance pointer (and results area) included.
    pub params: Vec<Ty>,
    /// The result that comes back in a register.
    pub result: Option<Ty>,
}

impl Sig {
    /// The signature with which functions of this type are called.
    pub fn of(ty: &FuncType) -> Sig {
        let mut params = vec![Ty::Ptr];
        if has_results_area(ty) {
            params.push(Ty::Ptr);
        }
        params.extend(ty.params.iter().map(|&p| Ty::of(p)));
        let result = match ty.results[..] {
            [one] => Some(Ty::of(one)),
            _ => None,
        };
        Sig { params, result }
    }
}

/// Whether results of this type come back through memory.
pub fn has_results_area(ty: &FuncType) -> bool {
    ty.results.len() > 1
}

/// Bytes between two results in a results area.
pub const RESULT_STRIDE: u32 = 16;

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loc {
    /// The nth of rdi, rsi, rdx, rcx, r8, r9.
    Int(u8),
    /// The nth of xmm0 to xmm7.
    Float(u8),
    /// This many bytes above the lowest stack argument.
    Stack(u32),
}

/// How many integer registers carry parameters.
pub const INT_REGS: usize = 6;
/// How many vector registers carry parameters.
pub const FLOAT_REGS: usize = 8;

/// Where each parameter travels, and how many bytes of stack they take together (a multiple of
/// 16).
pub fn locate(params: &[Ty]) -> (Vec<Loc>, u32) {
    let (mut ints, mut floats, mut stack) = (0u8, 0u8, 0u32);
    let locs = params
        .iter()
        .map(|&ty| {
            if ty.is_float() && (floats as usize) < FLOAT_REGS {
                floats += 1;
                Loc::Float(floats - 1)
            } else if !ty.is_float() && (ints as usize) < INT_REGS {
                ints += 1;
                Loc::Int(ints - 1)
            } else {
                let size = ty.size().max(8);
                stack = stack.next_multiple_of(size);
                stack += size;
                Loc::Stack(stack - size)
            }
        })
        .collect();
    (locs, stack.next_multiple_of(16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_first_then_aligned_stack() {
        let mut params = vec![Ty::Ptr; 7];
        params.extend([Ty::V128; 9]);
        params.push(Ty::I32);
        let (locs, bytes) = locate(&params);
        assert_eq!(locs[5], Loc::Int(5));
        assert_eq!(locs[6], Loc::Stack(0));
        assert_eq!(locs[14], Loc::Float(7));
        assert_eq!(locs[15], Loc::Stack(16));
        assert_eq!(locs[16], Loc::Stack(32));
        assert_eq!(bytes, 48);
    }

    #[test]
    fn several_results_travel_by_memory() {
        let ty = FuncType { params: vec![ValType::F32], results: vec![ValType::I32; 2] };
        let sig = Sig::of(&ty);
        assert_eq!(sig.params, [Ty::Ptr, Ty::Ptr, Ty::F32]);
        assert_eq!(sig.result, None);
    }
}
