;; Functions to call by hand.
(module
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "swap") (param i64 f64) (result f64 i64)
    (local.get 1) (local.get 0))
  (func (export "id32") (param f32) (result f32) (local.get 0))
  (func (export "vector") (param v128) (result v128) (local.get 0))
  (func (export "refs") (param externref funcref) (result externref funcref)
    (local.get 0) (local.get 1))
  (func (export "nothing"))
  (memory (export "memory") 1))
