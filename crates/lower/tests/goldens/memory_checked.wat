;; checked
(module
  (memory 1)
  (memory $fixed 2 2)
  (func (param i32) (result i32) (i32.load offset=8 (local.get 0)))
  (func (param i32) (result i32) (i32.load $fixed offset=4294967295 (local.get 0)))
  ;; Known and below the smallest size: no check.
  (func (result i32) (i32.load offset=65532 (i32.const 0)))
  (func (result i32) (i32.load offset=65532 (i32.const 1)))
  (func (result i32) (memory.size $fixed)))
