//! Limits on what a store's guests may use.

/// Asked before anything in a store grows. All sizes are absolute.
pub trait ResourceLimiter: Send + Sync {
    /// Whether a memory of `current` bytes may have `desired`; `maximum` is its type's.
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool;
    /// Whether a table of `current` entries may have `desired`; `maximum` is its type's.
    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool;
    /// Whether the heap of objects of `current` bytes may have `desired`. If not, it collects what
    /// cannot be reached, and guests trap when that makes no room.
    fn heap_growing(&mut self, current: usize, desired: usize) -> bool {
        let _ = (current, desired);
        true
    }
    /// Whether there may be one more instance.
    fn instance_growing(&mut self) -> bool {
        true
    }
}

/// Fixed limits.
#[derive(Clone, Debug)]
pub struct StoreLimits {
    /// Bytes of each memory.
    pub memory: usize,
    /// Entries of each table.
    pub table: usize,
    /// Bytes of the heap of objects.
    pub gc_heap: usize,
    /// Instances that may still be made.
    pub instances: usize,
}

impl Default for StoreLimits {
    /// No limits but the engine's own.
    fn default() -> StoreLimits {
        StoreLimits {
            memory: usize::MAX,
            table: usize::MAX,
            gc_heap: usize::MAX,
            instances: usize::MAX,
        }
    }
}

impl ResourceLimiter for StoreLimits {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> bool {
        desired <= self.memory
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> bool {
        desired <= self.table
    }

    fn heap_growing(&mut self, _: usize, desired: usize) -> bool {
        desired <= self.gc_heap
    }

    fn instance_growing(&mut self) -> bool {
        let allowed = self.instances > 0;
        self.instances = self.instances.saturating_sub(1);
        allowed
    }
}
