//! Makes the build id: a hash of the sources that define what artifacts and the runtime agree on.
//!
//! The version alone would not do while the engine is worked on: code compiled before a change of
//! the instance layout must not be taken from a cache after it.

include!("build_id.rs");

fn main() {
    set_build_id(&["../module/src", "../layout/src", "src"]);
}
