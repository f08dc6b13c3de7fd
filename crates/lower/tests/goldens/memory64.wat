;; reserved
(module
  (memory i64 1)
  (func (param i64) (result i32) (i32.load offset=8 (local.get 0)))
  (func (param i64) (result i32) (i32.load offset=65536 (local.get 0)))
  (func (param i64) (result i32) (i32.load offset=0xfffffffffffffffd (local.get 0)))
  (func (param i64) (result i64) (memory.grow (local.get 0)))
  (func (param i64 i64 i64) (memory.copy (local.get 0) (local.get 1) (local.get 2))))
