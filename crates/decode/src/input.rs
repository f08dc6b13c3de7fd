//! What kind of file some bytes are, told by how they begin.

use std::fmt;

/// What some bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// A WebAssembly module in binary form.
    Module,
    /// A WebAssembly component in binary form.
    Component,
    /// WebAssembly in text form.
    Text,
    /// An artifact of this engine.
    Artifact,
    /// Nothing at all.
    Empty,
    /// An ELF file of another kind.
    Elf,
    /// A gzip file.
    Gzip,
    /// A zstd file.
    Zstd,
    /// A zip file.
    Zip,
    /// A script: it begins with `#!`.
    Script,
    /// Something else; how it begins, and how many of these bytes there are.
    Unknown([u8; 8], u8),
}

impl InputKind {
    /// Looks at how `bytes` begin.
    pub fn of(bytes: &[u8]) -> InputKind {
        let begins = |magic: &[u8]| bytes.starts_with(magic);
        if bytes.is_empty() {
            InputKind::Empty
        } else if begins(b"\0asm") {
            // Version and layer: a component has layer 1 (component model, Binary.md).
            match bytes.get(6..8) {
                Some([1, 0]) => InputKind::Component,
                _ => InputKind::Module,
            }
        } else if begins(b"\x7fELF") {
            match bytes.get(9..16) {
                Some(b"waxwing") => InputKind::Artifact,
                _ => InputKind::Elf,
            }
        } else if begins(&[0x1f, 0x8b]) {
            InputKind::Gzip
        } else if begins(&[0x28, 0xb5, 0x2f, 0xfd]) {
            InputKind::Zstd
        } else if begins(b"PK\x03\x04") {
            InputKind::Zip
        } else if begins(b"#!") {
            InputKind::Script
        } else if is_text(bytes) {
            InputKind::Text
        } else {
            let mut head = [0; 8];
            let count = bytes.len().min(8);
            head[..count].copy_from_slice(&bytes[..count]);
            InputKind::Unknown(head, count as u8)
        }
    }

    /// What to do with such a file where a module is wanted.
    pub fn hint(self) -> Option<&'static str> {
        Some(match self {
            InputKind::Module => return None,
            InputKind::Component => "components are not supported yet; build a core module",
            InputKind::Text => "translate it to the binary form first (wat2wasm, wasm-tools parse)",
            InputKind::Artifact => "it is compiled already; run it as it is",
            InputKind::Empty => "the file may not have been written completely",
            InputKind::Elf => "it is native code; compile the program for wasm32-wasip1 instead",
            InputKind::Gzip => "unpack it with gunzip first",
            InputKind::Zstd => "unpack it with zstd -d first",
            InputKind::Zip => "unpack it with unzip first",
            InputKind::Script => "give the interpreter's module, and the script as its argument",
            InputKind::Unknown(..) => "a module begins with the bytes 00 61 73 6d",
        })
    }
}

/// Whether the first thing after blanks and comments is an opening parenthesis.
fn is_text(bytes: &[u8]) -> bool {
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    loop {
        rest = rest.trim_ascii_start();
        if rest.starts_with(b";;") {
            let Some(end) = rest.iter().position(|&b| b == b'\n') else { return true };
            rest = &rest[end..];
        } else {
            // A block comment begins with a parenthesis too.
            return rest.starts_with(b"(");
        }
    }
}

impl fmt::Display for InputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InputKind::Module => "a WebAssembly module",
            InputKind::Component => "a WebAssembly component",
            InputKind::Text => "WebAssembly in text form",
            InputKind::Artifact => "a compiled artifact of this engine",
            InputKind::Empty => "an empty file",
            InputKind::Elf => "an ELF file (native code)",
            InputKind::Gzip => "a gzip file",
            InputKind::Zstd => "a zstd file",
            InputKind::Zip => "a zip file",
            InputKind::Script => "a script",
            InputKind::Unknown(head, count) => {
                f.write_str("it begins with")?;
                return head[..usize::from(*count).min(8)]
                    .iter()
                    .try_for_each(|b| write!(f, " {b:02x}"));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_beginning() {
        for (bytes, kind) in [
            (&b""[..], InputKind::Empty),
            (b"\0asm\x01\0\0\0", InputKind::Module),
            (b"\0asm", InputKind::Module),
            (b"\0asm\x0d\0\x01\0", InputKind::Component),
            (b" ;; hello\n (module)", InputKind::Text),
            (b"\xef\xbb\xbf(; x ;)(module)", InputKind::Text),
            (b";; nothing but a comment", InputKind::Text),
            (b"\x7fELF\x02\x01\x01\0\0waxwing", InputKind::Artifact),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", InputKind::Elf),
            (b"\x7fELF", InputKind::Elf),
            (b"\x1f\x8b\x08", InputKind::Gzip),
            (b"PK\x03\x04", InputKind::Zip),
            (b"#!/bin/sh", InputKind::Script),
            (b"ab", InputKind::Unknown(*b"ab\0\0\0\0\0\0", 2)),
        ] {
            assert_eq!(InputKind::of(bytes), kind, "{bytes:?}");
        }
        assert_eq!(InputKind::of(b"ab").to_string(), "it begins with 61 62");
    }
}
