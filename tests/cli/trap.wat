;; Traps three calls deep.
(module $nested
  (func $inner unreachable)
  (func $middle (call $inner))
  (func (export "_start") (call $middle)))
