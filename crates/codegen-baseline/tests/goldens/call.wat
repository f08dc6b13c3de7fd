;; Direct calls: operands that outlive the call, arguments that change places, stack arguments.
(module
  (func $three (param i32 i64 i32) (result i32)
    (i32.sub (local.get 0) (local.get 2)))
  (func $swap (param i32 i64 i32) (result i32)
    (call $three (local.get 2) (local.get 1) (local.get 0)))
  (func $keeps (param i32) (result i32)
    (i32.add
      (i32.mul (local.get 0) (i32.const 3))
      (call $three (i32.add (local.get 0) (i32.const 1)) (i64.const -1) (i32.const 2))))
  (func $recurse (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 1))
      (else (i32.mul (local.get 0) (call $recurse (i32.sub (local.get 0) (i32.const 1))))))))
