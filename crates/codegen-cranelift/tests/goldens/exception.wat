;; Throws and handlers of both encodings.
(module
  (import "m" "f" (func $f (param i32) (result i32)))
  (tag $a (param i32 f64))
  (tag $b)
  (func $throw (param i32)
    (throw $a (local.get 0) (f64.const 1)))
  (func $catch (param i32) (result i32)
    (block $caught (result i32 f64)
      (block $any (result exnref)
        (try_table (result i32) (catch $a $caught) (catch_all_ref $any)
          (call $f (local.get 0)))
        (return))
      (throw_ref))
    (drop))
  (func $nothing_to_catch (param i32) (result i32)
    (block $caught
      (try_table (catch $b $caught)
        (local.set 0 (memory.grow (local.get 0)))))
    (local.get 0))
  (memory 1)
  (func $legacy (param i32) (result i32)
    try (result i32)
      try (result i32)
        (call $f (local.get 0))
      delegate 0
    catch $b
      (i32.const 1)
    catch_all
      rethrow 0
    end)
  (func $here
    (block $caught
      (try_table (catch $b $caught) (throw $b)))))
