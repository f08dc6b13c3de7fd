;; Several results come back through memory.
(module
  (func $two (param i32) (result i32 i64)
    (local.get 0)
    (i64.const 4294967298))
  (func (param i32) (result i64)
    (local $wide i64)
    (call $two (local.get 0))
    (local.set $wide)
    (i64.extend_i32_u)
    (i64.add (local.get $wide))))
