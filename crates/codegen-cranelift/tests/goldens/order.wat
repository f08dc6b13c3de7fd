;; What is read is mixed in at once, not kept until all has been read.
(module
  (memory 1)
  (func (param i32) (result i64) (local i64)
    (local.set 1 (i64.rotl (i64.xor (local.get 1) (i64.load (local.get 0))) (i64.const 7)))
    (local.set 1 (i64.rotl (i64.xor (local.get 1) (i64.load offset=8 (local.get 0))) (i64.const 7)))
    (local.set 1 (i64.rotl (i64.xor (local.get 1) (i64.load offset=16 (local.get 0))) (i64.const 7)))
    (local.set 1 (i64.rotl (i64.xor (local.get 1) (i64.load offset=24 (local.get 0))) (i64.const 7)))
    (local.get 1)))
