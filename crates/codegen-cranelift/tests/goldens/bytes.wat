;; Bytes in the other order, and reads that are neighbours. In the last four a write stands between, a
;; byte is missing, the addresses differ, or the bytes are not whole.
(module
  (memory 1)
  (func (param i32) (result i32)
    (i32.or
      (i32.rotr (i32.and (local.get 0) (i32.const 0xff00ff)) (i32.const 8))
      (i32.and (i32.rotr (local.get 0) (i32.const 24)) (i32.const 0xff00ff))))
  (func (param i32) (result i32)
    (i32.or
      (i32.shl (i32.load8_u offset=4 (local.get 0)) (i32.const 8))
      (i32.load8_u offset=5 (local.get 0))))
  (func (param i32) (result i64)
    (i64.or
      (i64.or
        (i64.load8_u (local.get 0))
        (i64.shl (i64.load8_u offset=1 (local.get 0)) (i64.const 8)))
      (i64.or
        (i64.shl (i64.load8_u offset=2 (local.get 0)) (i64.const 16))
        (i64.shl (i64.load8_u offset=3 (local.get 0)) (i64.const 24)))))
  (func (param i32) (result i64)
    (i64.or
      (i64.shl (i64.load32_u offset=4 (local.get 0)) (i64.const 32))
      (i64.load32_u (local.get 0))))
  (func (param i32) (result i32) (local i32)
    (local.set 1 (i32.load16_u (local.get 0)))
    (i32.and
      (i32.or (i32.shl (local.get 1) (i32.const 8)) (i32.shr_u (local.get 1) (i32.const 8)))
      (i32.const 0xffff)))
  (func (param i32) (result i32) (local i32)
    (local.set 1 (i32.load8_u (local.get 0)))
    (i32.store8 offset=1 (local.get 0) (i32.const 7))
    (i32.or (i32.shl (local.get 1) (i32.const 8)) (i32.load8_u offset=1 (local.get 0))))
  (func (param i32) (result i32)
    (i32.or (i32.shl (i32.load8_u (local.get 0)) (i32.const 8)) (i32.load8_u offset=2 (local.get 0))))
  (func (param i32 i32) (result i32)
    (i32.or (i32.shl (i32.load8_u (local.get 0)) (i32.const 8)) (i32.load8_u offset=1 (local.get 1))))
  (func (param i32) (result i32)
    (i32.or (i32.shl (i32.load8_u (local.get 0)) (i32.const 7)) (i32.load8_u offset=1 (local.get 0)))))
