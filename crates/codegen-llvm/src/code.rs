//! From the ELF object in memory to [`Code`]: text, constants behind it, relocations.

use object::elf::{R_X86_64_PC32, R_X86_64_PLT32};
use object::read::{
    File, Object, ObjectSection, ObjectSymbol, Relocation, RelocationFlags, RelocationTarget,
    SectionIndex, SectionKind,
};
use std::collections::HashMap;
use waxwing_layout::builtin::Leaf;
use waxwing_lower::{Callee, Code, Error, Reloc};

/// LLVM's name of the function that is compiled.
pub const OWN_NAME: &str = "waxwing_own";
/// What precedes a function's index in LLVM's name of a callee.
pub const FUNC_PREFIX: &str = "waxwing_func_";
/// What precedes a leaf routine's number in LLVM's name of a callee.
pub const LEAF_PREFIX: &str = "waxwing_leaf_";

/// A row of the line table: what holds from `at` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// In bytes from the beginning of the function.
    pub at: u32,
    /// Offset in the module plus one; 0 if it is not known.
    pub line: u32,
    /// The number of a trap, or 0.
    pub column: u32,
}

/// What an object holds.
#[derive(Debug)]
pub struct Extracted {
    /// Traps and addresses are still missing.
    pub code: Code,
    /// How many of the bytes are instructions.
    pub text_len: usize,
    /// Ascending.
    pub rows: Vec<Row>,
}

fn bad(what: impl std::fmt::Display) -> Error {
    Error::Backend(format!("LLVM's object: {what}"))
}

/// Takes the one function out of an object.
pub fn extract(bytes: &[u8]) -> Result<Extracted, Error> {
    let file = File::parse(bytes).map_err(bad)?;
    let own = file.symbol_by_name(OWN_NAME).ok_or_else(|| bad("the function is missing"))?;
    // The section is `.text`, or another if LLVM thinks that the function is hardly ever called.
    let index = own.section_index().ok_or_else(|| bad("the function is missing"))?;
    let text = file.section_by_index(index).map_err(bad)?;
    if own.address() != 0 {
        return Err(bad("the function does not begin its section"));
    }
    let mut out = text.data().map_err(bad)?.to_vec();
    let text_len = out.len();
    let mut align = text.align().max(16);
    let placed = place_constants(&file, text.index(), &mut out, &mut align)?;
    let mut relocs = Vec::new();
    for (at, reloc) in text.relocations() {
        if let Some(reloc) = relocate(&file, &placed, &mut out, at, &reloc)? {
            relocs.push(reloc);
        }
    }
    relocs.sort_by_key(|r| r.at);
    let align = u32::try_from(align).map_err(bad)?;
    let code = Code { bytes: out, align, relocs, ..Code::default() };
    Ok(Extracted { code, text_len, rows: rows(&file)? })
}

/// Puts constants behind the instructions; where each section begins.
fn place_constants(
    file: &File<'_>,
    text: SectionIndex,
    out: &mut Vec<u8>,
    align: &mut u64,
) -> Result<HashMap<SectionIndex, u64>, Error> {
    let mut placed = HashMap::from([(text, 0)]);
    for section in file.sections() {
        let name = section.name().map_err(bad)?;
        match section.kind() {
            SectionKind::Text if section.index() == text => {}
            SectionKind::ReadOnlyData | SectionKind::ReadOnlyString if name != ".eh_frame" => {
                if section.relocations().next().is_some() {
                    return Err(bad(format!("constants in {name} hold addresses")));
                }
                let data = section.data().map_err(bad)?;
                let at = out.len().next_multiple_of(section.align().max(1) as usize);
                out.resize(at, 0);
                out.extend_from_slice(data);
                *align = section.align().max(*align);
                placed.insert(section.index(), at as u64);
            }
            SectionKind::Text
            | SectionKind::ReadOnlyData
            | SectionKind::ReadOnlyString
            | SectionKind::ReadOnlyDataWithRel
            | SectionKind::Data
            | SectionKind::UninitializedData
            | SectionKind::Common
            | SectionKind::Tls
            | SectionKind::UninitializedTls
                if section.size() > 0 =>
            {
                return Err(bad(format!("section {name} has no place in an artifact")));
            }
            _ => {}
        }
    }
    Ok(placed)
}

/// Fills in a distance within the code, or hands back one to other code.
fn relocate(
    file: &File<'_>,
    placed: &HashMap<SectionIndex, u64>,
    out: &mut [u8],
    at: u64,
    reloc: &Relocation,
) -> Result<Option<Reloc>, Error> {
    match reloc.flags() {
        RelocationFlags::Elf { r_type: R_X86_64_PC32 | R_X86_64_PLT32 } => {}
        other => return Err(bad(format!("relocation {other:?} at {at:#x}"))),
    }
    let RelocationTarget::Symbol(index) = reloc.target() else {
        return Err(bad(format!("a relocation without symbol at {at:#x}")));
    };
    let symbol = file.symbol_by_index(index).map_err(bad)?;
    let offset = u32::try_from(at).map_err(bad)?;
    if let Some(&section) = symbol.section_index().and_then(|index| placed.get(&index)) {
        let target = (section + symbol.address()) as i64 + reloc.addend();
        let distance = i32::try_from(target - at as i64).map_err(bad)?;
        let place = out.get_mut(at as usize..at as usize + 4);
        let place = place.ok_or_else(|| bad("a relocation behind the code"))?;
        place.copy_from_slice(&distance.to_le_bytes());
        return Ok(None);
    }
    let name = symbol.name().map_err(bad)?;
    let target = callee(name)
        .ok_or_else(|| bad(format!("code that LLVM added calls {name}, which no artifact has")))?;
    let addend = i32::try_from(reloc.addend()).map_err(bad)?;
    Ok(Some(Reloc { at: offset, target, addend }))
}

/// The callee that LLVM knows by this name.
fn callee(name: &str) -> Option<Callee> {
    if let Some(index) = name.strip_prefix(FUNC_PREFIX) {
        return index.parse().ok().map(Callee::Func);
    }
    let number: usize = name.strip_prefix(LEAF_PREFIX)?.parse().ok()?;
    Leaf::ALL.get(number).copied().map(Callee::Leaf)
}

/// The line table. The function begins its section, so addresses in the object are offsets.
fn rows(file: &File<'_>) -> Result<Vec<Row>, Error> {
    let Some(section) = file.section_by_name(".debug_line") else { return Ok(Vec::new()) };
    let data = section.data().map_err(bad)?;
    let lines = gimli::DebugLine::new(data, gimli::LittleEndian);
    let program = lines.program(gimli::DebugLineOffset(0), 8, None, None).map_err(bad)?;
    let mut state = program.rows();
    let mut rows = Vec::new();
    while let Some((_, row)) = state.next_row().map_err(bad)? {
        if row.end_sequence() {
            continue;
        }
        let column = match row.column() {
            gimli::ColumnType::LeftEdge => 0,
            gimli::ColumnType::Column(n) => u32::try_from(n.get()).unwrap_or(0),
        };
        let line = row.line().map_or(0, |line| u32::try_from(line.get()).unwrap_or(0));
        rows.push(Row { at: u32::try_from(row.address()).map_err(bad)?, line, column });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_code_can_be_called() {
        assert_eq!(callee("waxwing_func_12"), Some(Callee::Func(12)));
        assert_eq!(callee("waxwing_leaf_1"), Some(Callee::Leaf(Leaf::MemoryFill)));
        assert_eq!(callee("memset"), None);
        assert_eq!(callee("waxwing_leaf_99"), None);
        assert_eq!(callee("waxwing_func_x"), None);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert!(matches!(extract(b"not ELF"), Err(Error::Backend(_))));
    }
}
