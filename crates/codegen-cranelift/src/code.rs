//! Cranelift's output as [`Code`].

use crate::fuel;
use crate::unit::{FUNC, LEAF};
use cranelift_codegen::binemit::Reloc as Kind;
use cranelift_codegen::ir::{ExternalName, Function, TrapCode};
use cranelift_codegen::{CompiledCode, FinalizedMachReloc, FinalizedRelocTarget};
use waxwing_layout::builtin::Leaf;
use waxwing_lower::{Callee, Code, Error, Reloc};
use waxwing_module::Trap;

/// What constants in the code may want to be aligned to, and functions in any case.
const ALIGN: u32 = 16;

/// Takes over code, relocations, traps and addresses. In metered code locations have marks.
///
/// # Errors
/// If the code refers to anything but functions and leaves of this artifact.
pub(crate) fn extract(
    func: &Function,
    compiled: &CompiledCode,
    metered: bool,
) -> Result<Code, Error> {
    let buffer = &compiled.buffer;
    let relocs = buffer.relocs().iter().map(|r| reloc(func, r)).collect::<Result<_, _>>()?;
    let mut traps = Vec::with_capacity(buffer.traps().len());
    for t in buffer.traps() {
        traps.push((t.offset, trap(t.code)?));
    }
    traps.sort_unstable_by_key(|&(offset, _)| offset);
    traps.dedup();
    let mut bytes = buffer.data().to_vec();
    if metered {
        for range in buffer.get_srclocs_sorted() {
            fuel::tighten(&mut bytes, range.start as usize, range.end as usize, range.loc);
        }
    }
    Ok(Code {
        bytes,
        align: buffer.alignment.max(ALIGN),
        relocs,
        traps,
        addresses: addresses(compiled, metered),
        inlined: Vec::new(),
        handlers: crate::exception::handlers(compiled)?,
    })
}

fn reloc(func: &Function, reloc: &FinalizedMachReloc) -> Result<Reloc, Error> {
    let unknown = |what: String| {
        Error::Backend(format!(
            "code at {:#x} refers to {what}, which is not in the artifact",
            reloc.offset
        ))
    };
    let target = match &reloc.target {
        FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
            let name = &func.params.user_named_funcs()[*name];
            match name.namespace {
                FUNC => Some(Callee::Func(name.index)),
                LEAF => Leaf::ALL.get(name.index as usize).map(|&leaf| Callee::Leaf(leaf)),
                _ => None,
            }
        }
        _ => None,
    };
    let target = target.ok_or_else(|| unknown(reloc.target.display(Some(&func.params))))?;
    if !matches!(reloc.kind, Kind::X86CallPCRel4 | Kind::X86PCRel4) {
        return Err(Error::Backend(format!(
            "a relocation of kind {:?} at {:#x}",
            reloc.kind, reloc.offset
        )));
    }
    let addend = i32::try_from(reloc.addend).map_err(|_| unknown("a far address".into()))?;
    Ok(Reloc { at: reloc.offset, target, addend })
}

/// The trap that Cranelift's code stands for: its own ones, or ours by number.
fn trap(code: TrapCode) -> Result<Trap, Error> {
    let trap = match code {
        TrapCode::INTEGER_DIVISION_BY_ZERO => Trap::IntegerDivideByZero,
        TrapCode::INTEGER_OVERFLOW => Trap::IntegerOverflow,
        TrapCode::BAD_CONVERSION_TO_INTEGER => Trap::InvalidConversionToInteger,
        TrapCode::HEAP_OUT_OF_BOUNDS => Trap::MemoryOutOfBounds,
        TrapCode::STACK_OVERFLOW => Trap::StackOverflow,
        ours => Trap::from_code(ours.as_raw().get())
            .ok_or_else(|| Error::Backend(format!("unknown trap code {ours}")))?,
    };
    Ok(trap)
}

fn addresses(compiled: &CompiledCode, metered: bool) -> Vec<(u32, u32)> {
    let mut out: Vec<(u32, u32)> = Vec::new();
    for range in compiled.buffer.get_srclocs_sorted() {
        if range.loc.is_default() || range.start == range.end {
            continue;
        }
        let offset = if metered { fuel::offset(range.loc) } else { range.loc.bits() };
        match out.last_mut() {
            Some(last) if last.1 == offset => {}
            Some(last) if last.0 == range.start => last.1 = offset,
            _ => out.push((range.start, offset)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trap_survives_the_way_through_a_code() {
        for &t in Trap::ALL {
            assert_eq!(trap(crate::memory::trap_code(t)).unwrap(), t);
        }
        for &code in TrapCode::non_user_traps() {
            trap(code).unwrap();
        }
        assert!(trap(TrapCode::unwrap_user(200)).is_err());
    }
}
