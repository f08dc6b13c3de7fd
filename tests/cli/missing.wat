;; Imports what nobody has.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fly" (func))
  (import "wasi_unstable" "fd_read" (func (param i32 i32 i32 i32) (result i32)))
  (import "env" "memory" (memory 1 2))
  (import "maths" "add" (func (param i32 i32) (result i32)))
  (import "maths" "pi" (global f64))
  (import "wbg" "table" (table 1 funcref))
  (func (export "_start")))
