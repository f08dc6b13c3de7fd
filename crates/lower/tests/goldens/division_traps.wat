;; reserved, traps
(module
  (func (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (param f32) (result i32) (i32.trunc_f32_s (local.get 0))))
