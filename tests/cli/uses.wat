;; Adds by a module that is preloaded.
(module
  (import "maths" "add" (func $add (param i32 i32) (result i32)))
  (func (export "three") (result i32) (call $add (i32.const 1) (i32.const 2))))
