//! The only raw operating-system calls of the engine.
