;; reserved
(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "square") (param i64) (result i64) (local i64)
    (i64.mul (local.tee 1 (local.get 0)) (local.get 1)))
  (func (export "is_zero") (param i64) (result i32) (i64.eqz (local.get 0))))
