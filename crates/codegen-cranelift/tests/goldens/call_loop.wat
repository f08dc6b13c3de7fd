;; The instance pointer stays in a register that calls keep, and each call takes a copy. An I32 on the
;; stack fills its slot, since the callee reads the whole slot.
(module
  (memory 1)
  (func $callee (param i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.add (local.get 5) (local.get 6)))
  (func (param $at i32) (param $n i32)
    (loop $next
      (i32.store (local.get $at)
        (call $callee (i32.load (local.get $at)) (i32.const 1) (i32.const 2) (i32.const 3)
          (i32.const 4) (local.get $n) (i32.load offset=8 (local.get $at))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
