;; reserved
(module
  (memory 1)
  (data $d "abc")
  (func (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (param i32 i32) (memory.copy (local.get 0) (local.get 1) (i32.const 7)))
  (func (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (param i32 i32) (memory.fill (local.get 0) (local.get 1) (i32.const 20)))
  (func (param i32) (memory.fill (local.get 0) (i32.const 0x1ff) (i32.const 3)))
  (func (param i32) (memory.fill (local.get 0) (i32.const 0) (i32.const 0)))
  (func (param i32 i32 i32) (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
  (func (data.drop $d)))
