//! The native build of the SQLite driver: what the guest prints has to be the same.

use std::path::Path;
use std::process::Command;

use crate::case::{Sidecar, first_difference};
use crate::process::must;
use crate::realworld::programs;
use crate::{Result, places};

/// Runs the native driver through the same cases and compares it with the expected outputs.
///
/// # Errors
/// When it does not build or run, or prints anything else.
pub fn sqlite_agrees(sidecar: &Path) -> Result<()> {
    let program = programs::sqlite_native()?;
    let scratch = places::scratch("realworld")?.join("sqlite-native-dir");
    places::fresh_dir(&scratch)?;
    for case in Sidecar::read(sidecar)?.case {
        let mut command = Command::new(&program);
        // The first argument is the guest's directory; here it is the host's.
        command.arg(&scratch).args(case.args.iter().skip(1));
        let got = must(&mut command)?.stdout;
        let want = places::read_bytes(&case.golden(sidecar))?;
        if got != want {
            let difference = first_difference(&got, &want);
            return Err(format!("the native build, case {}: {difference}", case.name));
        }
    }
    Ok(())
}
