;; An interpreter whose instructions call each other by tail calls through a table: threaded code.
;;
;; The machine has a program counter, an accumulator and a counter, all of them parameters. Its
;; program, in memory at 1024, is a loop of six instructions.
(module
  ;; prelude

  (type $op (func (param $pc i32) (param $acc i64) (param $n i64) (result i64)))
  (table $ops funcref (elem $halt $triple $add $shift $less $jump $double))
  (data (i32.const 1024) "\01\02\03\02\06\04\05\00")

  (global $rounds i64 (i64.const 20000000))

  (func $halt (type $op) (param $pc i32) (param $acc i64) (param $n i64) (result i64)
    (local.get $acc))

  (func $triple (type $op) (param $pc i32) (param $acc i64) (param $n i64) (result i64)
    (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
    (return_call_indirect $ops (type $op)
      (local.get $pc) (i64.mul (local.get $acc) (i64.const 3)) (local.get $n)
      (i32.load8_u (local.get $pc))))

  (func $double (type $op) (param $pc i32) (param $acc i64) (param $n i64) (result i64)
    (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
    (return_call_indirect $ops (type $op)
      (local.get $pc) (i64.rotl (local.get $acc) (i64.const 1)) (local.get $n)
      (i32.load8_u (local.get $pc))))

  (func $add (type $op) (param $pc i32) (param $acc i64) (param $n i64) (result i64)
    (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
    (return_call_indirect $ops (type $op)
      (local.get $pc) (i64.add (local.get $acc) (local.get $n)) (local.get $n)
      (i32.load8_u (local.get $pc))))

  (func $shift (type $op) (param $pc i32) (param $acc i64) (param $n i64) (result i64)
    (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
    (return_call_indirect $ops (type $op)
      (local.get $pc)
      (i64.xor (local.get $acc) (i64.shr_u (local.get $acc) (i64.const 7)))
      (local.get $n)
      (i32.load8_u (local.get $pc))))

  (func $less (type $op) (param $pc i32) (param $acc i64) (param $n i64) (result i64)
    (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
    (return_call_indirect $ops (type $op)
      (local.get $pc) (local.get $acc) (i64.sub (local.get $n) (i64.const 1))
      (i32.load8_u (local.get $pc))))

  ;; To the beginning, unless the counter is zero.
  (func $jump (type $op) (param $pc i32) (param $acc i64) (param $n i64) (result i64)
    (local.set $pc
      (select (i32.add (local.get $pc) (i32.const 1)) (i32.const 1024)
        (i64.eqz (local.get $n))))
    (return_call_indirect $ops (type $op)
      (local.get $pc) (local.get $acc) (local.get $n)
      (i32.load8_u (local.get $pc))))

  (func (export "_start")
    (local $start i64) (local $acc i64)
    (local.set $start (call $now))
    (local.set $acc
      (call_indirect $ops (type $op)
        (i32.const 1024) (i64.const 1) (global.get $rounds) (i32.load8_u (i32.const 1024))))
    (call $report (local.get $acc) (i64.sub (call $now) (local.get $start)))))
