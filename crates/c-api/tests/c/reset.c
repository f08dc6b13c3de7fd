/* Stores that begin anew. */
#include "check.h"

/* `next` counts its calls; `nap` waits a millisecond and gives WASI's answer. */
static const char GUEST[] =
    "(module (import \"\" \"start\" (func $host (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"poll_oneoff\""
    "    (func $poll (param i32 i32 i32 i32) (result i32)))"
    "  (memory (export \"memory\") 1) (global $n (mut i32) (i32.const 0))"
    "  (func $nap (export \"nap\") (result i32)"
    "    (i32.store (i32.const 16) (i32.const 1))"            /* the monotonic clock */
    "    (i64.store (i32.const 24) (i64.const 1000000))"
    "    (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))"
    "  (func (export \"next\") (result i32)"
    "    (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))"
    "  (func $first (if (call $host) (then (if (call $nap) (then unreachable)))))"
    "  (start $first))";

enum { PLAIN, NAPS, FAILS, RESETS, DELETES };
static int todo = PLAIN;
static int starts;
static wasm_engine_t *engine;
static wasm_store_t *store;

static wasm_trap_t *start(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  starts++;
  results->data[0] = (wasm_val_t)WASM_I32_VAL(todo == NAPS);
  if (todo == RESETS) print_trap("while a guest runs", waxwing_store_reset(store));
  if (todo == DELETES && store != NULL) {
    wasm_store_delete(store);
    store = NULL;
  }
  if (todo == FAILS) {
    wasm_message_t message;
    wasm_name_new_from_string_nt(&message, "not again");
    wasm_trap_t *trap = wasm_trap_new(store, &message);
    wasm_byte_vec_delete(&message);
    return trap;
  }
  return NULL;
}

static wasm_instance_t *make(void) {
  wasm_functype_t *type = wasm_functype_new_0_1(wasm_valtype_new_i32());
  wasm_func_t *func = wasm_func_new(store, type, start);
  wasm_functype_delete(type);
  waxwing_linker_t *linker = waxwing_linker_new(engine);
  CHECK(waxwing_linker_define(linker, "", "start", wasm_func_as_extern(func)));
  CHECK(waxwing_linker_define_wasi(linker));
  wasm_func_delete(func);
  wasm_module_t *module = module_of_wat(store, GUEST);
  wasm_trap_t *trap;
  wasm_instance_t *instance = waxwing_linker_instantiate(linker, store, module, &trap);
  if (instance == NULL) print_trap("make", trap);
  CHECK(instance != NULL);
  wasm_module_delete(module);
  waxwing_linker_delete(linker);
  return instance;
}

int main(void) {
  wasm_val_t result[1] = {WASM_INIT_VAL};
  wasm_val_vec_t results = WASM_ARRAY_VEC(result);
  wasm_trap_t *trap;
  print_trap("no store", waxwing_store_reset(NULL));
  engine = wasm_engine_new();
  store = wasm_store_new(engine);
  CHECK(waxwing_store_reset(store) == NULL);
  wasm_instance_t *instances[2] = {make(), make()};
  wasm_func_t *next[2], *nap = func_of(instances[0], "nap");
  for (int i = 0; i < 2; i++) next[i] = func_of(instances[i], "next");

  /* Refused in the middle of a call, which goes on. */
  todo = RESETS;
  wasm_instance_delete(make());
  todo = PLAIN;

  /* All of its instances, and by its start functions. */
  for (int i = 0; i < 3; i++) {
    int first = call_i32(next[0], 0, NULL);
    printf("next: %d, %d\n", first, call_i32(next[1], 0, NULL));
  }
  starts = 0;
  CHECK(waxwing_store_reset(store) == NULL);
  printf("starts: %d\n", starts);
  int first = call_i32(next[0], 0, NULL);
  printf("next: %d, %d\n", first, call_i32(next[1], 0, NULL));

  /* After a kill; the switch was one of the former life. Guests that wait are waited for again, those of
   * start functions too. */
  for (todo = PLAIN; todo <= NAPS; todo++) {
    waxwing_kill_switch_t *former = waxwing_store_kill_switch(store);
    CHECK(waxwing_kill(former));
    trap = wasm_func_call(next[0], NULL, &results);
    CHECK(waxwing_trap_code(trap) == WAXWING_TRAP_KILLED);
    wasm_trap_delete(trap);
    CHECK(waxwing_store_reset(store) == NULL);
    CHECK(!waxwing_kill(former));
    waxwing_kill_switch_delete(former);
    first = call_i32(next[0], 0, NULL);
    printf("after a kill: %d, nap: %d\n", first, call_i32(nap, 0, NULL));
  }
  todo = PLAIN;

  /* There is no deadline any more, not even one that has passed. */
  CHECK(waxwing_store_deadline_set(store, 1));
  while ((trap = wasm_func_call(next[0], NULL, &results)) == NULL) {}
  CHECK(waxwing_trap_code(trap) == WAXWING_TRAP_DEADLINE_EXCEEDED);
  wasm_trap_delete(trap);
  CHECK(waxwing_store_reset(store) == NULL);
  first = call_i32(next[0], 0, NULL);
  printf("after a deadline: %d, nap: %d\n", first, call_i32(nap, 0, NULL));

  /* A start function may delete the name that the store is reset by, and it may fail. */
  todo = DELETES;
  CHECK(waxwing_store_reset(store) == NULL && store == NULL);
  printf("deleted meanwhile: %d\n", call_i32(next[1], 0, NULL));
  for (int i = 0; i < 2; i++) {
    wasm_func_delete(next[i]);
    wasm_instance_delete(instances[i]);
  }
  wasm_func_delete(nap);
  todo = PLAIN;
  store = wasm_store_new(engine);
  wasm_instance_delete(make());
  todo = FAILS;
  print_trap("start", waxwing_store_reset(store));
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
