;; Two functions that call each other without an end: the guest's stack runs out, and a backtrace
;; names them both.
(module
  (memory (export "memory") 1)
  (func $even (param $n i32) (result i32)
    (i32.add (i32.const 1) (call $odd (i32.add (local.get $n) (i32.const 1)))))
  (func $odd (param $n i32) (result i32)
    (i32.xor (local.get $n) (call $even (i32.mul (local.get $n) (i32.const 3)))))
  (func $start (export "_start")
    (drop (call $even (i32.const 0)))))
