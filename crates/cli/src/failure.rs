//! What is said when something fails: what, where, and what to do.

use std::path::Path;
pub use waxwing_program::failure::{Failure, Result, USAGE, reason};

/// Failures of what makes code.
pub trait Explain {
    /// What the engine says about a file.
    fn engine(error: &waxwing::Error, path: &Path) -> Failure;

    /// What the decoder says about a file.
    fn decode(e: &waxwing_decode::Error, path: &Path) -> Failure;
}

impl Explain for Failure {
    fn engine(error: &waxwing::Error, path: &Path) -> Failure {
        if let Some(e) = error.downcast_ref::<waxwing_compile::Error>() {
            if let Some(e) = e.decode() {
                return Failure::decode(e, path);
            }
            // The place has a line of its own.
            let place_in_text = e.offset().map(|at| format!(" (at offset {at:#x})"));
            let text = e.to_string().replace(&place_in_text.unwrap_or_default(), "");
            let Some(missing) = e.missing() else {
                return Failure::new(text).at(place(path, e.offset()));
            };
            let text = text.replace(&format!("; {missing}"), "");
            return Failure::new(text).at(place(path, e.offset())).help(allow(&missing));
        }
        if let Some(e) = error.downcast_ref::<waxwing_decode::Error>() {
            return Failure::decode(e, path);
        }
        if error.downcast_ref::<wat::Error>().is_some() {
            // The parser of the text format does not know the file's name.
            let text = error.to_string().replace("<anon>", &path.display().to_string());
            return Failure::new(text).at_file(path);
        }
        Failure::runtime(error, path)
    }

    fn decode(e: &waxwing_decode::Error, path: &Path) -> Failure {
        let failure = Failure::new(e.what()).at(place(path, e.offset()));
        match (e.missing(), e.hint()) {
            (Some(missing), _) => failure.help(allow(missing)),
            (None, Some(hint)) => failure.help(hint),
            (None, None) => failure,
        }
    }
}

/// How to allow what is off.
fn allow(missing: &waxwing_decode::Missing) -> String {
    match missing.names() {
        Some(names) => format!("{missing}: allow it with --wasm-features={names}"),
        None => missing.to_string(),
    }
}

fn place(path: &Path, offset: Option<u64>) -> String {
    match offset {
        Some(offset) => format!("{}, offset {offset:#x}", path.display()),
        None => path.display().to_string(),
    }
}
