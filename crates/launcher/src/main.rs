//! The runtime alone: runs compiled programs, and has neither parser nor compiler in it.
//!
//! What it runs is signed with a key that was given, or is the program that `waxwing create-exe`
//! appended to it. Options, grants and exit codes are those of `waxwing run`.

#![forbid(unsafe_code)]

use clap::Parser;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use waxwing::{Module, PublicKeys};
use waxwing_program::executable::{self, StackFlags, engine_for, run};
use waxwing_program::failure::{Failure, Result};
use waxwing_program::flags::limits::LimitFlags;
use waxwing_program::flags::trust::{TrustFlags, signature_of};
use waxwing_program::flags::wasi::WasiFlags;

/// Run a compiled and signed WebAssembly program
#[derive(Parser, Debug)]
#[command(name = "waxwing-launcher", version, about)]
#[command(after_help = "Programs are compiled and signed by `waxwing compile --sign-key`.

Exit codes: the guest's; 1 when something failed; 2 when the command line is wrong; 124 when
--timeout or --fuel ended the guest; 128 + n when it raised signal n; 134 when it trapped.")]
struct Launcher {
    /// The program, then its arguments
    #[arg(value_names = ["FILE", "ARGS"], required = true, num_args = 1.., trailing_var_arg = true)]
    file_and_args: Vec<OsString>,
    #[command(flatten)]
    wasi: WasiFlags,
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    stack: StackFlags,
    #[command(flatten)]
    trust: TrustFlags,
}

fn main() -> ExitCode {
    let result = executable::run_own().unwrap_or_else(|| match Launcher::try_parse() {
        Ok(launcher) => launcher.main(),
        Err(e) => executable::usage(&e),
    });
    result.unwrap_or_else(|failure| failure.report())
}

impl Launcher {
    fn main(self) -> Result<ExitCode> {
        let (path, args) = match self.file_and_args.split_first() {
            Some((path, args)) => (PathBuf::from(path), args),
            None => return Err(Failure::new("no file was named")),
        };
        let Some(keys) = self.trust.keys()? else {
            return Err(Failure::new("no key was given to check the program's signature with")
                .at_file(&path)
                .help("only signed programs run here: --verify-key KEY"));
        };
        let module = self.load(&path, &keys)?;
        run(&module, &path, self.wasi.wasi(&path, args)?, &self.limits)
    }

    fn load(&self, path: &PathBuf, keys: &PublicKeys) -> Result<Module> {
        let signature = signature_of(path, self.trust.signature.as_deref())?;
        let mut file = File::open(path).map_err(|e| Failure::unreadable(&e, path))?;
        let mut head = Vec::new();
        let read = file.by_ref().take(Module::ARTIFACT_HEAD).read_to_end(&mut head);
        read.map_err(|e| Failure::unreadable(&e, path))?;
        let engine = engine_for(&head, &self.stack)?;
        Module::load_signed(&engine, head.chain(file), &signature, keys)
            .map_err(|e| Failure::runtime(&e, path))
    }
}
