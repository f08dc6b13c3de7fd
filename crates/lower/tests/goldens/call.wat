;; reserved
(module
  (type $two (func (param i32 f64) (result f64 i32)))
  (import "host" "f" (func $imported (param i32) (result i32)))
  (import "host" "swap" (func $imported_two (type $two)))
  (table 10 funcref)
  (table $grows 1 funcref)
  (func $own (param i32) (result i32) (call $own (call $imported (local.get 0))))
  (func $swap (type $two) (loop) (local.get 1) (local.get 0))
  (func (param i32) (result f64)
    (call $swap (local.get 0) (f64.const 1.5))
    drop
    (call $imported_two (i32.const 3) (f64.const 0))
    drop f64.add)
  (func (param i32 i32) (result i32)
    (call_indirect (param i32) (result i32) (local.get 0) (local.get 1)))
  (func (param i32) (call_indirect $grows (local.get 0))))
