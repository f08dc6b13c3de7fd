/* Imports found by name. */
#include "check.h"

static wasm_trap_t *seven(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  results->data[0].of.i32 = 7;
  return NULL;
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine), *other = wasm_store_new(engine);
  waxwing_linker_t *linker = waxwing_linker_new(engine);
  wasm_functype_t *type = wasm_functype_new_0_1(wasm_valtype_new_i32());
  wasm_func_t *func = wasm_func_new(store, type, seven);
  wasm_functype_delete(type);
  CHECK(waxwing_linker_define(linker, "host", "seven", wasm_func_as_extern(func)));
  CHECK(!waxwing_linker_define(linker, "host", "seven", wasm_func_as_extern(func)));
  print_failure("defined twice");
  CHECK(waxwing_linker_shadowing_set(linker, true));
  CHECK(waxwing_linker_define(linker, "host", "seven", wasm_func_as_extern(func)));

  wasm_instance_t *library = instance_of_wat(
      store, "(module (func (export \"double\") (param i32) (result i32)"
             "  (i32.shl (local.get 0) (i32.const 1))))", NULL);
  CHECK(waxwing_linker_define_instance(linker, "library", library));
  wasm_module_t *module = module_of_wat(
      store,
      "(module (import \"host\" \"seven\" (func $seven (result i32)))"
      "  (import \"library\" \"double\" (func $double (param i32) (result i32)))"
      "  (func (export \"run\") (result i32) (call $double (call $seven))))");
  wasm_trap_t *trap;
  wasm_instance_t *instance = waxwing_linker_instantiate(linker, store, module, &trap);
  CHECK(instance != NULL && trap == NULL);
  wasm_func_t *run = func_of(instance, "run");
  printf("run: %d\n", call_i32(run, 0, NULL));
  wasm_func_delete(run);
  wasm_instance_delete(instance);

  CHECK(waxwing_linker_instantiate(linker, other, module, &trap) == NULL);
  print_trap("another store", trap);
  CHECK(waxwing_linker_instantiate(linker, NULL, module, &trap) == NULL);
  print_trap("no store", trap);
  CHECK(waxwing_linker_instantiate(NULL, store, module, &trap) == NULL);
  print_trap("no linker", trap);
  wasm_module_delete(module);
  module = module_of_wat(store, "(module (import \"host\" \"seven\" (func (param i64)))"
                                "  (import \"host\" \"eight\" (global i32)))");
  CHECK(waxwing_linker_instantiate(linker, store, module, &trap) == NULL);
  print_trap("what is missing", trap);
  CHECK(waxwing_linker_instantiate(linker, store, module, NULL) == NULL);
  wasm_module_delete(module);

  /* A start function that traps, with its trace. */
  module = module_of_wat(store, "(module (func $start unreachable) (start $start))");
  CHECK(waxwing_linker_instantiate(linker, store, module, &trap) == NULL);
  wasm_frame_t *origin = wasm_trap_origin(trap);
  CHECK(origin != NULL);
  wasm_frame_delete(origin);
  print_trap("start", trap);
  wasm_module_delete(module);

  wasm_foreign_t *foreign = wasm_foreign_new(store);
  CHECK(!waxwing_linker_define(linker, "a", "b", (wasm_extern_t *)foreign));
  print_failure("nothing external");
  CHECK(!waxwing_linker_define(linker, "a", NULL, wasm_func_as_extern(func)));
  print_failure("no name");
  CHECK(!waxwing_linker_define(linker, "a\xc0", "b", wasm_func_as_extern(func)));
  print_failure("a name that is none");
  wasm_instance_t *elsewhere = instance_of_wat(other, "(module)", NULL);
  CHECK(!waxwing_linker_define_instance(linker, "elsewhere", elsewhere));
  print_failure("another store's instance");
  CHECK(waxwing_linker_define_wasi(linker));
  CHECK(waxwing_linker_new(NULL) == NULL);

  /* The linker keeps its store; the order of deletion does not matter. */
  wasm_foreign_delete(foreign);
  wasm_instance_delete(elsewhere);
  wasm_instance_delete(library);
  wasm_store_delete(other);
  wasm_store_delete(store);
  wasm_func_delete(func);
  waxwing_linker_delete(linker);
  waxwing_linker_delete(NULL);
  wasm_engine_delete(engine);
  return 0;
}
