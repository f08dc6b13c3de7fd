//! Executables with a program in them: how they start. What they are granted was said when they were
//! made, in the words of the command line, and is read here as `waxwing run` reads it.

use crate::failure::{Failure, Result};
use crate::flags::Size;
use crate::flags::limits::LimitFlags;
use crate::flags::wasi::WasiFlags;
use crate::guest::{Guest, is_command};
use clap::{Args, Parser};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use waxwing::executable::OwnProgram;
use waxwing::{Config, Engine, Module};
use waxwing_wasi_core::Wasi;

/// The option of the guest's stack.
#[derive(Args, Clone, Debug, Default)]
pub struct StackFlags {
    /// Stack of the guest, from 64KiB to 1GiB [default: 2MiB]
    #[arg(long, value_name = "SIZE", value_parser = stack_size, help_heading = "Engine")]
    pub stack_size: Option<Size>,
}

impl StackFlags {
    /// The options that ask for this, for a program that is to start later.
    pub fn words(&self) -> Vec<OsString> {
        self.stack_size.iter().map(|size| format!("--stack-size={}", size.0).into()).collect()
    }
}

/// The sizes a stack may have.
const STACK: std::ops::RangeInclusive<u64> = 64 << 10..=1 << 30;

/// A stack's size.
///
/// # Errors
/// If it is none, or not within bounds.
pub fn stack_size(text: &str) -> std::result::Result<Size, String> {
    let size: Size = text.parse()?;
    if STACK.contains(&size.0) {
        Ok(size)
    } else {
        Err(format!("{size} is not within 64 KiB and 1 GiB"))
    }
}

/// What an executable takes when it starts, if its maker allowed that.
#[derive(Parser, Debug)]
#[command(disable_version_flag = true, args_override_self = true)]
#[command(about = "Run the program in this file; its maker allowed options at its start")]
#[command(after_help = "Options come before the program's arguments; `--` ends them.")]
pub struct Options {
    /// The program's arguments
    #[arg(value_name = "ARGS", num_args = 0.., trailing_var_arg = true)]
    pub args: Vec<OsString>,
    /// What it is granted.
    #[command(flatten)]
    pub wasi: WasiFlags,
    /// How far it may go.
    #[command(flatten)]
    pub limits: LimitFlags,
    /// Its stack.
    #[command(flatten)]
    pub stack: StackFlags,
}

/// Runs the program in this process's own executable; none if there is none in it.
pub fn run_own() -> Option<Result<ExitCode>> {
    match OwnProgram::find() {
        Ok(None) => None,
        Ok(Some(program)) => Some(start(&program)),
        Err(e) => Some(Err(Failure::runtime(&e, &name(std::env::args_os().next())))),
    }
}

/// What the executable was called.
fn name(argv0: Option<OsString>) -> PathBuf {
    argv0.map_or_else(|| "program".into(), PathBuf::from)
}

fn start(program: &OwnProgram) -> Result<ExitCode> {
    let mut given = std::env::args_os();
    let file = name(given.next());
    let settings = program.settings();
    let word = |bytes: &Vec<u8>| OsString::from_vec(bytes.clone());
    let mut words = vec![file.clone().into_os_string()];
    words.extend(settings.options.iter().map(word));
    let mut args: Vec<OsString> = settings.args.iter().map(word).collect();
    if settings.options_at_start {
        words.extend(given);
    } else {
        words.push("--".into());
        words.extend(given);
    }
    let options = match Options::try_parse_from(words) {
        Ok(options) => options,
        Err(e) => return usage(&e),
    };
    args.extend(options.args);
    let wasi = options.wasi.wasi(&file, &args)?;
    let failed = |e| Failure::runtime(&e, &file);
    let engine = engine_for(&program.head().map_err(failed)?, &options.stack)?;
    let module = program.module(&engine).map_err(failed)?;
    run(&module, &file, wasi, &options.limits)
}

/// An engine for the artifact that begins with these bytes.
///
/// # Errors
/// If this system cannot run it.
pub fn engine_for(head: &[u8], stack: &StackFlags) -> Result<Engine> {
    let mut config = Config::new();
    config.for_artifact(head);
    if let Some(size) = stack.stack_size {
        config.stack_size(usize::try_from(size.0).unwrap_or(usize::MAX));
    }
    Engine::new(&config).map_err(|e| Failure::new(e.to_string()))
}

/// Runs a program from beginning to end.
///
/// # Errors
/// If it is none, fails, traps or is stopped.
pub fn run(module: &Module, file: &Path, wasi: Wasi, limits: &LimitFlags) -> Result<ExitCode> {
    if !is_command(module.facts()) {
        return Err(Failure::new("the module is no program: it exports no function \"_start\"")
            .at_file(file)
            .help("compile a program, not a library"));
    }
    let mut guest = Guest::new(module, wasi, limits)?;
    let ready = guest.ready().map_err(|e| Failure::runtime(&e, file))?;
    let ended = guest.start(&ready);
    Ok(guest.end(ended, file)?.unwrap_or(ExitCode::SUCCESS))
}

/// Help goes to stdout, everything else to stderr, in clap's words.
///
/// # Errors
/// If nobody reads it.
pub fn usage(e: &clap::Error) -> Result<ExitCode> {
    match e.print() {
        Ok(()) => Ok(ExitCode::from(u8::try_from(e.exit_code()).unwrap_or(1))),
        Err(_) => Err(Failure::broken_pipe()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was asked for when an executable was made is what it gets when it starts.
    #[test]
    fn options_are_written_as_they_are_read() {
        for asked in [
            &[][..],
            &["--dir=a", "--dir=b::/c", "--dir=d::/e::ro", "--dir=-f::-g"],
            &["--env=A=b c=d", "--env=B", "--env=-", "--inherit-env", "--argv0=--x"],
            &["--tcplisten=127.0.0.1:80", "--tcplisten=[::1]:80", "--stack-size=1MiB"],
            &["--timeout=1.5s", "--fuel=7", "--max-memory=64MiB", "--max-threads=3"],
        ] {
            let read = |words: Vec<OsString>| {
                let name = std::iter::once(OsString::from("app"));
                Options::try_parse_from(name.chain(words)).expect("options")
            };
            let first = read(asked.iter().map(OsString::from).collect());
            let words = [first.wasi.words(), first.limits.words(), first.stack.words()].concat();
            let second = read(words);
            assert_eq!(format!("{first:?}"), format!("{second:?}"));
        }
        let bytes = OsString::from_vec(b"A=\xff".to_vec());
        let odd = WasiFlags { env: vec![bytes], ..WasiFlags::default() };
        let read = Options::try_parse_from([vec!["app".into()], odd.words()].concat());
        assert_eq!(read.expect("options").wasi.env, odd.env);
    }

    #[test]
    fn stacks_have_bounds() {
        assert_eq!(stack_size("64K"), Ok(Size(64 << 10)));
        assert_eq!(stack_size("1G"), Ok(Size(1 << 30)));
        assert!(stack_size("63K").is_err() && stack_size("1025M").is_err());
        assert!(stack_size("deep").is_err());
    }
}
