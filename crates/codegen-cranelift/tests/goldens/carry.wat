;; Sums of 128 bits, as guests spell them: an addition, and one with carry. In the last two the
;; comparison is not that of a carry.
(module
  (memory 1)
  (func (param i32 i64 i64 i64 i64)
    (i64.store (local.get 0)
      (local.tee 1 (i64.add (local.get 3) (local.get 1))))
    (i64.store offset=8 (local.get 0)
      (i64.add
        (i64.add (local.get 4) (local.get 2))
        (i64.extend_i32_u (i64.lt_u (local.get 1) (local.get 3))))))
  (func (param i64 i64 i64 i64) (result i64) (local i64 i64)
    (local.set 4 (i64.add (local.get 0) (local.get 2)))
    (local.set 5
      (i64.add
        (i64.add (local.get 1) (local.get 3))
        (i64.extend_i32_u (i64.lt_u (local.get 4) (local.get 0)))))
    (i64.xor (local.get 4) (local.get 5)))
  (func (param i64 i64 i64) (result i64) (local i64)
    (local.set 3 (i64.add (local.get 0) (local.get 1)))
    (i64.xor (local.get 3)
      (i64.add (i64.extend_i32_u (i64.gt_u (local.get 1) (local.get 3))) (local.get 2))))
  (func (param i64 i64 i64) (result i64)
    (i64.add (local.get 2)
      (i64.extend_i32_u
        (i64.lt_u (i64.add (local.get 0) (local.get 1)) (local.get 2)))))
  (func (param i64 i64 i64) (result i64)
    (i64.add (local.get 2)
      (i64.extend_i32_u
        (i64.lt_s (i64.add (local.get 0) (local.get 1)) (local.get 0))))))
