//! What is committed: nothing large, and nothing that names the machine it was written on.

use std::path::{Path, PathBuf};

use crate::tidy::Finding;
use crate::{Result, places};

/// The largest file, in bytes.
const LARGEST: usize = 1 << 20;

/// Beginnings of paths that only one machine has. They are put together here, so that this file does
/// not name them itself.
const DENIED: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/op", "t/w/"),
    concat!("/op", "t/peers"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];

/// Checks every file's size and words.
///
/// # Errors
/// When a file cannot be read.
pub fn check(root: &Path, files: &[PathBuf]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in files {
        findings
            .extend(findings_of(&file.to_string_lossy(), &places::read_bytes(&root.join(file))?));
    }
    Ok(findings)
}

/// What is wrong with one file. Binary files are searched too: debug information has paths.
fn findings_of(path: &str, bytes: &[u8]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if bytes.len() > LARGEST {
        findings.push(format!("tracked: {path} has {} bytes; at most {LARGEST}", bytes.len()));
    }
    for word in DENIED {
        if let Some(at) = find(bytes, word) {
            let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
            findings.push(format!("tracked: {path}:{line} names a machine's path, `{word}`"));
        }
    }
    findings
}

/// Where a path begins with a word: a path does not begin in the middle of another.
fn find(bytes: &[u8], word: &str) -> Option<usize> {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-*}>$~".contains(&byte);
    bytes
        .windows(word.len())
        .enumerate()
        .filter(|(_, window)| *window == word.as_bytes())
        .map(|(at, _)| at)
        .find(|&at| at == 0 || !inside(bytes[at - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_file_is_fine() {
        assert!(findings_of("a.rs", b"use crate::places::root; // target/root/x").is_empty());
        assert!(findings_of("a.md", format!("net{}a", DENIED[0]).as_bytes()).is_empty());
        assert!(findings_of("a.bin", &vec![0; LARGEST]).is_empty());
    }

    #[test]
    fn size_and_words_are_found() {
        assert_eq!(findings_of("a.bin", &vec![0; LARGEST + 1]).len(), 1);
        for word in DENIED {
            let text = format!("first\nin `{word}thing`\n");
            let found = findings_of("a.md", text.as_bytes());
            assert!(found.len() == 1 && found[0].contains("a.md:2"), "{word}: {found:?}");
        }
    }
}
