;; What hints call unlikely lies behind the rest of the function: an arm of `if`, the way of a branch,
;; and what follows a branch that is likely to be taken. The operator at the end has no hint.
(module
  (import "h" "f" (func $f (param i32)))
  (func (param i32) (result i32)
    (@metadata.code.branch_hint "\00")
    (if (i32.eqz (local.get 0)) (then (call $f (i32.const 1))))
    (@metadata.code.branch_hint "\01")
    (if (local.get 0) (then (call $f (i32.const 2))) (else (call $f (i32.const 3))))
    (block $likely
      (@metadata.code.branch_hint "\01")
      (br_if $likely (i32.lt_s (local.get 0) (i32.const 100)))
      (call $f (i32.const 4)))
    (block $unlikely
      (@metadata.code.branch_hint "\00")
      (br_if $unlikely (i32.gt_s (local.get 0) (i32.const 200)))
      (call $f (i32.const 5)))
    (if (local.get 0) (then (call $f (i32.const 6))))
    (local.get 0)))
