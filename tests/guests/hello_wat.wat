;; One `fd_write` and nothing else: no libc stands between the runtime and the line it prints.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "Hello from text.\n")
  (func (export "_start")
    ;; One iovec at 0: the address and the length of the line.
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 17))
    ;; The exit code is the errno of the write: nothing fails unseen.
    (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))
    (if (i32.ne (i32.load (i32.const 8)) (i32.const 17))
      (then (call $proc_exit (i32.const 99))))
    (call $proc_exit)))
