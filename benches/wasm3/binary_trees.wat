;; Binary trees of garbage-collected structures: one that lives long, and many that do not.
(module
  ;; prelude

  (rec (type $node (struct (field $left (ref null $node)) (field $right (ref null $node)))))

  (global $depth i32 (i32.const 17))
  (global $long (mut (ref null $node)) (ref.null $node))

  (func $make (param $depth i32) (result (ref $node))
    (if (result (ref $node)) (i32.eqz (local.get $depth))
      (then (struct.new $node (ref.null $node) (ref.null $node)))
      (else
        (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
        (struct.new $node (call $make (local.get $depth)) (call $make (local.get $depth))))))

  ;; The number of nodes.
  (func $check (param $node (ref $node)) (result i32)
    (local $left (ref null $node))
    (local.set $left (struct.get $node $left (local.get $node)))
    (if (result i32) (ref.is_null (local.get $left))
      (then (i32.const 1))
      (else
        (i32.add
          (i32.add (i32.const 1) (call $check (ref.as_non_null (local.get $left))))
          (call $check
            (ref.as_non_null (struct.get $node $right (local.get $node))))))))

  ;; Trees of one depth, as many as make up about the nodes of the deepest.
  (func $round (param $depth i32) (result i64)
    (local $count i32) (local $sum i64)
    (local.set $count
      (i32.shl (i32.const 1)
        (i32.add (i32.sub (global.get $depth) (local.get $depth)) (i32.const 4))))
    (loop $again
      (local.set $sum
        (i64.add (local.get $sum)
          (i64.extend_i32_u (call $check (call $make (local.get $depth))))))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $sum))

  (func (export "_start")
    (local $start i64) (local $sum i64) (local $depth i32)
    (local.set $start (call $now))
    ;; One that is deeper than all others, and gone at once.
    (local.set $sum
      (i64.extend_i32_u (call $check (call $make (i32.add (global.get $depth) (i32.const 1))))))
    (global.set $long (call $make (global.get $depth)))
    (local.set $depth (i32.const 4))
    (loop $again
      (local.set $sum
        (i64.add (i64.mul (local.get $sum) (i64.const 31)) (call $round (local.get $depth))))
      (local.set $depth (i32.add (local.get $depth) (i32.const 4)))
      (br_if $again (i32.le_u (local.get $depth) (global.get $depth))))
    (local.set $sum
      (i64.add (local.get $sum)
        (i64.extend_i32_u (call $check (ref.as_non_null (global.get $long))))))
    (call $report (local.get $sum) (i64.sub (call $now) (local.get $start)))))
