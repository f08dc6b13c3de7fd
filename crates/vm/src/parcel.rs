//! Values of any type on their way out of a host function: small ones travel without an allocation.

use std::any::{Any, TypeId};
use std::fmt;
use std::mem::{ManuallyDrop, MaybeUninit, align_of, size_of};

/// Words that lie in a [`Parcel`] itself.
const WORDS: usize = 3;

/// A value of any type that may be sent.
pub struct Parcel {
    /// The value, or the pointer of its box.
    place: MaybeUninit<[usize; WORDS]>,
    kind: &'static Kind,
}

struct Kind {
    type_id: fn() -> TypeId,
    /// Ends the value in a place.
    end: unsafe fn(*mut u8),
}

/// What is known of a type.
struct Of<T>(T);

impl<T: Any + Send> Of<T> {
    const INLINE: bool =
        size_of::<T>() <= size_of::<[usize; WORDS]>() && align_of::<T>() <= align_of::<usize>();
    const KIND: Kind = Kind { type_id: TypeId::of::<T>, end: Of::<T>::end };

    /// # Safety
    /// `place` holds a `T`, or the pointer of its box, which nobody uses afterwards.
    unsafe fn end(place: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe {
            if Self::INLINE {
                place.cast::<T>().drop_in_place();
            } else {
                place.cast::<Box<T>>().drop_in_place();
            }
        }
    }
}

// SAFETY: what is in it may be sent.
unsafe impl Send for Parcel {}
// SAFETY: nothing of the value can be reached through a shared reference.
unsafe impl Sync for Parcel {}

impl Parcel {
    /// Takes a value.
    pub fn new<T: Any + Send>(value: T) -> Parcel {
        let mut place = MaybeUninit::<[usize; WORDS]>::uninit();
        let at = place.as_mut_ptr();
        // SAFETY: the place is large enough for either, and aligned.
        unsafe {
            if Of::<T>::INLINE {
                at.cast::<T>().write(value);
            } else {
                at.cast::<Box<T>>().write(Box::new(value));
            }
        }
        Parcel { place, kind: &Of::<T>::KIND }
    }

    /// The value, if it is a `T`.
    ///
    /// # Errors
    /// The parcel, if it is not.
    pub fn open<T: Any + Send>(self) -> Result<T, Parcel> {
        if (self.kind.type_id)() != TypeId::of::<T>() {
            return Err(self);
        }
        let this = ManuallyDrop::new(self);
        let at = this.place.as_ptr();
        // SAFETY: it is a `T`, put there by `new`, and the parcel is not ended.
        Ok(unsafe {
            if Of::<T>::INLINE { at.cast::<T>().read() } else { *at.cast::<Box<T>>().read() }
        })
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        // SAFETY: the value is of this kind, and nobody uses it afterwards.
        unsafe { (self.kind.end)(self.place.as_mut_ptr().cast()) };
    }
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parcel")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn values_of_every_size_come_back_and_end_once() {
        let held = Arc::new(());
        const {
            assert!(Of::<Arc<()>>::INLINE && Of::<()>::INLINE && Of::<[u64; 3]>::INLINE);
            assert!(!Of::<(Arc<()>, [u64; 3])>::INLINE && !Of::<u128>::INLINE);
        }
        assert_eq!(Parcel::new(7u8).open::<u8>().unwrap(), 7);
        assert_eq!(Parcel::new(u128::MAX).open::<u128>().unwrap(), u128::MAX);
        assert_eq!(Parcel::new(String::from("text")).open::<String>().unwrap(), "text");
        let large = Parcel::new((held.clone(), [1u64; 3]));
        let large = large.open::<Arc<()>>().expect_err("another type");
        assert_eq!(Arc::strong_count(&held), 2);
        let (inner, numbers) = large.open::<(Arc<()>, [u64; 3])>().unwrap();
        assert_eq!((Arc::strong_count(&inner), numbers), (2, [1; 3]));
        drop(inner);
        drop(Parcel::new(held.clone()));
        drop(Parcel::new((held.clone(), [1u64; 9])));
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
