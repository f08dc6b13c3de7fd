;; reserved
;; Small functions, in the place of their calls: what follows an `at` of 0x80000000 and more is at a place in
;; one of them, and the caller goes on at that of the call.
(module
  (memory 1)
  (func $load (param i32) (result i32) (i32.load (local.get 0)))
  (func $divide (param i32) (result i32) (i32.div_u (i32.const 7) (call $load (local.get 0))))
  (func $fail unreachable)
  (func (export "run") (param i32) (result i32)
    (i32.store (i32.const 4) (call $divide (i32.load offset=8 (local.get 0))))
    (if (i32.eqz (local.get 0)) (then (call $fail)))
    (local.get 0)))
