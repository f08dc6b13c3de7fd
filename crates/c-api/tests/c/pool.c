/* Instances of a pool, and instances that are made as new in place. */
#include "check.h"

static const char GUEST[] =
    "(module (import \"\" \"f\" (func $f)) (memory (export \"memory\") 1)"
    "  (global $n (mut i32) (i32.const 0)) (start $start)"
    "  (func $start (call $f) (i32.store (i32.const 64) (i32.const 5)))"
    "  (func (export \"next\") (result i32)"
    "    (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))"
    "    (global.set $n (i32.add (global.get $n) (i32.const 1)))"
    "    (i32.add (i32.mul (i32.load (i32.const 64)) (i32.const 100)) (global.get $n))))";

static int starts;
static wasm_instance_t *running;

static wasm_trap_t *start(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  (void)results;
  starts++;
  if (running != NULL) print_trap("while a guest runs", waxwing_instance_reset(running));
  return NULL;
}

static wasm_instance_t *make(wasm_store_t *store, wasm_trap_t **trap) {
  wasm_functype_t *type = wasm_functype_new_0_0();
  wasm_func_t *func = wasm_func_new(store, type, start);
  wasm_functype_delete(type);
  wasm_extern_t *externs[] = {wasm_func_as_extern(func)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_module_t *module = module_of_wat(store, GUEST);
  wasm_instance_t *instance = wasm_instance_new(store, module, &imports, trap);
  wasm_module_delete(module);
  wasm_func_delete(func);
  return instance;
}

int main(void) {
  /* In place, with a pool and without. */
  for (int pooled = 0; pooled < 2; pooled++) {
    wasm_config_t *config = wasm_config_new();
    if (pooled) CHECK(waxwing_config_pool_set(config, NULL));
    wasm_engine_t *engine = wasm_engine_new_with_config(config);
    wasm_store_t *store = wasm_store_new(engine);
    wasm_instance_t *instance = make(store, NULL);
    CHECK(instance != NULL);
    wasm_func_t *next = func_of(instance, "next");
    for (int i = 0; i < 2; i++) printf("next: %d\n", call_i32(next, 0, NULL));
    CHECK(waxwing_instance_reset(instance) == NULL);
    printf("as new: %d, after %d starts\n", call_i32(next, 0, NULL), starts);
    running = instance;
    wasm_instance_t *second = make(store, NULL);
    running = NULL;
    CHECK(second != NULL);
    wasm_instance_delete(second);
    size_t in_use = 99, kept = 99;
    CHECK(waxwing_engine_pool_stats(engine, &in_use, &kept) == (pooled == 1));
    if (!pooled) print_failure("without a pool");
    wasm_func_delete(next);
    wasm_instance_delete(instance);
    wasm_store_delete(store);
    wasm_engine_delete(engine);
  }

  /* Two places: the third instance is refused, until a store goes. */
  wasm_config_t *config = wasm_config_new();
  waxwing_pool_t pool = {2, MEMORY_PAGE_SIZE, 10, 0, true};
  CHECK(waxwing_config_pool_set(config, &pool));
  wasm_engine_t *engine = wasm_engine_new_with_config(config);
  wasm_store_t *stores[3];
  wasm_instance_t *instances[3];
  wasm_trap_t *trap;
  for (int i = 0; i < 3; i++) stores[i] = wasm_store_new(engine);
  for (int i = 0; i < 2; i++) CHECK((instances[i] = make(stores[i], NULL)) != NULL);
  CHECK(make(stores[2], &trap) == NULL);
  print_trap("no place", trap);
  wasm_instance_delete(instances[0]);
  wasm_store_delete(stores[0]);
  CHECK((instances[2] = make(stores[2], &trap)) != NULL);
  wasm_func_t *next = func_of(instances[2], "next");
  printf("in the place of another: %d\n", call_i32(next, 0, NULL));
  size_t in_use, kept;
  CHECK(waxwing_engine_pool_stats(engine, &in_use, &kept) && in_use == 2);
  wasm_func_delete(next);
  for (int i = 1; i < 3; i++) {
    wasm_instance_delete(instances[i]);
    wasm_store_delete(stores[i]);
  }
  CHECK(waxwing_engine_pool_stats(engine, &in_use, NULL) && in_use == 0);
  wasm_engine_delete(engine);

  print_trap("no instance", waxwing_instance_reset(NULL));
  CHECK(!waxwing_config_pool_set(NULL, &pool) && !waxwing_engine_pool_stats(NULL, &in_use, &kept));
  print_failure("no engine");
  return 0;
}
