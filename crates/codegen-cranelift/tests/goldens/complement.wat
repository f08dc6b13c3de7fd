;; A complement that is mixed in: one instruction for the conjunction with it. The last two are not of
;; this kind: what is between is needed elsewhere, or nothing is shared.
(module
  (func (param i64 i64 i64) (result i64)
    (i64.xor (local.get 2) (i64.and (local.get 1) (i64.xor (local.get 0) (i64.const -1)))))
  (func (param i32 i32 i32) (result i32)
    (i32.xor (i32.and (i32.xor (local.get 0) (i32.const -1)) (local.get 1)) (local.get 2)))
  (func (param i64 i64 i64) (result i64) (local i64)
    (i64.add
      (local.tee 3 (i64.xor (local.get 2) (local.get 1)))
      (i64.xor (local.get 3) (i64.and (local.get 0) (local.get 1)))))
  (func (param i64 i64 i64 i64) (result i64)
    (i64.xor (i64.xor (local.get 2) (local.get 3)) (i64.and (local.get 0) (local.get 1)))))
