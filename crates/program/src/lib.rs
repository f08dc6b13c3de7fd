//! One program at a command line: what it is granted, how far it may go, its run, and what is said when it
//! fails. The command `waxwing` and the runtime without a compiler (`waxwing-launcher`) have this in
//! common; neither parser nor code generator is beneath it.
//!
//! Whatever fails is a [`failure::Failure`]: what was wrong, where, and what to do, on stderr.
//!
//! | exit code | when |
//! |---|---|
//! | the guest's | the guest ended by itself |
//! | 0 | the command did what was asked |
//! | 1 | it could not |
//! | 2 | the command line is wrong |
//! | 124 | `--timeout` or `--fuel` ended the guest, as coreutils' `timeout` has it |
//! | 128 + n | the guest raised signal n |
//! | 134 | the guest trapped |

#![forbid(unsafe_code)]

pub mod executable;
pub mod failure;
pub mod flags;
pub mod guest;
pub mod output;
