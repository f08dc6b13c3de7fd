//! `waxwing compile`: compiles ahead of time.

use crate::failure::{Failure, Result, reason};
use crate::flags::Size;
use crate::flags::engine::EngineFlags;
use crate::output::note;
use crate::{load, progress};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Compile a program ahead of time, to a file that `run` maps instead of compiling
#[derive(clap::Args, Debug)]
pub struct Compile {
    #[command(flatten)]
    engine: EngineFlags,
    /// The program: binary or text
    file: PathBuf,
    /// Where to put the compiled program
    #[arg(long, short, value_name = "OUT")]
    output: PathBuf,
}

impl Compile {
    /// Compiles; the output appears as a whole or not at all.
    pub fn main(self) -> Result<ExitCode> {
        let start = Instant::now();
        let engine = self.engine.engine()?;
        let bytes = load::bytes(&self.file)?;
        load::check_kind(&bytes, &self.file)?;
        let result = engine.precompile(&bytes);
        progress::clear();
        let artifact = result.map_err(|e| Failure::engine(&e, &self.file))?;
        write_whole(&self.output, &artifact)?;
        if self.engine.verbose {
            note(format_args!(
                "{}: compiled to {}, {}, in {:.1} ms",
                self.file.display(),
                self.output.display(),
                Size(artifact.len() as u64),
                start.elapsed().as_secs_f64() * 1e3,
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes beside the file and renames, so that nobody ever sees half of it. What is no regular
/// file, such as a pipe or a device, is written as it is.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |e: &std::io::Error| {
        Failure::new(format!("cannot write the compiled program: {}", reason(e)))
            .at_file(path)
            .help("-o must name a place in a directory that is there and can be written")
    };
    if path.metadata().is_ok_and(|m| !m.is_file()) {
        return std::fs::write(path, bytes).map_err(|e| failed(&e));
    }
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".tmp-{}", std::process::id()));
    let aside = PathBuf::from(aside);
    let written = std::fs::write(&aside, bytes).and_then(|()| std::fs::rename(&aside, path));
    written.map_err(|e| {
        let _ = std::fs::remove_file(&aside);
        failed(&e)
    })
}
