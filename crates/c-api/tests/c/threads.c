/* One module on several threads, each with a store of its own; and a store that two want at once. */
#include "check.h"
#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, ROUNDS = 25 };

typedef struct {
  wasm_engine_t *engine;
  const wasm_shared_module_t *shared;
  int number;
  int sum;
} job_t;

static wasm_trap_t *add(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)results;
  ((job_t *)env)->sum += args->data[0].of.i32;
  return NULL;
}

static void *work(void *data) {
  job_t *job = data;
  for (int i = 0; i < ROUNDS; i++) {
    wasm_store_t *store = wasm_store_new(job->engine);
    wasm_module_t *module = wasm_module_obtain(store, job->shared);
    CHECK(module != NULL);
    wasm_functype_t *type = wasm_functype_new_1_0(wasm_valtype_new_i32());
    wasm_func_t *func = wasm_func_new_with_env(store, type, add, job, NULL);
    wasm_functype_delete(type);
    wasm_extern_t *externs[] = {wasm_func_as_extern(func)};
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
    wasm_instance_t *instance = wasm_instance_new(store, module, &imports, NULL);
    wasm_func_t *run = func_of(instance, "run");
    call_i32(run, 1, (int32_t[]){job->number});
    wasm_func_delete(run);
    wasm_func_delete(func);
    wasm_instance_delete(instance);
    wasm_module_delete(module);
    wasm_store_delete(store);
  }
  return NULL;
}

static atomic_int inside, leave;

static wasm_trap_t *wait(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  (void)results;
  atomic_store(&inside, 1);
  while (!atomic_load(&leave)) {}
  return NULL;
}

static void *call_wait(void *func) { return wasm_func_call(func, NULL, NULL); }

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine);
  wasm_module_t *module = module_of_wat(
      store, "(module (import \"\" \"add\" (func $add (param i32)))"
             "  (func (export \"run\") (param i32) (call $add (local.get 0))))");
  wasm_shared_module_t *shared = wasm_module_share(module);
  CHECK(shared != NULL);
  wasm_module_delete(module);
  wasm_store_delete(store);
  pthread_t threads[THREADS];
  job_t jobs[THREADS];
  for (int i = 0; i < THREADS; i++) {
    jobs[i] = (job_t){engine, shared, i + 1, 0};
    CHECK(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
  }
  for (int i = 0; i < THREADS; i++) {
    CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(jobs[i].sum == ROUNDS * (i + 1));
  }
  printf("%d threads, %d instances each\n", THREADS, ROUNDS);
  wasm_shared_module_delete(shared);
  CHECK(wasm_module_share(NULL) == NULL);
  print_failure("nothing to share");

  /* A store that another thread is in, or whose host function another thread runs. */
  store = wasm_store_new(engine);
  CHECK(wasm_module_obtain(store, NULL) == NULL);
  wasm_functype_t *type = wasm_functype_new_0_0();
  wasm_func_t *func = wasm_func_new(store, type, wait);
  wasm_functype_delete(type);
  CHECK(pthread_create(&threads[0], NULL, call_wait, func) == 0);
  while (!atomic_load(&inside)) {}
  print_trap("a call", wasm_func_call(func, NULL, NULL));
  CHECK(!waxwing_store_gc(store));
  print_failure("a collection");
  CHECK(wasm_func_type(func) == NULL);
  print_failure("a question");
  atomic_store(&leave, 1);
  void *trap;
  CHECK(pthread_join(threads[0], &trap) == 0 && trap == NULL);
  CHECK(waxwing_store_gc(store) && wasm_func_call(func, NULL, NULL) == NULL);
  wasm_func_delete(func);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
