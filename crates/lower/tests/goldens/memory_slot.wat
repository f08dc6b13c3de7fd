;; reserved
(module
  (memory 1)
  (func (param i32) (result i32) (i32.load8_u offset=8 (local.get 0)))
  (func (param i32 v128) (v128.store (local.get 0) (local.get 1)))
  (func (param i32 v128) (result v128) (v128.load16_lane offset=2 3 (local.get 0) (local.get 1)))
  (func (param i32 v128) (v128.store8_lane offset=2 15 (local.get 0) (local.get 1))))
