;; Direct calls, calls of imports, several results. A loop keeps a function from being small enough to be
;; lowered in the place of its calls.
(module
  (import "host" "f" (func $host (param i32) (result i32)))
  (func $add (param i32 i32) (result i32) (loop) (i32.add (local.get 0) (local.get 1)))
  (func $two (result i32 i64) (loop) (i32.const 1) (i64.const 2))
  (func (param i32) (result i32)
    (call $add (call $host (local.get 0)) (i32.const 3)))
  (func (result i64)
    (local i64)
    (local.set 0 (call $two))
    (drop)
    (local.get 0)))
