//! Values of any type on their way out of a host function. They stay where they are put: small ones in the
//! parcel itself, others in a box. Whoever gets them takes them out of there.

use std::any::{Any, TypeId};
use std::fmt;
use std::mem::{MaybeUninit, align_of, needs_drop, size_of};

/// Words that lie in a [`Parcel`] itself.
const WORDS: usize = 4;

/// Room for a value of any type that may be sent.
pub struct Parcel {
    /// The value, or the pointer of its box; nothing if there is no kind.
    place: MaybeUninit<[usize; WORDS]>,
    kind: Option<&'static Kind>,
}

struct Kind {
    type_id: TypeId,
    /// Ends the value in a place, if there is anything to do.
    end: Option<unsafe fn(*mut u8)>,
}

/// What is known of a type.
struct Of<T>(T);

impl<T: Any + Send> Of<T> {
    const INLINE: bool =
        size_of::<T>() <= size_of::<[usize; WORDS]>() && align_of::<T>() <= align_of::<usize>();
    const KIND: &'static Kind = &Kind {
        type_id: TypeId::of::<T>(),
        end: if Self::INLINE && !needs_drop::<T>() { None } else { Some(Of::<T>::end) },
    };

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

impl Default for Parcel {
    fn default() -> Self {
        Parcel { place: MaybeUninit::uninit(), kind: None }
    }
}

impl Parcel {
    /// Takes a value, in the place of one that may be there. It is made where it stays: what is written in
    /// pieces and then moved as a whole is moved slowly.
    #[inline(always)]
    pub fn fill<T: Any + Send>(&mut self, make: impl FnOnce() -> T) {
        self.clear();
        let at = self.place.as_mut_ptr();
        // SAFETY: the place is large enough for either, and aligned.
        unsafe {
            if Of::<T>::INLINE {
                at.cast::<T>().write(make());
            } else {
                at.cast::<Box<T>>().write(Box::new(make()));
            }
        }
        self.kind = Some(Of::<T>::KIND);
    }

    /// Whether there is a `T`.
    #[inline]
    pub fn holds<T: Any + Send>(&self) -> bool {
        self.kind.is_some_and(|kind| kind.type_id == TypeId::of::<T>())
    }

    /// The value, if it is a `T`; once.
    #[inline]
    pub fn take<T: Any + Send>(&mut self) -> Option<T> {
        if !self.holds::<T>() {
            return None;
        }
        self.kind = None;
        let at = self.place.as_ptr();
        // SAFETY: it is a `T`, put there by `fill`, and is not there any more.
        Some(unsafe {
            if Of::<T>::INLINE { at.cast::<T>().read() } else { *at.cast::<Box<T>>().read() }
        })
    }

    /// The value where it is, if it is a `T`.
    #[inline]
    pub fn get_mut<T: Any + Send>(&mut self) -> Option<&mut T> {
        if !self.holds::<T>() {
            return None;
        }
        let at = self.place.as_mut_ptr();
        // SAFETY: it is a `T`, put there by `fill`; the parcel is borrowed as long.
        Some(unsafe {
            if Of::<T>::INLINE { &mut *at.cast::<T>() } else { &mut *at.cast::<Box<T>>() }
        })
    }

    /// Ends the value that is there.
    #[inline]
    pub fn clear(&mut self) {
        if let Some(end) = self.kind.take().and_then(|kind| kind.end) {
            // SAFETY: the value is of this kind, and nobody uses it afterwards.
            unsafe { end(self.place.as_mut_ptr().cast()) };
        }
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        self.clear();
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

    fn back<T: Any + Send>(value: T) -> Option<T> {
        let mut parcel = Parcel::default();
        parcel.fill(|| value);
        parcel.take()
    }

    #[test]
    fn values_of_every_size_come_back_and_end_once() {
        let held = Arc::new(());
        const {
            assert!(Of::<Arc<()>>::INLINE && Of::<()>::INLINE && Of::<[u64; 4]>::INLINE);
            assert!(!Of::<(Arc<()>, [u64; 4])>::INLINE && !Of::<u128>::INLINE);
            assert!(Of::<u64>::KIND.end.is_none() && Of::<u128>::KIND.end.is_some());
        }
        let mut parcel = Parcel::default();
        assert!(!parcel.holds::<u8>() && parcel.take::<u8>().is_none());
        assert_eq!(back(7u8), Some(7));
        assert_eq!(back(u128::MAX), Some(u128::MAX));
        assert_eq!(back(String::from("text")).as_deref(), Some("text"));
        parcel.fill(|| (held.clone(), [1u64; 4]));
        assert!(parcel.take::<Arc<()>>().is_none(), "another type");
        assert_eq!(Arc::strong_count(&held), 2);
        let (inner, numbers) = parcel.take::<(Arc<()>, [u64; 4])>().unwrap();
        assert_eq!((Arc::strong_count(&inner), numbers), (2, [1; 4]));
        assert!(parcel.take::<(Arc<()>, [u64; 4])>().is_none(), "once");
        drop(inner);
        parcel.fill(|| held.clone());
        assert_eq!(parcel.get_mut::<Arc<()>>().map(|inner| Arc::strong_count(inner)), Some(2));
        parcel.fill(|| (held.clone(), [1u64; 9]));
        assert_eq!(Arc::strong_count(&held), 2, "what was there is not");
        parcel.clear();
        assert_eq!(Arc::strong_count(&held), 1);
        parcel.fill(|| held.clone());
        drop(parcel);
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
