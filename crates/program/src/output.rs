//! Writing to stdout and stderr, which may be closed.

use crate::failure::{Failure, Result, reason};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes a command's whole output at once, so that a failure leaves no half of it.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Err(Failure::broken_pipe()),
        Err(e) => Err(Failure::new(format!("cannot write to stdout: {}", reason(&e)))),
    }
}

/// Says something on stderr beside what the command does.
pub fn note(text: impl std::fmt::Display) {
    // A closed stderr is no reason to fail.
    let _ = std::io::stderr().write_all(format!("waxwing: {text}\n").as_bytes());
}

/// A number of things: `1 entry`, `2 entries`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Writes beside the file and renames, so that nobody ever sees half of it. What is no regular
/// file, such as a pipe or a device, is written as it is.
pub fn write_whole(path: &Path, bytes: &[u8], what: &str) -> Result<()> {
    write_as(path, bytes, what, 0o666)
}

/// The same for a program of the system, which others may run as well.
///
/// # Errors
/// If it cannot be written.
pub fn write_program(path: &Path, bytes: &[u8], what: &str) -> Result<()> {
    write_as(path, bytes, what, 0o777)
}

fn write_as(path: &Path, bytes: &[u8], what: &str, mode: u32) -> Result<()> {
    let failed = |e: &std::io::Error| {
        Failure::new(format!("cannot write the {what}: {}", reason(e)))
            .at_file(path)
            .help("-o must name a place in a directory that is there and can be written")
    };
    if path.metadata().is_ok_and(|m| !m.is_file()) {
        return std::fs::write(path, bytes).map_err(|e| failed(&e));
    }
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".tmp-{}", std::process::id()));
    let aside = PathBuf::from(aside);
    let written = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&aside)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| std::fs::rename(&aside, path));
    written.map_err(|e| {
        let _ = std::fs::remove_file(&aside);
        failed(&e)
    })
}
