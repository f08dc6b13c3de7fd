;; Trailing zeros, for which newer processors have an instruction.
(module
  (func (export "ctz") (param i32) (result i32) (i32.ctz (local.get 0))))
