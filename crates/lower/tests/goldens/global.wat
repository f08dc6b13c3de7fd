;; reserved
(module
  (import "host" "g" (global $far (mut i32)))
  (global $constant i64 (i64.const 7))
  (global $own (mut v128) (v128.const i64x2 0 0))
  (func (result i32) (global.get $far))
  (func (result i64) (global.get $constant))
  (func (param v128) (global.set $own (local.get 0)))
  (func (param i32) (global.set $far (local.get 0))))
