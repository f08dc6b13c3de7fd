;; metered
(module
  (import "host" "f" (func $host (param i32)))
  (memory 1)
  ;; One charge and one test for each turn of the inner loop.
  (func (export "sum") (param $at i32) (param $end i32) (result i32) (local $sum i32)
    (if (i32.lt_u (local.get $at) (local.get $end))
      (then
        (loop $next
          (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (br_if $next (i32.lt_u (local.get $at) (local.get $end))))))
    (local.get $sum))
  ;; A test before the host is called; what follows the call is paid behind it.
  (func (export "call") (param i32)
    (call $host (i32.add (local.get 0) (i32.const 1)))
    (i32.store (i32.const 0) (local.get 0)))
  ;; A range is paid by its size.
  (func (export "fill") (param i32 i32)
    (memory.fill (local.get 0) (i32.const 0) (local.get 1))))
