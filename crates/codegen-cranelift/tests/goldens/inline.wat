;; Small functions are lowered in the place of their calls: with parameters that are written to, locals that begin
;; as zero each time, returns from within, several results, and others that they call.
(module
  (func $clamp (param i32 i32) (result i32)
    (if (i32.lt_s (local.get 0) (i32.const 0)) (then (return (i32.const 0))))
    (select (local.get 1) (local.get 0) (i32.gt_s (local.get 0) (local.get 1))))
  (func $byte (param i32) (result i32) (call $clamp (local.get 0) (i32.const 255)))
  (func $count (param i32) (result i32) (local i32)
    (local.set 1 (i32.add (local.get 1) (local.get 0)))
    (local.get 1))
  (func $swap (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "byte") (param i32) (result i32) (call $byte (local.get 0)))
  (func (export "counts") (param i32) (result i32)
    (loop
      (local.set 0 (call $count (local.get 0)))
      (br_if 0 (local.get 0)))
    (local.get 0))
  (func (export "swap") (param i32) (result i32) (call $swap (local.get 0) (i64.const 5)) (drop) (drop) (i32.const 1)))
