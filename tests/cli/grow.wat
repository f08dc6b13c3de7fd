;; Grows by one page; -1 if that is refused.
(module
  (memory 1)
  (func (export "grow") (result i32) (memory.grow (i32.const 1))))
