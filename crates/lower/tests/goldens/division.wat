;; reserved
(module
  (func (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (param i64 i64) (result i64) (i64.rem_s (local.get 0) (local.get 1)))
  ;; A divisor that is known needs no check, or only the one that matters.
  (func (param i32) (result i32) (i32.div_s (local.get 0) (i32.const 10)))
  (func (param i32) (result i32) (i32.div_s (local.get 0) (i32.const -1)))
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0)))
  (func (param f32) (result i32) (i32.trunc_f32_s (local.get 0)))
  (func (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (param f64) (result i64) (i64.trunc_f64_u (local.get 0))))
