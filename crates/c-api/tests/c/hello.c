/* The shortest way: a module that calls the host. */
#include "check.h"

static wasm_trap_t *hello(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  CHECK(args->size == 0 && results->size == 0);
  printf("hello from the host\n");
  return NULL;
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  CHECK(engine != NULL);
  wasm_store_t *store = wasm_store_new(engine);
  CHECK(store != NULL);
  wasm_module_t *module = module_of_wat(
      store, "(module (import \"\" \"hello\" (func $hello)) (func (export \"run\") (call $hello)))");

  wasm_functype_t *type = wasm_functype_new_0_0();
  wasm_func_t *func = wasm_func_new(store, type, hello);
  CHECK(func != NULL);
  wasm_functype_delete(type);

  wasm_extern_t *externs[] = {wasm_func_as_extern(func)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_trap_t *trap = NULL;
  wasm_instance_t *instance = wasm_instance_new(store, module, &imports, &trap);
  CHECK(instance != NULL && trap == NULL);
  wasm_func_delete(func);

  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  CHECK(exports.size == 1);
  const wasm_func_t *run = wasm_extern_as_func(exports.data[0]);
  CHECK(run != NULL);
  wasm_module_delete(module);
  wasm_instance_delete(instance);

  wasm_val_vec_t none = WASM_EMPTY_VEC;
  CHECK(wasm_func_call(run, &none, &none) == NULL);
  CHECK(wasm_func_call(run, NULL, NULL) == NULL);

  wasm_extern_vec_delete(&exports);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  printf("done\n");
  return 0;
}
