;; reserved
(module
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 0 1 2 3 4 5 6 7 24 25 26 27 28 29 30 31 (local.get 0) (local.get 1)))
  (func (param i32) (result v128) (i32x4.add (i32x4.splat (local.get 0)) (v128.const i32x4 1 2 3 4)))
  (func (param v128) (result f64) (f64x2.extract_lane 1 (local.get 0)))
  (func (param v128 v128 v128) (result v128)
    (f64x2.relaxed_madd (local.get 0) (local.get 1) (local.get 2))))
