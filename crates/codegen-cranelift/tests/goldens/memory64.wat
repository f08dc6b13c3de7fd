(module
  (memory i64 1)
  (table i64 1 externref)
  (func (param i64) (result i32) (i32.load offset=8 (local.get 0)))
  (func (param i64) (result externref) (table.get (local.get 0))))
