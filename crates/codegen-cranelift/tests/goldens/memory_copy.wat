;; A copy of few bytes, and one of unknown length.
(module
  (memory 1)
  (func (param i32 i32) (memory.copy (local.get 0) (local.get 1) (i32.const 16)))
  (func (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2))))
