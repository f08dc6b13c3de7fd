//! Tags: what exceptions are told apart by. The address of a tag is its identity.

use waxwing_layout::instance::tag_def;
use waxwing_layout::{gc, object};

/// A tag of a store.
#[repr(C)]
#[derive(Debug)]
pub struct Tag {
    /// The type word of exceptions with this tag.
    pub exception: u32,
    /// The engine-wide id of its type, a function type without results.
    pub type_id: u32,
}

impl Tag {
    /// A tag of a type, by the engine-wide id of a function type without results.
    pub(crate) fn of(type_id: u32) -> Tag {
        let exception = gc::KIND_EXCEPTION << gc::KIND_SHIFT | type_id & object::NUMBER;
        Tag { exception, type_id }
    }
}

const _: () = {
    assert!(std::mem::offset_of!(Tag, exception) == tag_def::EXCEPTION as usize);
};
