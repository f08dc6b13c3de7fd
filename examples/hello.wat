;; The smallest program: one `fd_write` of one line.
;;
;;     waxwing run examples/hello.wat
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $count i32) (param $written i32)
      (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param $code i32)))

  ;; An iovec, the address and length of the line, lies at 0; the line lies at 16.
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\14\00\00\00")
  (data (i32.const 16) "Hello from Waxwing!\n")

  (func (export "_start")
    (local $errno i32)
    (local.set $errno
      (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    ;; A write that fails is the program's exit code.
    (if (local.get $errno) (then (call $proc_exit (local.get $errno))))))
