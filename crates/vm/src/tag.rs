//! Tags: what exceptions are told apart by. The address of a tag is its identity.

use waxwing_layout::instance::tag_def;

/// A tag of a store.
#[repr(C)]
#[derive(Debug)]
pub struct Tag {
    /// The type word of exceptions with this tag.
    pub exception: u32,
    /// The engine-wide id of its type, a function type without results.
    pub type_id: u32,
}

const _: () = {
    assert!(std::mem::offset_of!(Tag, exception) == tag_def::EXCEPTION as usize);
};
