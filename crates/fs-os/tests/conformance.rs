//! Host directories pass the common suite, confined in both ways.

#[path = "../../wasi-core/tests/suite/mod.rs"]
mod suite;

use std::sync::Arc;
use tempfile::TempDir;
use waxwing_fs_os::{Confinement, OsFs};
use waxwing_wasi_core::fs::{Dir, Fs};

fn make(confinement: Confinement) -> (Arc<dyn Dir>, TempDir) {
    let temp = TempDir::new().unwrap();
    let fs = OsFs::open_with(temp.path(), confinement).unwrap();
    assert_eq!(fs.confinement(), confinement);
    (fs.root().unwrap(), temp)
}

mod openat2 {
    fn make() -> (std::sync::Arc<dyn super::Dir>, super::TempDir) {
        super::make(super::Confinement::Openat2)
    }
    crate::conformance!(crate::openat2::make);
}

mod walk {
    fn make() -> (std::sync::Arc<dyn super::Dir>, super::TempDir) {
        super::make(super::Confinement::Walk)
    }
    crate::conformance!(crate::walk::make);
}
