//! Engine-free WASI: files, clocks, random, sockets, streams, polling, policy.

#![forbid(unsafe_code)]
