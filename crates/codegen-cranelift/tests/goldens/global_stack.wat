;; A shadow stack as C compilers keep it: the pointer is read once and written twice.
(module
  (memory 1)
  (global $sp (mut i32) (i32.const 65536))
  (global $other (mut i32) (i32.const 0))
  (func (param i32) (result i32)
    (local $frame i32)
    (global.set $sp (local.tee $frame (i32.sub (global.get $sp) (i32.const 16))))
    (i32.store offset=12 (local.get $frame) (local.get 0))
    (global.set $other (i32.const 1))
    (i32.load offset=12 (local.get $frame))
    (global.set $sp (i32.add (local.get $frame) (i32.const 16)))))
