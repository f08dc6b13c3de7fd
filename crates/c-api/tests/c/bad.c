/* Input that is wrong: every one is an error that says why, none ends the process. */
#include "check.h"

static void invalid(wasm_store_t *store, const char *what, size_t size, const char *bytes) {
  wasm_byte_vec_t binary = {size, (byte_t *)bytes};
  CHECK(!wasm_module_validate(store, &binary));
  CHECK(wasm_module_new(store, &binary) == NULL);
  print_failure(what);
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine);
  wasm_byte_vec_t binary;
  invalid(store, "nothing", 0, "");
  invalid(store, "null", 8, NULL);
  invalid(store, "text", 8, "(module)");
  invalid(store, "half a head", 6, "\0asm\1\0");
  invalid(store, "another version", 8, "\0asm\7\0\0\0");
  invalid(store, "a section that is too long", 10, "\0asm\1\0\0\0\1\x7f");
  /* A function whose body lacks its result. */
  invalid(store, "a wrong type", 26,
          "\0asm\1\0\0\0" "\1\5\1\x60\0\1\x7f" "\3\2\1\0" "\xa\4\1\2\0\xb" "\0");
  CHECK(wasm_module_new(store, NULL) == NULL);
  print_failure("no bytes");
  CHECK(wasm_module_new(NULL, &binary) == NULL);
  print_failure("no store");
  CHECK(!wasm_module_validate(NULL, NULL));

  CHECK(!waxwing_wasm_from_wat("(module (func", 13, &binary));
  CHECK(!waxwing_wasm_from_wat("(module \xff)", 10, &binary));
  print_failure("text that is none");
  CHECK(!waxwing_wasm_from_wat(NULL, 3, &binary));
  print_failure("no text");
  CHECK(!waxwing_engine_precompile(engine, NULL, &binary));

  /* Results that nobody wants, and questions about nothing. */
  CHECK(waxwing_wasm_from_wat("(module)", 8, NULL));
  wasm_importtype_vec_t imports;
  wasm_exporttype_vec_t exports;
  wasm_module_imports(NULL, &imports);
  wasm_module_exports(NULL, &exports);
  wasm_module_serialize(NULL, &binary);
  CHECK(imports.size == 0 && exports.size == 0 && binary.size == 0);
  CHECK(wasm_extern_kind(NULL) == 0 && wasm_extern_type(NULL) == NULL);
  CHECK(wasm_externtype_kind(NULL) == 0 && wasm_valtype_kind(NULL) == WASM_I32);
  CHECK(wasm_func_type(NULL) == NULL && wasm_func_param_arity(NULL) == 0);
  CHECK(wasm_global_type(NULL) == NULL && wasm_table_type(NULL) == NULL);
  CHECK(wasm_memory_type(NULL) == NULL && wasm_memory_data(NULL) == NULL);
  CHECK(wasm_memory_data_size(NULL) == 0 && wasm_memory_size(NULL) == 0);
  CHECK(!wasm_memory_grow(NULL, 1) && !wasm_table_grow(NULL, 1, NULL));
  CHECK(wasm_table_get(NULL, 0) == NULL && !wasm_table_set(NULL, 0, NULL));
  print_failure("no table");
  CHECK(wasm_table_new(store, NULL, NULL) == NULL && wasm_memory_new(store, NULL) == NULL);
  CHECK(wasm_global_new(store, NULL, NULL) == NULL);
  print_failure("no type");
  CHECK(waxwing_instance_export(NULL, "x") == NULL && waxwing_caller_export(NULL, "x") == NULL);
  CHECK(!waxwing_trap_exit_status(NULL, NULL) && waxwing_trap_code(NULL) == WAXWING_TRAP_NONE);
  wasm_trap_message(NULL, &binary);
  CHECK(binary.size == 1);
  wasm_byte_vec_delete(&binary);
  wasm_val_t value;
  wasm_global_get(NULL, &value);
  CHECK(value.kind == WASM_I32 && value.of.i32 == 0);
  wasm_val_copy(&value, NULL);
  wasm_val_delete(NULL);
  wasm_byte_vec_copy(&binary, NULL);
  wasm_byte_vec_delete(NULL);
  wasm_store_delete(NULL);
  wasm_engine_delete(NULL);
  wasm_config_delete(NULL);
  wasm_shared_module_delete(NULL);
  waxwing_kill_switch_delete(NULL);
  waxwing_output_delete(NULL);
  wasm_frame_delete(NULL);

  /* A guest that has used up its stack is asked again, and again. */
  wasm_instance_t *instance = instance_of_wat(
      store, "(module (func $deep (export \"deep\") (call $deep)))", NULL);
  wasm_func_t *deep = func_of(instance, "deep");
  for (int i = 0; i < 10; i++) {
    wasm_trap_t *trap = wasm_func_call(deep, NULL, NULL);
    CHECK(waxwing_trap_code(trap) == WAXWING_TRAP_STACK_OVERFLOW);
    wasm_trap_delete(trap);
  }
  wasm_func_delete(deep);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
