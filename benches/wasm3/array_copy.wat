;; Copies 16 MiB from one array of bytes to another, 64 times; reports the time of one copy.
(module
  ;; prelude

  (type $bytes (array (mut i8)))

  (global $length i32 (i32.const 16777216))

  (func (export "_start")
    (local $from (ref $bytes)) (local $to (ref $bytes))
    (local $start i64) (local $n i32) (local $sum i64)
    (local.set $from (array.new $bytes (i32.const 7) (global.get $length)))
    (local.set $to (array.new $bytes (i32.const 1) (global.get $length)))
    (loop $fill
      (array.set $bytes (local.get $from) (local.get $n) (local.get $n))
      (br_if $fill
        (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 997))) (global.get $length))))
    (array.copy $bytes $bytes
      (local.get $to) (i32.const 0) (local.get $from) (i32.const 0) (global.get $length))
    (local.set $n (i32.const 64))
    (local.set $start (call $now))
    (loop $again
      (array.copy $bytes $bytes
        (local.get $to) (i32.const 0) (local.get $from) (i32.const 0) (global.get $length))
      (array.set $bytes (local.get $from) (local.get $n)
        (array.get_u $bytes (local.get $to) (i32.mul (local.get $n) (i32.const 131072))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    ;; The nanoseconds of one copy.
    (local.set $start (i64.div_u (i64.sub (call $now) (local.get $start)) (i64.const 64)))
    (loop $sum
      (local.set $sum
        (i64.add (i64.mul (local.get $sum) (i64.const 31))
          (i64.extend_i32_u (array.get_u $bytes (local.get $to) (local.get $n)))))
      (br_if $sum
        (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 997))) (global.get $length))))
    (call $report (local.get $sum) (local.get $start))))
