//! The runtime: code, instances, memories, tables, traps, stores.
