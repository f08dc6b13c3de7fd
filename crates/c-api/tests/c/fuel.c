/* Metered guests: how much they use, and how they end. */
#include "check.h"

static const char COUNT[] =
    "(module (import \"\" \"more\" (func $more))"
    "  (func (export \"count\") (param i32)"
    "    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))"
    "  (func (export \"ask\") (call $more) (loop (br 0))))";

static wasm_store_t *store;

/* Host functions can give more. */
static wasm_trap_t *more(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  (void)results;
  CHECK(waxwing_store_fuel_add(store, 5000));
  return NULL;
}

static wasm_instance_t *instance_of(wasm_store_t *in) {
  wasm_functype_t *type = wasm_functype_new_0_0();
  wasm_func_t *func = wasm_func_new(in, type, more);
  wasm_functype_delete(type);
  wasm_extern_t *externs[] = {wasm_func_as_extern(func)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t *instance = instance_of_wat(in, COUNT, &imports);
  wasm_func_delete(func);
  return instance;
}

static void run(wasm_config_t *config) {
  wasm_engine_t *engine = wasm_engine_new_with_config(config);
  CHECK(engine != NULL);
  store = wasm_store_new(engine);
  wasm_instance_t *instance = instance_of(store);
  wasm_func_t *count = func_of(instance, "count"), *ask = func_of(instance, "ask");
  uint64_t left, consumed;
  CHECK(waxwing_store_fuel_set(store, 1000));
  call_i32(count, 1, (int32_t[]){100});
  CHECK(waxwing_store_fuel(store, &left) && waxwing_store_fuel_consumed(store, &consumed));
  printf("left %llu, consumed %llu\n", (unsigned long long)left, (unsigned long long)consumed);
  CHECK(left + consumed == 1000);
  wasm_trap_t *trap = wasm_func_call(ask, NULL, NULL);
  CHECK(waxwing_trap_code(trap) == WAXWING_TRAP_OUT_OF_FUEL);
  print_trap("ask", trap);
  CHECK(waxwing_store_fuel(store, &left) && left == 0);
  CHECK(waxwing_store_fuel_consumed(store, &consumed) && consumed >= 6000);
  wasm_func_delete(count);
  wasm_func_delete(ask);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
}

int main(void) {
  wasm_config_t *config = wasm_config_new();
  CHECK(waxwing_config_fuel_set(config, true));
  run(config);
  config = wasm_config_new();
  CHECK(waxwing_config_fuel_cost_set(config, "others", 0));
  CHECK(waxwing_config_fuel_cost_set(config, "br", 1));
  CHECK(waxwing_config_fuel_cost_set(config, "i32.sub", 3));
  run(config);

  config = wasm_config_new();
  CHECK(waxwing_config_fuel_cost_set(config, "i32.guess", 1));
  CHECK(wasm_engine_new_with_config(config) == NULL);
  print_failure("an operator that is none");
  CHECK(!waxwing_config_fuel_set(NULL, true) && !waxwing_config_fuel_cost_set(NULL, "br", 1));
  print_failure("no configuration");

  /* Turned off again: nothing is metered. */
  config = wasm_config_new();
  CHECK(waxwing_config_fuel_set(config, true) && waxwing_config_fuel_set(config, false));
  wasm_engine_t *engine = wasm_engine_new_with_config(config);
  store = wasm_store_new(engine);
  CHECK(!waxwing_store_fuel_set(store, 1));
  print_failure("not metered");
  uint64_t none;
  CHECK(!waxwing_store_fuel_add(store, 1) && !waxwing_store_fuel(store, &none));
  CHECK(!waxwing_store_fuel_consumed(store, &none));
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
