;; The tightest loop there is: one branch to itself. Only a stop from outside ends it.
(module
  (memory (export "memory") 1)
  (func (export "_start")
    (loop $again (br $again))))
