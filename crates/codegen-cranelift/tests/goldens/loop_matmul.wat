;; The inner loop of a matrix multiplication: one row times one column.
(module
  (memory 1)
  (func (param $row i32) (param $column i32) (param $stride i32) (param $n i32) (result f64)
    (local $sum f64) (local $i i32)
    (loop $next
      (local.set $sum
        (f64.add (local.get $sum)
          (f64.mul
            (f64.load (i32.add (local.get $row) (i32.shl (local.get $i) (i32.const 3))))
            (f64.load (local.get $column)))))
      (local.set $column (i32.add (local.get $column) (local.get $stride)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum)))
