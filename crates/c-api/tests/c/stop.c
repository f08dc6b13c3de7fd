/* Guests that are ended, and what they may use. */
#include "check.h"
#include <pthread.h>
#include <stdatomic.h>

static const char SPIN[] = "(module (import \"\" \"ready\" (func $ready))"
                           "  (func (export \"spin\") (call $ready) (loop $again (br $again))))";

static atomic_int ready;

static wasm_trap_t *is_ready(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  (void)results;
  atomic_store(&ready, 1);
  return NULL;
}

static void *killer(void *data) {
  while (!atomic_load(&ready)) {}
  CHECK(waxwing_kill(data));
  waxwing_kill_switch_delete(data);
  return NULL;
}

static wasm_instance_t *spinner(wasm_store_t *store, wasm_func_t **func) {
  wasm_functype_t *type = wasm_functype_new_0_0();
  wasm_func_t *host = wasm_func_new(store, type, is_ready);
  wasm_functype_delete(type);
  wasm_extern_t *externs[] = {wasm_func_as_extern(host)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t *instance = instance_of_wat(store, SPIN, &imports);
  *func = func_of(instance, "spin");
  wasm_func_delete(host);
  return instance;
}

static wasm_instance_t *try_instance(wasm_store_t *store, const char *what, const char *text) {
  wasm_module_t *module = module_of_wat(store, text);
  wasm_trap_t *trap;
  wasm_instance_t *instance = wasm_instance_new(store, module, NULL, &trap);
  if (instance == NULL) print_trap(what, trap);
  wasm_module_delete(module);
  return instance;
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();

  /* By another thread, in the middle of a loop. */
  wasm_store_t *store = wasm_store_new(engine);
  wasm_func_t *spin;
  wasm_instance_t *instance = spinner(store, &spin);
  waxwing_kill_switch_t *kill = waxwing_store_kill_switch(store);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, killer, waxwing_kill_switch_copy(kill)) == 0);
  wasm_trap_t *trap = wasm_func_call(spin, NULL, NULL);
  CHECK(waxwing_trap_code(trap) == WAXWING_TRAP_KILLED);
  print_trap("spin", trap);
  CHECK(pthread_join(thread, NULL) == 0);
  print_trap("once more", wasm_func_call(spin, NULL, NULL));
  CHECK(waxwing_kill(kill));
  wasm_func_delete(spin);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  CHECK(!waxwing_kill(kill) && !waxwing_kill(NULL));
  waxwing_kill_switch_delete(kill);

  /* By a deadline; one that is taken away ends nobody. */
  store = wasm_store_new(engine);
  instance = spinner(store, &spin);
  CHECK(waxwing_store_deadline_set(store, UINT64_MAX));
  CHECK(waxwing_store_deadline_set(store, 1));
  CHECK(waxwing_store_deadline_set(store, 20 * 1000 * 1000));
  trap = wasm_func_call(spin, NULL, NULL);
  CHECK(waxwing_trap_code(trap) == WAXWING_TRAP_DEADLINE_EXCEEDED);
  print_trap("spin", trap);
  wasm_func_delete(spin);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  store = wasm_store_new(engine);
  CHECK(waxwing_store_deadline_set(store, 3600ull * 1000 * 1000 * 1000));
  CHECK(waxwing_store_deadline_clear(store));

  /* Limits. */
  CHECK(!waxwing_store_limits_set(store, NULL));
  print_failure("no limits");
  waxwing_limits_t limits = {2 * MEMORY_PAGE_SIZE, 10, SIZE_MAX, 3};
  CHECK(waxwing_store_limits_set(store, &limits));
  CHECK(try_instance(store, "three pages", "(module (memory 3))") == NULL);
  CHECK(try_instance(store, "eleven entries", "(module (table 11 funcref))") == NULL);
  instance = try_instance(store, "two pages",
                          "(module (memory 1) (func (export \"grow\") (param i32) (result i32)"
                          "  (memory.grow (local.get 0))))");
  CHECK(instance != NULL);
  wasm_func_t *grow = func_of(instance, "grow");
  printf("grown: %d\n", call_i32(grow, 1, (int32_t[]){2}));
  printf("grown: %d\n", call_i32(grow, 1, (int32_t[]){1}));
  wasm_func_delete(grow);
  wasm_instance_delete(instance);
  limits.instances = 1;
  CHECK(waxwing_store_limits_set(store, &limits));
  instance = try_instance(store, "one instance", "(module)");
  CHECK(instance != NULL);
  wasm_instance_delete(instance);
  CHECK(try_instance(store, "one too many", "(module)") == NULL);
  limits = (waxwing_limits_t){SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
  CHECK(waxwing_store_limits_set(store, &limits));
  instance = try_instance(store, "no limits", "(module (memory 100))");
  CHECK(instance != NULL);
  wasm_instance_delete(instance);

  CHECK(waxwing_store_kill_switch(NULL) == NULL && !waxwing_store_deadline_clear(NULL));
  print_failure("a deadline of no store");
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
