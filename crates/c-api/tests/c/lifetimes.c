/* What is deleted while it is in use stays until it is not. */
#include "check.h"

static wasm_store_t *store;
static wasm_instance_t *instance;
static wasm_func_t *run, *host;
static int finalized;

static void finalize(void *env) {
  (void)env;
  finalized++;
}

/* Deletes everything there is, and returns into the guest. */
static wasm_trap_t *delete_all(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)env;
  (void)args;
  wasm_func_delete(run);
  wasm_func_delete(host);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  CHECK(finalized == 0);
  results->data[0].of.i32 = 5;
  return NULL;
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  store = wasm_store_new(engine);
  wasm_functype_t *type = wasm_functype_new_0_1(wasm_valtype_new_i32());
  host = wasm_func_new_with_env(store, type, delete_all, NULL, finalize);
  wasm_functype_delete(type);
  wasm_extern_t *externs[] = {wasm_func_as_extern(host)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  instance = instance_of_wat(store,
                             "(module (import \"\" \"f\" (func $f (result i32)))"
                             "  (func (export \"run\") (result i32)"
                             "    (i32.add (call $f) (i32.const 1))))",
                             &imports);
  run = func_of(instance, "run");
  wasm_engine_delete(engine);
  wasm_val_t answer[] = {WASM_INIT_VAL};
  wasm_val_vec_t results = WASM_ARRAY_VEC(answer);
  CHECK(wasm_func_call(run, NULL, &results) == NULL);
  printf("returned: %d\n", answer[0].of.i32);
  /* Now nobody holds the store any more. */
  printf("finalized: %d\n", finalized);

  /* References outlive the store's own handle, and work. */
  engine = wasm_engine_new();
  store = wasm_store_new(engine);
  instance = instance_of_wat(store, "(module (memory (export \"memory\") 1)"
                                    "  (func (export \"run\") (result i32) (i32.const 3)))", NULL);
  run = func_of(instance, "run");
  wasm_extern_t *memory = waxwing_instance_export(instance, "memory");
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  wasm_instance_delete(instance);
  printf("later: %d\n", call_i32(run, 0, NULL));
  wasm_func_delete(run);
  wasm_memory_data(wasm_extern_as_memory(memory))[0] = 1;
  CHECK(wasm_memory_grow(wasm_extern_as_memory(memory), 1));
  wasm_extern_delete(memory);
  return 0;
}
