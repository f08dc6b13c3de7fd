;; An exception that nothing catches.
(module $thrower
  (tag $t (param i32 f64))
  (func $inner (throw $t (i32.const 7) (f64.const 0.5)))
  (func (export "_start") (call $inner)))
