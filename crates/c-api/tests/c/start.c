/* Instances that cannot be made: start functions that trap, imports that do not fit. */
#include "check.h"

static void refused(wasm_store_t *store, const char *what, const wasm_module_t *module,
                    const wasm_extern_vec_t *imports) {
  wasm_trap_t *trap = NULL;
  CHECK(wasm_instance_new(store, module, imports, &trap) == NULL);
  if (trap != NULL) {
    wasm_frame_vec_t trace;
    wasm_trap_trace(trap, &trace);
    printf("[%zu frames] ", trace.size);
    wasm_frame_vec_delete(&trace);
  }
  print_trap(what, trap);
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine), *other = wasm_store_new(engine);
  wasm_module_t *module =
      module_of_wat(store, "(module (func $start (call $fail)) (func $fail unreachable) (start $start))");
  refused(store, "start", module, NULL);
  CHECK(wasm_instance_new(store, module, NULL, NULL) == NULL);
  print_failure("without a place for the trap");
  wasm_module_delete(module);

  module = module_of_wat(store, "(module (memory 1) (data (i32.const 65536) \"x\"))");
  refused(store, "data outside", module, NULL);
  wasm_module_delete(module);

  module = module_of_wat(store, "(module (import \"a\" \"f\" (func (param i32)))"
                                "  (import \"a\" \"m\" (memory 2)))");
  refused(store, "no imports", module, NULL);
  wasm_limits_t limits = {2, 2};
  wasm_memorytype_t *type = wasm_memorytype_new(&limits);
  wasm_memory_t *memory = wasm_memory_new(store, type), *elsewhere = wasm_memory_new(other, type);
  wasm_memorytype_delete(type);
  wasm_extern_t *externs[] = {wasm_memory_as_extern(memory), wasm_memory_as_extern(memory)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  refused(store, "another kind", module, &imports);
  externs[0] = NULL;
  refused(store, "null", module, &imports);
  externs[0] = wasm_memory_as_extern(elsewhere);
  refused(store, "another store's", module, &imports);
  externs[0] = (wasm_extern_t *)module;
  refused(store, "a module as an import", module, &imports);
  refused(NULL, "no store", module, &imports);
  refused(store, "no module", NULL, &imports);
  refused(store, "a memory as the module", (wasm_module_t *)memory, &imports);
  wasm_module_delete(module);

  /* And one that can: the trap is null. */
  module = module_of_wat(store, "(module (func $start) (start $start))");
  wasm_trap_t *trap = (wasm_trap_t *)module;
  wasm_instance_t *instance = wasm_instance_new(store, module, NULL, &trap);
  CHECK(instance != NULL && trap == NULL);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  CHECK(exports.size == 0);
  wasm_instance_exports(NULL, &exports);
  print_failure("exports of nothing");
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_memory_delete(memory);
  wasm_memory_delete(elsewhere);
  wasm_store_delete(store);
  wasm_store_delete(other);
  wasm_engine_delete(engine);
  return 0;
}
