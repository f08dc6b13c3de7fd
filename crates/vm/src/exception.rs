//! Exceptions as objects: made and read by built-ins and by the host.

use crate::instance::RawVal;
use crate::objects::{read_field, write_field};
use crate::tag::Tag;
use crate::{StoreInner, types};
use waxwing_layout::gc::EXCEPTION_TAG;
use waxwing_layout::object::Fields;
use waxwing_module::{StorageType, Trap};

impl StoreInner {
    /// Makes an exception; its payload is zero.
    ///
    /// # Errors
    /// [`Trap::HeapExhausted`] if there is no room.
    ///
    /// # Safety
    /// As for [`StoreInner::new_object`]; the tag is of this store.
    pub unsafe fn new_exception(
        store: *mut StoreInner,
        owner: *mut (),
        tag: *const Tag,
    ) -> Result<u32, Trap> {
        // SAFETY: tags live as long as the store; the rest is passed on to the caller.
        unsafe {
            let made = StoreInner::new_object(store, owner, (*tag).exception, 0)?;
            let heap = (*store).heap_mut().ok_or(Trap::HeapExhausted)?;
            heap.store(made, EXCEPTION_TAG as u64, tag as u64).ok_or(Trap::HeapExhausted)?;
            Ok(made)
        }
    }

    /// Writes the payload of an exception that was just made: a value for each parameter of its tag.
    pub fn set_payload(&mut self, exception: u32, values: &[RawVal]) {
        let places = self.payload_places(exception);
        let Some(heap) = self.heap_mut() else { return };
        for (&(at, storage), value) in places.iter().zip(values) {
            // An exception of this store is inside the heap.
            let _ = write_field(heap, exception, u64::from(at), storage, value.0);
        }
    }

    /// The payload of an exception.
    pub fn payload(&self, exception: u32) -> Vec<RawVal> {
        let read = |(at, storage): (u32, StorageType)| {
            read_field(self.heap()?, exception, u64::from(at), storage).map(RawVal)
        };
        self.payload_places(exception).into_iter().filter_map(read).collect()
    }

    /// The tag of an exception; none if the reference is to none.
    pub fn tag_of(&self, exception: u32) -> Option<*mut Tag> {
        let address = self.heap()?.load::<u64>(exception, EXCEPTION_TAG as u64)?;
        self.all_tags()
            .map(std::ptr::from_ref)
            .find(|&tag| tag as u64 == address)
            .map(<*const Tag>::cast_mut)
    }

    /// Where each part of the payload lies.
    fn payload_places(&self, exception: u32) -> Vec<(u32, StorageType)> {
        let Some(tag) = self.tag_of(exception) else { return Vec::new() };
        // SAFETY: it is one of this store's tags.
        let ty = types::func_type_of(unsafe { (*tag).type_id });
        let storages = ty.params.iter().map(|&ty| StorageType::Val(ty));
        Fields::of_exception(&ty.params).offsets.into_iter().zip(storages).collect()
    }
}
