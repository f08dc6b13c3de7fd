;; Parameters, constants, arithmetic and comparisons of both widths.
(module
  (func (param i32 i32) (result i32)
    (i32.and (i32.mul (i32.add (local.get 0) (local.get 1)) (i32.const 7))
             (i32.sub (local.get 0) (i32.const 1000))))
  (func (param i64 i64) (result i64)
    (i64.add (i64.const 0x123456789abcdef)
             (i64.mul (local.get 0) (i64.sub (local.get 1) (i64.const 3)))))
  (func (param i32 i32 i64) (result i32)
    (i32.add (i32.lt_s (local.get 0) (local.get 1))
             (i32.add (i32.lt_u (local.get 0) (local.get 1))
                      (i64.eq (local.get 2) (i64.const 5))))))
