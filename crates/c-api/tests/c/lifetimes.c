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

static wasm_func_t *odd, *even;
static int depth, deepest;

/* Even and odd, each in a store of its own, call each other through the host. */
static wasm_trap_t *other(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  wasm_func_t **next = env;
  if (++depth > deepest) deepest = depth;
  wasm_trap_t *trap = wasm_func_call(*next, args, results);
  depth--;
  return trap;
}

static wasm_func_t *half(wasm_store_t *store, wasm_func_t **next, int32_t at_zero) {
  char text[400];
  snprintf(text, sizeof(text),
           "(module (import \"\" \"next\" (func $next (param i32) (result i32)))"
           "  (tag $tag) (func (export \"run\") (param i32) (result i32)"
           "    (if (result i32) (i32.eqz (local.get 0))"
           "      (then (i32.const %d))"
           "      (else (if (i32.lt_s (local.get 0) (i32.const 0)) (then (throw $tag)))"
           "        (call $next (i32.sub (local.get 0) (i32.const 1)))))))",
           at_zero);
  wasm_functype_t *type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_func_t *func = wasm_func_new_with_env(store, type, other, next, NULL);
  wasm_functype_delete(type);
  wasm_extern_t *externs[] = {wasm_func_as_extern(func)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t *made = instance_of_wat(store, text, &imports);
  wasm_func_t *exported = func_of(made, "run");
  wasm_func_delete(func);
  wasm_instance_delete(made);
  return exported;
}

static void two_stores(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *first = wasm_store_new(engine), *second = wasm_store_new(engine);
  even = half(first, &odd, 1);
  odd = half(second, &even, 0);
  printf("even: %d %d\n", call_i32(even, 1, (int32_t[]){20}), call_i32(even, 1, (int32_t[]){7}));
  printf("deepest: %d\n", deepest);
  /* An exception is one store's: through another it passes as a trap, and is the same at its end. */
  wasm_func_t *thrower = wasm_func_copy(odd);
  wasm_functype_t *type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_func_t *func = wasm_func_new_with_env(first, type, other, &thrower, NULL);
  wasm_functype_delete(type);
  wasm_extern_t *externs[] = {wasm_func_as_extern(func)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t *outer = instance_of_wat(
      first, "(module (import \"\" \"f\" (func $f (param i32) (result i32)))"
             "  (func (export \"run\") (result i32)"
             "    (block $caught (try_table (catch_all $caught)"
             "      (return (call $f (i32.const -1))))) (i32.const 99)))",
      &imports);
  wasm_func_t *outermost = func_of(outer, "run");
  wasm_val_t answer[] = {WASM_INIT_VAL};
  wasm_val_vec_t results = WASM_ARRAY_VEC(answer);
  print_trap("through another store", wasm_func_call(outermost, NULL, &results));
  wasm_func_delete(outermost);
  wasm_func_delete(thrower);
  wasm_func_delete(func);
  wasm_instance_delete(outer);
  wasm_func_delete(even);
  wasm_func_delete(odd);
  wasm_store_delete(first);
  wasm_store_delete(second);
  wasm_engine_delete(engine);
}

int main(void) {
  two_stores();
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
