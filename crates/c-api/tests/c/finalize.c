/* Every finalizer runs, none twice, whatever is deleted first. */
#include "check.h"

enum { ROUNDS = 50, KINDS = 8 };

static int live, most, ended;
static int runs[ROUNDS * KINDS];

static void finalize(void *info) {
  runs[(intptr_t)info]++;
  live--;
  ended++;
}

static void *info(int round, int kind) {
  live++;
  if (live > most) most = live;
  return (void *)(intptr_t)(round * KINDS + kind);
}

static wasm_trap_t *nothing(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)env;
  (void)args;
  (void)results;
  return NULL;
}

static wasm_store_t *busy_store;
static int calls_in_finalizer;

/* Calls the interface, with the store whose collection has found that nobody holds the object. */
static void calling(void *env) {
  (void)env;
  wasm_foreign_t *foreign = wasm_foreign_new(busy_store);
  CHECK(foreign != NULL);
  CHECK(waxwing_store_gc(busy_store));
  wasm_foreign_delete(foreign);
  calls_in_finalizer++;
}

static void round_of(wasm_engine_t *engine, int round) {
  wasm_store_t *store = wasm_store_new(engine);
  wasm_module_t *module = module_of_wat(
      store,
      "(module (import \"\" \"f\" (func)) (func (export \"func\")) (memory (export \"memory\") 1)"
      "  (global (export \"global\") i32 (i32.const 0)) (table (export \"table\") 1 externref))");
  wasm_functype_t *type = wasm_functype_new_0_0();
  wasm_func_t *func = wasm_func_new_with_env(store, type, nothing, info(round, 0), finalize);
  wasm_functype_delete(type);
  wasm_extern_t *externs[] = {wasm_func_as_extern(func)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t *instance = wasm_instance_new(store, module, &imports, NULL);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_func_set_host_info_with_finalizer(func, info(round, 1), finalize);
  wasm_module_set_host_info_with_finalizer(module, info(round, 2), finalize);
  wasm_instance_set_host_info_with_finalizer(instance, info(round, 3), finalize);
  for (int i = 1; i < 4; i++)
    wasm_extern_set_host_info_with_finalizer(exports.data[i], info(round, 3 + i), finalize);
  wasm_foreign_t *foreign = wasm_foreign_new(store);
  wasm_foreign_set_host_info_with_finalizer(foreign, info(round, 7), finalize);
  CHECK(wasm_table_set(wasm_extern_as_table(exports.data[3]), 0, wasm_foreign_as_ref(foreign)));
  /* All orders of deletion, in turn. */
  for (int i = 0; i < 6; i++) {
    switch ((i + round) % 6) {
      case 0: wasm_store_delete(store); break;
      case 1: wasm_func_delete(func); break;
      case 2: wasm_module_delete(module); break;
      case 3: wasm_instance_delete(instance); break;
      case 4: wasm_extern_vec_delete(&exports); break;
      case 5: wasm_foreign_delete(foreign); break;
    }
    if (i < 5) CHECK(ended < (round + 1) * KINDS);
  }
  CHECK(ended == (round + 1) * KINDS && live == 0);
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  for (int round = 0; round < ROUNDS; round++) round_of(engine, round);
  for (int i = 0; i < ROUNDS * KINDS; i++) CHECK(runs[i] == 1);
  printf("%d finalizers ran, never more than %d due\n", ended, most);

  busy_store = wasm_store_new(engine);
  wasm_limits_t limits = {1, 1};
  wasm_tabletype_t *type = wasm_tabletype_new(wasm_valtype_new_externref(), &limits);
  wasm_foreign_t *foreign = wasm_foreign_new(busy_store);
  wasm_foreign_set_host_info_with_finalizer(foreign, NULL, calling);
  wasm_table_t *table = wasm_table_new(busy_store, type, wasm_foreign_as_ref(foreign));
  wasm_tabletype_delete(type);
  wasm_foreign_delete(foreign);
  CHECK(wasm_table_set(table, 0, NULL) && calls_in_finalizer == 0);
  CHECK(waxwing_store_gc(busy_store));
  printf("a finalizer that calls back ran %d time\n", calls_in_finalizer);
  wasm_table_delete(table);
  wasm_store_delete(busy_store);
  wasm_engine_delete(engine);
  return 0;
}
