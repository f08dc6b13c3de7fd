//! How linear memories are placed, and what compiled code therefore must check.

use waxwing_module::Module;

/// Addresses a 32-bit memory can name.
pub const RESERVATION: u64 = 1 << 32;
/// Inaccessible bytes behind a reserved memory. An access whose constant offset and size together
/// stay within it needs no check.
pub const GUARD: u64 = 32 << 20;

/// Bytes that the processor protects together (x86-64).
const HOST_PAGE: u64 = 4096;

/// How an engine places memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum MemoryPlan {
    /// 4 GiB of address space and a guard for each 32-bit memory: hardware checks bounds.
    #[default]
    Reserved,
    /// No reservation: compiled code checks every access, and memories may move as they grow.
    Checked,
}

/// What compiled code must know about one memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryStyle {
    /// Memory 0 of its own, in the slot: its base is the instance pointer.
    pub in_slot: bool,
    /// Compare every access with the length.
    pub checked: bool,
    /// The base may change at every call.
    pub moves: bool,
    /// Reached through the address of a definition outside the instance: it is imported or shared.
    pub outside: bool,
    /// Addresses are 64-bit.
    pub memory64: bool,
}

impl MemoryPlan {
    /// The style of memory `index` of `module` under this plan.
    ///
    /// # Panics
    /// If there is no such memory.
    pub fn style(self, module: &Module, index: u32) -> MemoryStyle {
        let ty = &module.memories[index as usize];
        let imported = index < module.imported_memories;
        let reserved = self == MemoryPlan::Reserved && !ty.memory64;
        // The processor protects whole pages of its own only.
        let guarded = reserved && ty.page_size() >= HOST_PAGE;
        MemoryStyle {
            in_slot: reserved && index == 0 && !imported && !ty.shared,
            checked: !guarded,
            moves: !reserved && !ty.shared,
            outside: imported || ty.shared,
            memory64: ty.memory64,
        }
    }

    /// Whether instances of `module` have memory 0 in their slot.
    pub fn has_slot_memory(self, module: &Module) -> bool {
        !module.memories.is_empty() && self.style(module, 0).in_slot
    }

    /// Its name in settings and artifacts.
    pub fn name(self) -> &'static str {
        match self {
            MemoryPlan::Reserved => "reserved",
            MemoryPlan::Checked => "checked",
        }
    }
}
