//! Memories that stores share.

use crate::{AsContextMut, Engine, Error, Memory, MemoryType, Result};
use waxwing_vm as vm;

/// A linear memory that any number of stores use, each on a thread of its own. Clones are the same
/// memory; it lives as long as the last clone or store that uses it.
///
/// ```
/// use waxwing::{Engine, Limits, Linker, MemoryType, Module, SharedMemory, Store};
///
/// let engine = Engine::default();
/// let ty = MemoryType::new(Limits { min: 1, max: Some(1) });
/// let memory = SharedMemory::new(&engine, MemoryType { shared: true, ..ty })?;
/// let module = Module::new(
///     &engine,
///     r#"(module (import "env" "memory" (memory 1 1 shared))
///         (func (export "count") (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))))"#,
/// )?;
/// let mut linker = Linker::new(&engine);
/// linker.shared_memory("env", "memory", &memory)?;
/// std::thread::scope(|scope| {
///     for _ in 0..2 {
///         scope.spawn(|| -> Result<(), waxwing::Error> {
///             let mut store = Store::new(&engine, ());
///             let instance = linker.instantiate(&mut store, &module)?;
///             let count = instance.get_typed_func::<(), ()>(&mut store, "count")?;
///             (0..1000).try_for_each(|_| count.call(&mut store, ()))
///         });
///     }
/// });
/// let mut bytes = [0; 4];
/// memory.read(8, &mut bytes)?;
/// assert_eq!(u32::from_le_bytes(bytes), 2000);
/// # Ok::<(), waxwing::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SharedMemory(vm::SharedMemory);

impl SharedMemory {
    /// A memory for modules of this engine. What its maximum asks for is reserved at once.
    ///
    /// # Errors
    /// If the type is not shared, has no maximum or is not possible, or the system has no room.
    pub fn new(engine: &Engine, ty: MemoryType) -> Result<SharedMemory> {
        if !ty.shared {
            return Err(Error::msg("the type of a shared memory must say that it is shared"));
        }
        if ty.limits.max.is_none_or(|max| max < ty.limits.min) {
            return Err(Error::msg("a shared memory needs a maximum, not below its minimum"));
        }
        vm::SharedMemory::new(ty, engine.memory_plan())
            .map(SharedMemory)
            .map_err(|e| Error::msg(format!("no room for a shared memory: {e}")))
    }

    pub(crate) fn from_vm(memory: vm::SharedMemory) -> SharedMemory {
        SharedMemory(memory)
    }

    /// The memory as something of a store's, to be imported there. The store's limiter is asked when
    /// its guests make the memory grow, not for what is there already.
    ///
    /// # Errors
    /// If the store's engine places memories in another way than the one it was made for.
    pub fn in_store(&self, mut store: impl AsContextMut) -> Result<Memory> {
        Memory::of_shared(store.as_context_mut().0, self.0.clone())
    }

    /// Its type; the limits are those it was made with.
    pub fn ty(&self) -> MemoryType {
        *self.0.ty()
    }

    /// Whether both are the same memory.
    pub fn same(&self, other: &SharedMemory) -> bool {
        self.0.same(&other.0)
    }

    /// Length in pages of the type's. Guests may make it longer at any time, never shorter.
    pub fn size(&self) -> u64 {
        self.0.pages()
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds pages; returns how many there were. No store's limiter is asked.
    ///
    /// # Errors
    /// If the type's maximum or the system forbids it.
    pub fn grow(&self, delta: u64) -> Result<u64> {
        let refused = || Error::msg(format!("cannot grow the memory by {delta} pages"));
        self.0.grow(delta).ok_or_else(refused)
    }

    /// Copies bytes out. What guests write meanwhile may be seen in part.
    ///
    /// # Errors
    /// If the range is outside the memory.
    pub fn read(&self, at: usize, to: &mut [u8]) -> Result<()> {
        let len = to.len();
        if self.0.read(at, to) { Ok(()) } else { Err(crate::externs::outside(at, len)) }
    }

    /// Copies bytes in. Guests that read meanwhile may see a part.
    ///
    /// # Errors
    /// If the range is outside the memory.
    pub fn write(&self, at: usize, from: &[u8]) -> Result<()> {
        let len = from.len();
        if self.0.write(at, from) { Ok(()) } else { Err(crate::externs::outside(at, len)) }
    }

    pub(crate) fn vm(&self) -> &vm::SharedMemory {
        &self.0
    }
}
