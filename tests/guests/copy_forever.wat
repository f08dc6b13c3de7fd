;; Copies 64 MiB within its memory, over and over: a stop has to arrive inside a bulk operation.
(module
  (memory (export "memory") 2048)
  (func (export "_start")
    (loop $again
      (memory.copy (i32.const 0x4000000) (i32.const 0) (i32.const 0x3ffffff))
      (br $again))))
