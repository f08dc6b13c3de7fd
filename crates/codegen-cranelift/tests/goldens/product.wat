;; A function that multiplies 64-bit integers to 128 bits: its calls become the processor's multiplication. The
;; last two callers give high halves of zero, and others.
(module
  (memory 1)
  (func $multiply (param $to i32) (param $al i64) (param $ah i64) (param $bl i64) (param $bh i64) (local $t i64)
    local.get $to
    (i64.add
      (i64.add
        (i64.add (i64.add (i64.mul (local.get $bh) (local.get $al)) (i64.mul (local.get $ah) (local.get $bl)))
          (i64.mul (local.tee $ah (i64.shr_u (local.get $bl) (i64.const 32)))
            (local.tee $bh (i64.shr_u (local.get $al) (i64.const 32)))))
        (i64.shr_u
          (local.tee $bl
            (i64.add
              (i64.shr_u
                (local.tee $t
                  (i64.mul (local.tee $bl (i64.and (local.get $bl) (i64.const 0xffffffff)))
                    (local.tee $al (i64.and (local.get $al) (i64.const 0xffffffff)))))
                (i64.const 32))
              (i64.mul (local.get $bl) (local.get $bh))))
          (i64.const 32)))
      (i64.shr_u
        (local.tee $al
          (i64.add (i64.and (local.get $bl) (i64.const 0xffffffff)) (i64.mul (local.get $ah) (local.get $al))))
        (i64.const 32)))
    i64.store offset=8
    (i64.store (local.get $to)
      (i64.or (i64.shl (local.get $al) (i64.const 32)) (i64.and (local.get $t) (i64.const 0xffffffff)))))
  (func (param i32 i64 i64)
    (call $multiply (local.get 0) (local.get 1) (i64.const 0) (local.get 2) (i64.const 0)))
  (func (param i32 i64 i64 i64)
    (call $multiply (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i64.const -1))))
