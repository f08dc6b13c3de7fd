;; An address that is used as a number too is one value, extended where it is made: the walk along a list
;; is a load, a test and a jump. What is never an address is not touched.
(module
  (memory 1)
  (func $walk (param $list i32) (param $n i32) (result i32)
    (local $last i32)
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $list)))
        (local.set $last (local.get $list))
        (local.set $list (i32.load offset=4 (local.get $list)))
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (local.get $last))
  (func $chosen (param $a i32) (param $b i32) (param $c i32) (result i32)
    (local $p i32)
    (local.set $p (select (local.get $a) (i32.load (local.get $b)) (local.get $c)))
    (i32.store offset=8 (local.get $p) (local.get $p))
    (i32.load8_u (i32.load8_u (local.get $p))))
;; What comes from outside has anything in its upper half, and is extended before it is an address.
  (func $stacked (param i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.add (i32.load (local.get 6)) (local.get 6)))
  (func $called (param $n i32) (result i32)
    (local $p i32)
    (local.set $p (i32.const 64))
    (loop $next
      (local.set $p (call $walk (i32.load (local.get $p)) (local.get $p)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $p))
  (func $signed (param $p i32) (result i32)
    (local $q i32)
    (local.set $q (i32.load16_s (local.get $p)))
    (i32.add (i32.load (local.get $q)) (local.get $q)))
  (func $numbers (param $n i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.rotl (local.get $sum) (local.get $n)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
