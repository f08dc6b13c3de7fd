;; A loop, a block, conditional branches, an if with results, a loop with parameters.
(module
  (func (param $n i32) (result i32) (local $sum i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $sum (i32.add (local.get $sum) (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again)))
    (local.get $sum))
  (func (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 10))
      (then (i32.const 1))
      (else (i32.sub (local.get 0) (i32.const 9)))))
  (func (param $n i32) (result i32) (local $product i32)
    (local.get $n)
    (i32.const 1)
    (loop $again (param i32 i32) (result i32)
      ;; n product -> n-1 product*n
      (local.set $product)
      (local.set $n)
      (local.set $product (i32.mul (local.get $n) (local.get $product)))
      (i32.sub (local.get $n) (i32.const 1))
      (local.get $product)
      (br_if $again (i32.gt_u (local.get $n) (i32.const 1)))
      (i32.add))))
