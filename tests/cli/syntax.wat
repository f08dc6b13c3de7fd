(module (func (export "f"
