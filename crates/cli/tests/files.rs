//! Runs every `tests/cli/*.cli`: commands and what they must say. `BLESS=1` writes the files anew.
//!
//! ```text
//! # why this is tested
//! $ a command for sh; `waxwing` is the one just built
//! > a line of stdout
//! ! a line of stderr
//! ? 2                       the exit code, unless it is 0
//! ```
//!
//! The commands of a file run one after another, in the directory of the files, with an empty
//! environment but for `PATH`, `$TMP` (a fresh directory, also `$HOME`) and a cache below it. What
//! changes from run to run is replaced: the directory by `$TMP`, times by `N ms`, hashes by `HASH`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli").canonicalize().unwrap()
}

#[test]
fn commands_say_what_they_must() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(files())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "cli"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no files in {}", files().display());
    let mut wrong = String::new();
    for path in paths {
        let want = std::fs::read_to_string(&path).unwrap();
        let have = run(&want);
        if want == have {
            continue;
        }
        if bless {
            std::fs::write(&path, have).unwrap();
        } else {
            let name = path.file_name().unwrap().display();
            write!(wrong, "\n{name}:\n{}", difference(&want, &have)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nBLESS=1 accepts what was said");
}

/// The file as it would be, had it been written by what its commands say now.
fn run(file: &str) -> String {
    let tmp = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for line in file.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            writeln!(text, "$ {command}").unwrap();
            text.push_str(&said(command, tmp.path()));
        } else if !line.starts_with(['>', '!', '?']) {
            writeln!(text, "{line}").unwrap();
        }
    }
    text
}

fn said(command: &str, tmp: &Path) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_waxwing"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::iter::once(bin.parent().unwrap().to_owned()).chain(std::env::split_paths(&path));
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(files())
        .env_clear()
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("TMP", tmp)
        .env("HOME", tmp)
        .env("WAXWING_CACHE_DIR", tmp.join("cache"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut text = String::new();
    for (mark, stream) in [('>', &output.stdout), ('!', &output.stderr)] {
        for line in normal(&String::from_utf8_lossy(stream), tmp).lines() {
            writeln!(text, "{}", format!("{mark} {line}").trim_end()).unwrap();
        }
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => writeln!(text, "? {code}").unwrap(),
        None => writeln!(text, "? {}", output.status).unwrap(),
    }
    text
}

/// Without what changes from run to run.
fn normal(text: &str, tmp: &Path) -> String {
    let text = text.replace(&tmp.display().to_string(), "$TMP");
    let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let word =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
        let (token, after) = rest.split_at(word);
        if token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit()) {
            out.push_str("HASH");
        } else if after.starts_with(" ms") && token.parse::<f64>().is_ok() {
            out.push('N');
        } else if token.is_empty() {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        } else {
            out.push_str(token);
        }
        rest = after;
    }
    out
}

/// The lines that differ, with the command they belong to.
fn difference(want: &str, have: &str) -> String {
    let blocks = |text: &str| -> Vec<String> {
        text.split_inclusive('\n').fold(Vec::new(), |mut blocks, line| {
            if blocks.is_empty() || line.starts_with("$ ") {
                blocks.push(String::new());
            }
            if let Some(block) = blocks.last_mut() {
                block.push_str(line);
            }
            blocks
        })
    };
    let (want, have) = (blocks(want), blocks(have));
    let mut text = String::new();
    for (want, have) in want.iter().zip(&have).filter(|(want, have)| want != have) {
        write!(text, "wanted:\n{want}had:\n{have}").unwrap();
    }
    text
}
