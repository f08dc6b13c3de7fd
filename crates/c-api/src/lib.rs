//! The C interface: the standard `wasm.h`, and `waxwing.h` for what goes beyond it.
//!
//! ```text
//!  C program        this crate                                    waxwing
//!  wasm_store_t* -> Arc<StoreCell> --- owns ------------------->  Store<Data>
//!  wasm_func_t*  -> Ref { Arc<StoreCell>, Kind::Func(handle) } -> (lives in the store)
//! ```
//!
//! A reference of C's is a small object that holds the store and a handle. The store lives until its
//! `wasm_store_t` *and* the last reference are deleted, so no order of deletion is wrong. While a guest
//! runs, the store is borrowed; what a host function of C's calls then reaches the store through the
//! call it is in ([`store::StoreCell::with`]). Nothing that lives *in* a store holds it, so that no
//! cycle keeps it alive.
//!
//! Rules at the edge, all in [`boundary`]: no panic crosses it, null is an error and not a crash, and
//! a function that returns null or false has left its reason for `waxwing_last_error`.
//!
//! Names and types are those of the headers under `include/`.

#![allow(non_camel_case_types)]

pub mod boundary;
pub mod engine;
pub mod externs;
pub mod finalize;
pub mod func;
pub mod instance;
pub mod limits;
pub mod linker;
pub mod module;
pub mod refs;
pub mod store;
pub mod trap;
pub mod types;
pub mod val;
pub mod vector;
pub mod wasi;
