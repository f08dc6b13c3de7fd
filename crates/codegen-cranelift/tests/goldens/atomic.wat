(module
  (memory 1 4 shared)
  (func (param i32) (result i32) (i32.atomic.load (local.get 0)))
  (func (param i32 i32) (i32.atomic.store offset=6 (local.get 0) (local.get 1)))
  (func (param i32 i32) (result i32) (i32.atomic.rmw.add (local.get 0) (local.get 1)))
  (func (param i32 i64) (drop (i64.atomic.rmw8.xor_u (local.get 0) (local.get 1))))
  (func (param i32 i32 i32) (result i32)
    (i32.atomic.rmw16.cmpxchg_u (local.get 0) (local.get 1) (local.get 2)))
  (func (result i64) (i64.atomic.load (i32.const 8)) atomic.fence))
