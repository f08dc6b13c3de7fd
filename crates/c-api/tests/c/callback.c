/* Host functions: with and without environment, several results, re-entry, and what they do wrong. */
#include "check.h"

typedef struct {
  wasm_store_t *store;
  wasm_func_t *again;
  int calls;
  int finalized;
} env_t;

static wasm_trap_t *swap(void *data, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  env_t *env = data;
  env->calls++;
  CHECK(args->size == 2 && results->size == 2);
  CHECK(args->data[0].kind == WASM_I32 && args->data[1].kind == WASM_F64);
  CHECK(results->data[0].kind == WASM_F64 && results->data[1].kind == WASM_I32);
  wasm_val_copy(&results->data[0], &args->data[1]);
  wasm_val_copy(&results->data[1], &args->data[0]);
  return NULL;
}

static void finalize(void *data) { ((env_t *)data)->finalized++; }

/* Calls the guest again, which calls this again, until nothing is left. Uses the caller's memory. */
static wasm_trap_t *down(void *data, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  env_t *env = data;
  int32_t left = args->data[0].of.i32;
  wasm_extern_t *external = waxwing_caller_export(env->store, "memory");
  CHECK(external != NULL);
  wasm_memory_t *memory = wasm_extern_as_memory(external);
  wasm_memory_data(memory)[left] += 1;
  wasm_extern_delete(external);
  CHECK(waxwing_caller_export(env->store, "nothing") == NULL);
  /* What is for the outside of guests only. */
  CHECK(!waxwing_store_deadline_set(env->store, 1000));
  results->data[0].of.i32 = left == 0 ? 0 : 1 + call_i32(env->again, 1, (int32_t[]){left - 1});
  return NULL;
}

static wasm_trap_t *wrong_kind(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  results->data[0] = (wasm_val_t)WASM_I64_VAL(7);
  return NULL;
}

static wasm_trap_t *unknown_kind(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  results->data[0].kind = 77;
  return NULL;
}

static wasm_trap_t *own_vector(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  static wasm_val_t array[] = {WASM_I32_VAL(1234)};
  *results = (wasm_val_vec_t)WASM_ARRAY_VEC(array);
  return NULL;
}

static wasm_trap_t *too_few(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  results->size = 0;
  return NULL;
}

/* Calls a host function of type () -> i32 through a guest. */
static void through_guest(wasm_store_t *store, const char *what, wasm_func_callback_t callback) {
  wasm_functype_t *type = wasm_functype_new_0_1(wasm_valtype_new_i32());
  wasm_func_t *func = wasm_func_new(store, type, callback);
  CHECK(func != NULL);
  wasm_functype_delete(type);
  wasm_extern_t *externs[] = {wasm_func_as_extern(func)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t *instance =
      instance_of_wat(store,
                      "(module (import \"\" \"f\" (func $f (result i32)))"
                      "  (func (export \"run\") (result i32) (call $f)))",
                      &imports);
  wasm_func_t *run = func_of(instance, "run");
  wasm_val_t result[] = {WASM_INIT_VAL};
  wasm_val_vec_t results = WASM_ARRAY_VEC(result);
  wasm_trap_t *trap = wasm_func_call(run, NULL, &results);
  if (trap != NULL) {
    print_trap(what, trap);
  } else {
    printf("%s: %d\n", what, result[0].of.i32);
  }
  wasm_func_delete(run);
  wasm_func_delete(func);
  wasm_instance_delete(instance);
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine);
  env_t env = {store, NULL, 0, 0};

  /* Directly, without a guest. */
  wasm_functype_t *type = wasm_functype_new_2_2(wasm_valtype_new_i32(), wasm_valtype_new_f64(),
                                                wasm_valtype_new_f64(), wasm_valtype_new_i32());
  wasm_func_t *func = wasm_func_new_with_env(store, type, swap, &env, finalize);
  wasm_functype_delete(type);
  CHECK(wasm_func_param_arity(func) == 2 && wasm_func_result_arity(func) == 2);
  type = wasm_func_type(func);
  CHECK(wasm_valtype_kind(wasm_functype_params(type)->data[1]) == WASM_F64);
  wasm_functype_delete(type);
  wasm_val_t arguments[] = {WASM_I32_VAL(5), WASM_F64_VAL(2.5)};
  wasm_val_t answers[] = {WASM_INIT_VAL, WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_ARRAY_VEC(arguments), results = WASM_ARRAY_VEC(answers);
  CHECK(wasm_func_call(func, &args, &results) == NULL);
  printf("swapped: %g %d\n", answers[0].of.f64, answers[1].of.i32);

  /* Through a guest, as a value of many results. */
  wasm_extern_t *externs[] = {wasm_func_as_extern(func)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t *instance = instance_of_wat(
      store,
      "(module (import \"\" \"swap\" (func $swap (param i32 f64) (result f64 i32)))"
      "  (func (export \"run\") (param i32 f64) (result f64 i32)"
      "    (call $swap (local.get 0) (local.get 1))))",
      &imports);
  wasm_func_t *run = func_of(instance, "run");
  arguments[0].of.i32 = -8;
  CHECK(wasm_func_call(run, &args, &results) == NULL);
  printf("swapped: %g %d\n", answers[0].of.f64, answers[1].of.i32);
  wasm_func_delete(run);
  wasm_instance_delete(instance);
  wasm_func_delete(func);

  /* Wrong numbers and types of arguments are traps. */
  func = NULL;
  type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  func = wasm_func_new_with_env(store, type, down, &env, NULL);
  wasm_functype_delete(type);
  externs[0] = wasm_func_as_extern(func);
  instance = instance_of_wat(store,
                             "(module (import \"\" \"down\" (func $down (param i32) (result i32)))"
                             "  (memory (export \"memory\") 1)"
                             "  (func (export \"run\") (param i32) (result i32)"
                             "    (call $down (local.get 0))))",
                             &imports);
  run = func_of(instance, "run");
  env.again = run;
  printf("depth: %d\n", call_i32(run, 1, (int32_t[]){20}));
  wasm_extern_t *memory = waxwing_instance_export(instance, "memory");
  const byte_t *bytes = wasm_memory_data(wasm_extern_as_memory(memory));
  for (int i = 0; i <= 20; i++) CHECK(bytes[i] == 1);
  wasm_extern_delete(memory);
  CHECK(waxwing_caller_export(store, "memory") == NULL);
  print_failure("outside of a call");
  print_trap("too many arguments", wasm_func_call(run, &args, &results));
  args.size = results.size = 1;
  arguments[0] = (wasm_val_t)WASM_F64_VAL(1);
  print_trap("an argument of another type", wasm_func_call(run, &args, &results));
  arguments[0] = (wasm_val_t)WASM_REF_VAL(NULL);
  print_trap("a reference for a number", wasm_func_call(run, &args, &results));
  arguments[0].kind = 99;
  print_trap("an unknown kind", wasm_func_call(run, &args, &results));
  print_trap("no arguments", wasm_func_call(run, NULL, &results));
  arguments[0] = (wasm_val_t)WASM_I32_VAL(0);
  print_trap("no room for results", wasm_func_call(run, &args, NULL));
  print_trap("no function", wasm_func_call(NULL, &args, &results));
  print_trap("an instance for a function",
             wasm_func_call((wasm_func_t *)instance, &args, &results));
  wasm_func_delete(run);
  wasm_func_delete(func);
  wasm_instance_delete(instance);

  through_guest(store, "wrong kind", wrong_kind);
  through_guest(store, "unknown kind", unknown_kind);
  through_guest(store, "own vector", own_vector);
  through_guest(store, "too few", too_few);

  /* No code; the environment is finalized at once. */
  type = wasm_functype_new_0_0();
  CHECK(wasm_func_new(store, type, NULL) == NULL);
  print_failure("no code");
  CHECK(wasm_func_new(store, NULL, wrong_kind) == NULL);
  CHECK(wasm_func_new(NULL, type, wrong_kind) == NULL);
  CHECK(env.finalized == 0);
  CHECK(wasm_func_new_with_env(NULL, type, swap, &env, finalize) == NULL);
  CHECK(env.finalized == 1);
  wasm_functype_delete(type);

  printf("calls: %d\n", env.calls);
  wasm_store_delete(store);
  printf("finalized: %d\n", env.finalized);
  wasm_engine_delete(engine);
  return 0;
}
