(module
  (type $point (struct (field i32)))
  (func $get (param (ref $point)) (result i32)
    (struct.get $point 0 (local.get 0)))
  (func (export "f") (result i32)
    (return_call $get (struct.new $point (i32.const 42)))))
