;; More arguments than registers: the callee pops the rest.
(module
  (func $many (param i32 i32 i32 i32 i32 i64 i32 i64) (result i64)
    (i64.sub (i64.extend_i32_u (local.get 0))
             (i64.add (local.get 5)
                      (i64.add (i64.extend_i32_s (local.get 6)) (local.get 7)))))
  (func (param i32 i64) (result i64)
    (i64.add (local.get 1)
      (call $many (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5)
                  (local.get 1) (i32.add (local.get 0) (i32.const 1)) (i64.const 1000)))))
