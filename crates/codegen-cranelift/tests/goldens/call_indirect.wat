;; One comparison of type ids stands for null, lazy and mistyped entries.
(module
  (type $f (func (param i32) (result i32)))
  (table 10 funcref)
  (func (param i32 i32) (result i32)
    (call_indirect (type $f) (local.get 0) (local.get 1))))
