;; Memory 0 begins where the instance ends: base, index and offset make one operand.
(module
  (memory 1)
  (func (param i32) (result i32) (i32.load offset=8 (local.get 0)))
  (func (param i32 i64) (i64.store offset=16 (local.get 0) (local.get 1)))
  (func (param i32) (result i64) (i64.load16_s (local.get 0)))
  (func (param i32 f64) (f64.store (i32.add (local.get 0) (i32.const 8)) (local.get 1)))
  (func (result i32) (i32.load (i32.const 1024))))
