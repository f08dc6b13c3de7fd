//! The engine from outside: what goes wrong first, then what works. One program, since each links
//! a compiler.

mod calls;
mod deadlines;
mod exceptions;
mod fuel;
mod fuel_model;
mod futures;
mod inlined;
mod limits;
mod links;
mod lives;
mod matrix;
mod memories;
mod nesting;
mod pool;
mod processors;
mod products;
mod references;
mod relaxed_simd;
mod segments;
mod shape_bytes;
mod shapes;
mod signals;
mod signed;
mod slices;
mod stacks;
mod stops;
mod stress;
mod suspend;
mod tables;
mod tail_calls;
mod threads;
mod traps;
mod widths;
