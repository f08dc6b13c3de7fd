//! Writes what was found, and makes modules small.
//!
//! Whether a smaller module still shows the difference is asked of a process of its own, since it
//! may kill the process or never end.

use crate::crew::{Finding, this_program};
use crate::options::Options;
use crate::round::{Engines, Outcome};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use wasm_shrink::WasmShrink;

/// A smaller module gets this time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Smaller modules that are tried in vain before the reducer gives up.
const ATTEMPTS: u32 = 400;

/// The exit code of the role `check` for a module on which engines differ.
pub const DIFFERS: u8 = 10;

/// Writes a finding's module, text, and smaller form into a directory of its own.
///
/// # Errors
/// If a file cannot be written.
pub fn keep(options: &Options, finding: &Finding) -> Result<(), String> {
    let dir = options.out.join(finding.seed.to_string());
    let text = |e: std::io::Error| format!("cannot write into {}: {e}", dir.display());
    std::fs::create_dir_all(&dir).map_err(text)?;
    let (wasm, damaged) = Engines::module(finding.seed, options)?;
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.join(name), bytes).map_err(text);
    write("module.wasm", &wasm)?;
    write("module.wat", print(&wasm).as_bytes())?;
    let modules = match options.idioms {
        true => "idioms".to_owned(),
        false => format!("features {}", options.features),
    };
    let mut report = format!("seed {}\n{modules}\n{}\n", finding.seed, finding.what);
    if options.shrink {
        let small =
            if damaged { Ok(wasm.clone()) } else { shrink(options, finding.seed, &wasm, &dir) };
        match small {
            Ok(small) => {
                write("small.wasm", &small)?;
                write("small.wat", print(&small).as_bytes())?;
            }
            Err(why) => report.push_str(&format!("not made smaller: {why}\n")),
        }
    }
    write("report.txt", report.as_bytes())?;
    println!("seed {}: see {}", finding.seed, dir.display());
    Ok(())
}

fn print(wasm: &[u8]) -> String {
    wasmprinter::print_bytes(wasm).unwrap_or_else(|e| format!(";; cannot be printed: {e:#}\n"))
}

fn shrink(options: &Options, seed: u64, wasm: &[u8], dir: &Path) -> Result<Vec<u8>, String> {
    let file = dir.join("candidate.wasm");
    let Some(wanted) = check(options, seed, wasm, &file)? else {
        return Err("the module alone does not show it".to_owned());
    };
    let shrunk =
        WasmShrink::default().attempts(ATTEMPTS).run(wasm.to_vec(), &mut |small: &[u8]| {
            let valid = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
                .validate_all(small)
                .is_ok();
            let shown =
                if valid { check(options, seed, small, &file).unwrap_or(None) } else { None };
            Ok(shown.is_some_and(|shown| is_like(&wanted, &shown)))
        });
    // What was tried last is of no use to anybody.
    let _ = std::fs::remove_file(&file);
    Ok(shrunk.map_err(|e| format!("{e:#}"))?.output)
}

/// Whether two texts tell of the same kind of difference: the first words are compared.
fn is_like(a: &str, b: &str) -> bool {
    let kind = |text: &str| {
        let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() > 3);
        words.take(7).collect::<Vec<_>>().join(" ")
    };
    kind(a) == kind(b)
}

/// Plays a module in another process; says what differs, if anything does.
fn check(options: &Options, seed: u64, wasm: &[u8], file: &Path) -> Result<Option<String>, String> {
    let text = |e: std::io::Error| e.to_string();
    std::fs::write(file, wasm).map_err(text)?;
    let mut command = this_program("check")?;
    command.arg(file).arg(seed.to_string()).args(options.same_view());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(text)?;
    let started = Instant::now();
    let status = loop {
        match child.try_wait().map_err(text)? {
            Some(status) => break status,
            None if started.elapsed() > PATIENCE => {
                child.kill().and_then(|()| child.wait()).map_err(text)?;
                return Ok(None);
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let output = child.wait_with_output().map_err(text)?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(match status.code() {
        Some(code) if code == i32::from(DIFFERS) => Some(said),
        Some(_) => None,
        None => Some(format!("the process died ({status})")),
    })
}

/// The role `check`: plays a file with a seed, and prints the difference.
///
/// # Errors
/// If the file cannot be read or the engines cannot be made.
pub fn checked(args: &[String]) -> Result<bool, String> {
    let [file, seed, rest @ ..] = args else {
        return Err("usage: check FILE SEED [OPTIONS]".to_owned());
    };
    let options = Options::parse(rest)?;
    let seed = seed.parse().map_err(|_| format!("`{seed}` is no seed"))?;
    let wasm = std::fs::read(file).map_err(|e| format!("cannot read {file}: {e}"))?;
    crate::worker::quiet_panics();
    let outcome: Outcome = Engines::new(&options)?.run(seed, &wasm);
    if let Some(d) = &outcome.difference {
        println!("{}: {}; {}: {}", d.ours, d.we_say, d.theirs, d.they_say);
    }
    Ok(outcome.difference.is_none())
}
