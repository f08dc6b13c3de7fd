//! Machine code as text: one instruction a line, with what it calls and which trap it may raise.
//!
//! Constants lie behind the code and jump tables within it. Both are found by the instructions
//! that name them relative to `rip`: `lea` names a table, everything else a constant.

use cranelift_codegen::isa::lookup_by_name;
use cranelift_codegen::settings::{Flags, builder};
use std::collections::BTreeSet;
use std::fmt::Write;
use waxwing_lower::{Callee, Code};

struct Line {
    at: usize,
    len: usize,
    text: String,
}

/// What `x(%rip)` names, if the instruction has that.
fn rip_target(line: &Line) -> Option<usize> {
    let (before, _) = line.text.split_once("(%rip)")?;
    let number = before.rsplit([' ', ',']).next()?;
    let distance = match number.strip_prefix("0x") {
        Some(hex) => usize::from_str_radix(hex, 16),
        None => number.parse(),
    };
    Some(line.at + line.len + distance.ok()?)
}

/// The entries of the table at `at`, and where it ends: the code that it leads to follows it.
fn table(bytes: &[u8], at: usize) -> (Vec<usize>, usize) {
    let (mut targets, mut end, mut limit) = (Vec::new(), at, bytes.len());
    while end + 4 <= limit {
        let word = bytes[end..end + 4].try_into().expect("four bytes");
        let target = at.wrapping_add_signed(i32::from_le_bytes(word) as isize);
        if target > end {
            limit = limit.min(target);
        }
        targets.push(target);
        end += 4;
    }
    (targets, end)
}

fn annotations(code: &Code, line: &Line) -> String {
    let mut out = String::new();
    for reloc in &code.relocs {
        if (line.at..line.at + line.len).contains(&(reloc.at as usize)) {
            match reloc.target {
                Callee::Func(index) => write!(out, " ; func {index}"),
                Callee::Leaf(leaf) => write!(out, " ; {}", leaf.name()),
            }
            .expect("strings take everything");
        }
    }
    if let Some((_, trap)) = code.traps.iter().find(|t| t.0 as usize == line.at) {
        write!(out, " ; trap: {trap}").expect("strings take everything");
    }
    out
}

/// The code as text.
pub fn disassemble(code: &Code) -> String {
    let isa = lookup_by_name("x86_64").expect("known").finish(Flags::new(builder()));
    let capstone = isa.expect("a target").to_capstone().expect("Capstone knows x86");
    let bytes = &code.bytes;
    let (mut out, mut at) = (String::new(), 0);
    let (mut tables, mut constants) = (BTreeSet::new(), bytes.len());
    while at < constants {
        if tables.contains(&at) {
            let (targets, end) = table(&bytes[..constants], at);
            for target in targets {
                writeln!(out, "{at:6x}  -> {target:x}").expect("strings take everything");
                at += 4;
            }
            at = end;
            continue;
        }
        if constants < bytes.len() && bytes[at..constants].iter().all(|&b| b == 0) {
            // Padding.
            at = constants;
            break;
        }
        let decoded = capstone.disasm_count(&bytes[at..constants], at as u64, 1);
        let decoded = decoded.expect("Capstone decodes or finds nothing");
        let line = match decoded.iter().next() {
            Some(i) => {
                let (name, operands) = (i.mnemonic().unwrap_or(""), i.op_str().unwrap_or(""));
                let text = format!("{name} {operands}");
                Line { at, len: i.len(), text: text.trim_end().to_owned() }
            }
            None => Line { at, len: 1, text: format!(".byte {:#04x}", bytes[at]) },
        };
        match rip_target(&line) {
            Some(target) if line.text.starts_with("leaq ") => {
                tables.insert(target);
            }
            Some(target) => constants = constants.min(target),
            None => {}
        }
        writeln!(out, "{at:6x}  {}{}", line.text, annotations(code, &line))
            .expect("strings take everything");
        at += line.len;
    }
    for chunk in bytes[constants..].chunks(16) {
        let hex: Vec<String> = chunk.iter().map(|b| format!("{b:02x}")).collect();
        writeln!(out, "{at:6x}  data {}", hex.join(" ")).expect("strings take everything");
        at += chunk.len();
    }
    out
}
