//! `cargo xtask tidy`: the rules of structure that a compiler does not check.
//!
//! | part | rule |
//! |---|---|
//! | [`sizes`] | files and functions stay small; what is over may only shrink |
//! | [`arrows`] | crates depend only on what stands below them; unsafe stays where it belongs |
//! | [`documents`] | documents name only what exists |
//! | [`tracked`] | nothing large and no machine's paths are committed |

mod arrows;
mod documents;
mod sizes;
mod tracked;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::flags::Flags;
use crate::process::must_say;
use crate::{Result, places};

/// Something that breaks a rule: where, and what to do.
pub type Finding = String;

/// The files that a commit of everything would hold, relative to the root, sorted.
///
/// # Errors
/// When git does not answer.
fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let mut all: Vec<PathBuf> = must_say(&mut git)?.lines().map(PathBuf::from).collect();
    // A file that was removed but not yet committed is still listed.
    all.retain(|path| root.join(path).is_file());
    all.sort();
    all.dedup();
    Ok(all)
}

/// The verb.
///
/// # Errors
/// When flags are wrong, or git, cargo or a file cannot be read.
pub fn main(args: &[String]) -> Result<bool> {
    let mut flags = Flags::new(args);
    let bless = if flags.switch("--bless-new") {
        Some(sizes::Bless::New)
    } else {
        flags.switch("--bless").then_some(sizes::Bless::Down)
    };
    flags.finish()?;
    let root = places::root();
    let files = files(&root)?;
    let mut findings = sizes::check(&root, &files, bless)?;
    findings.extend(arrows::check(&root)?);
    findings.extend(documents::check(&root, &files)?);
    findings.extend(tracked::check(&root, &files)?);
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => println!("tidy: {} files, nothing to mend", files.len()),
        count => println!("tidy: {count} to mend"),
    }
    Ok(findings.is_empty())
}
