;; Tail calls, with a results area.
(module
  (import "m" "f" (func $f (param i32) (result i32 i32)))
  (type $t (func (param i32) (result i32 i32)))
  (table 4 funcref)
  (func $direct (type $t) (return_call $direct (i32.add (local.get 0) (i32.const 1))))
  (func $import (type $t) (i32.const 3) (return_call $f (local.get 0)))
  (func $indirect (type $t) (return_call_indirect (type $t) (local.get 0) (i32.const 2))))
