//! `waxwing run`: runs a program.

use crate::failure::{Failure, Result, TIMED_OUT, TRAPPED};
use crate::flags::engine::EngineFlags;
use crate::flags::limits::{LimitFlags, MemoryLimit};
use crate::flags::wasi::WasiFlags;
use crate::load;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use waxwing::{Linker, Store, Trap};
use waxwing_wasi_core::{Cancelled, Exit, Raised};
use waxwing_wasi_p1::WasiP1;

/// Run a program
#[derive(clap::Args, Debug)]
pub struct Run {
    #[command(flatten)]
    wasi: WasiFlags,
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    engine: EngineFlags,
    /// The program (binary, text, or compiled), then its arguments
    #[arg(value_names = ["FILE", "ARGS"], required = true, trailing_var_arg = true)]
    file_and_args: Vec<OsString>,
}

/// What a store of ours holds.
struct State {
    wasi: WasiP1,
    memory: MemoryLimit,
}

impl Run {
    /// Runs the program; its exit code is ours.
    pub fn main(self) -> Result<ExitCode> {
        let (file, args) =
            self.file_and_args.split_first().ok_or_else(|| Failure::new("no file"))?;
        let file = PathBuf::from(file);
        let engine = self.engine.engine()?;
        let module = load::module(&engine, &file)?;
        let wasi = WasiP1::new(self.wasi.wasi(&file, args)?);
        let mut store = Store::new(&engine, State { wasi, memory: MemoryLimit::new(&self.limits) });
        store.limiter(|state| &mut state.memory);
        let mut linker = Linker::new(&engine);
        let wrong = |e: waxwing::Error| Failure::engine(&e, &file);
        waxwing_wasi_p1::add_to_linker(&mut linker, |state: &mut State| &mut state.wasi)
            .map_err(wrong)?;
        let ready = linker.instantiate_pre(&mut store, &module).map_err(wrong)?;
        if let Some(timeout) = self.limits.timeout {
            waxwing_wasi_p1::end_waits_on_stop(&mut store, |state| &mut state.wasi);
            store.set_deadline(Some(timeout.0));
        }
        let result = ready.instantiate(&mut store).and_then(|instance| {
            instance.get_typed_func::<(), ()>(&mut store, "_start")?.call(&mut store, ())
        });
        match result {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(e) => ended(&e, &file),
        }
    }
}

/// What becomes of an error that ended the guest.
fn ended(error: &waxwing::Error, file: &Path) -> Result<ExitCode> {
    if let Some(Exit(code)) = error.downcast_ref::<Exit>() {
        return Ok(ExitCode::from(*code as u8));
    }
    if let Some(raised) = error.downcast_ref::<Raised>() {
        return Err(Failure::new(raised.to_string()).code(128 + raised.0.host_number()));
    }
    let trapped = error.trap();
    if trapped == Some(Trap::DeadlineExceeded) || error.downcast_ref::<Cancelled>().is_some() {
        return Err(Failure::new("the guest ran out of time").code(TIMED_OUT));
    }
    let failure = Failure::engine(error, file);
    Err(if trapped.is_some() { failure.code(TRAPPED) } else { failure })
}
