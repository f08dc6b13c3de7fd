;; Traps are instructions that fault, out of the way of what does not.
(module
  (func (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (param i32 i32) (result i32) (i32.rem_s (local.get 0) (local.get 1)))
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 10)))
  (func (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (param i32) (if (i32.lt_s (local.get 0) (i32.const 0)) (then unreachable))))
