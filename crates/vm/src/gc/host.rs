//! Values of the host's on the heap, and the host's handles to objects.

use std::any::Any;
use std::sync::Arc;

/// Any value of the host's.
pub type HostValue = Arc<dyn Any + Send + Sync>;

/// The host values of a heap, by number. An object of kind host holds its number.
#[derive(Default)]
pub(super) struct HostValues {
    entries: Vec<Entry>,
    /// Number of the first free entry.
    free: Option<u32>,
}

enum Entry {
    Used {
        /// The object.
        owner: u32,
        value: HostValue,
    },
    Free {
        next: Option<u32>,
    },
}

impl HostValues {
    /// Makes room for one more. False if there is no memory.
    pub(super) fn reserve(&mut self) -> bool {
        self.free.is_some()
            || self.entries.len() < u32::MAX as usize && self.entries.try_reserve(1).is_ok()
    }

    /// The number of the next value. There must be room; see [`Self::reserve`].
    pub(super) fn insert(&mut self, owner: u32, value: HostValue) -> u32 {
        let used = Entry::Used { owner, value };
        let Some(number) = self.free else {
            self.entries.push(used);
            return self.entries.len() as u32 - 1;
        };
        let entry = &mut self.entries[number as usize];
        if let Entry::Free { next } = *entry {
            self.free = next;
        }
        *entry = used;
        number
    }

    /// The value of this number, if `owner` is its object.
    pub(super) fn get(&self, number: u32, owner: u32) -> Option<&HostValue> {
        match self.entries.get(number as usize) {
            Some(Entry::Used { owner: its, value }) if *its == owner => Some(value),
            _ => None,
        }
    }

    /// Takes the values whose objects are not marked out. They are dropped by the caller, since that may
    /// run the host's code.
    pub(super) fn release(&mut self, is_marked: impl Fn(u32) -> bool) -> Vec<HostValue> {
        let mut released = Vec::new();
        for (number, entry) in self.entries.iter_mut().enumerate() {
            let dead = matches!(entry, Entry::Used { owner, .. } if !is_marked(*owner));
            // Without memory to keep it in, a value waits for the next collection: its object then
            // may be another's memory, but then its number is not.
            if !dead || released.try_reserve(1).is_err() {
                continue;
            }
            let old = std::mem::replace(entry, Entry::Free { next: self.free });
            self.free = Some(number as u32);
            if let Entry::Used { value, .. } = old {
                released.push(value);
            }
        }
        released
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry, Entry::Used { .. })).count()
    }
}

/// A handle of the host's to an object: it keeps the object alive. Clones are the same handle.
#[derive(Clone, Debug)]
pub struct Root(Arc<Slot>);

#[derive(Debug)]
struct Slot {
    reference: u32,
    heap: u64,
}

impl Root {
    /// Whether both are the same handle, that is, one a clone of the other.
    pub fn is_same(&self, other: &Root) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether both are handles to the same object. As both keep it alive, no other can be in its
    /// place.
    pub fn same_object(&self, other: &Root) -> bool {
        (self.0.heap, self.0.reference) == (other.0.heap, other.0.reference)
    }
}

/// All handles of a heap.
#[derive(Default)]
pub(super) struct Roots {
    heap: u64,
    slots: Vec<Arc<Slot>>,
    /// When there are so many, those that nobody holds any more are looked for.
    full: usize,
}

impl Roots {
    pub(super) fn new(heap: u64) -> Roots {
        Roots { heap, slots: Vec::new(), full: 64 }
    }

    pub(super) fn add(&mut self, reference: u32) -> Root {
        if self.slots.len() >= self.full {
            self.prune();
        }
        let slot = Arc::new(Slot { reference, heap: self.heap });
        self.slots.push(slot.clone());
        Root(slot)
    }

    pub(super) fn get(&self, root: &Root) -> Option<u32> {
        (root.0.heap == self.heap).then_some(root.0.reference)
    }

    /// Forgets the handles that only this list holds. Nobody can clone one of them any more.
    pub(super) fn prune(&mut self) {
        self.slots.retain(|slot| Arc::strong_count(slot) > 1);
        self.full = (2 * self.slots.len()).max(64);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn references(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().map(|slot| slot.reference)
    }
}
