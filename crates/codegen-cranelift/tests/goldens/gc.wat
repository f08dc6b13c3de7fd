;; Structures and arrays: allocation, access through null, casts.
(module
  (type $tree (struct (field $left (mut (ref null $tree))) (field $right (mut (ref null $tree)))))
  (type $bytes (array (mut i8)))
  (rec
    (type $base (sub (struct (field i32))))
    (type $derived (sub $base (struct (field i32) (field i32)))))
  (func (param i32) (result (ref $tree))
    (if (result (ref $tree)) (local.get 0)
      (then
        (struct.new $tree
          (call 0 (i32.sub (local.get 0) (i32.const 1)))
          (call 0 (i32.sub (local.get 0) (i32.const 1)))))
      (else (struct.new $tree (ref.null $tree) (ref.null $tree)))))
  (func (param (ref null $tree)) (result i32)
    (i32.eqz (ref.is_null (struct.get $tree $left (local.get 0)))))
  (func (param (ref null $bytes) i32) (result i32)
    (array.get_u $bytes (local.get 0) (local.get 1)))
  (func (param anyref) (result (ref $base))
    (ref.cast (ref $base) (local.get 0)))
  (func (param i32) (result (ref $bytes))
    (array.new_default $bytes (local.get 0))))
