;; reserved
(module
  (import "host" "memory" (memory $far 1))
  (memory $near 1)
  (func (param i32) (result i32) (i32.load $near offset=8 (local.get 0)))
  (func (param i32) (result i32) (i32.load $far offset=8 (local.get 0)))
  ;; The last access that the guard covers, and the first that it does not.
  (func (param i32) (result i32) (i32.load offset=33554428 (local.get 0)))
  (func (param i32) (result i32) (i32.load offset=33554429 (local.get 0)))
  (func (param i32 i64) (i64.store32 $near offset=4294967295 (local.get 0) (local.get 1)))
  (func (result i64) (i64.load $near offset=16 (i32.const 16)))
  (func (result i64) (i64.load $near offset=4294967295 (i32.const -1)))
  (func (result i32) (memory.size $near))
  (func (param i32) (result i32) (memory.grow $far (local.get 0))))
