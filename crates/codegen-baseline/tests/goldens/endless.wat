;; A loop and a recursion without end stay what they are: only a trap or a signal ends them.
(module
  (func (loop $again (br $again)))
  (func $deeper (call $deeper)))
