/* Engines of every configuration run the same guest. */
#include "check.h"
#include <sys/stat.h>

static void run(const char *what, wasm_config_t *config, const char *text) {
  wasm_engine_t *engine = wasm_engine_new_with_config(config);
  CHECK(engine != NULL);
  wasm_store_t *store = wasm_store_new(engine);
  wasm_byte_vec_t binary;
  CHECK(waxwing_wasm_from_wat(text, strlen(text), &binary));
  wasm_module_t *module = wasm_module_new(store, &binary);
  wasm_byte_vec_delete(&binary);
  if (module == NULL) {
    print_failure(what);
  } else {
    wasm_instance_t *instance = wasm_instance_new(store, module, NULL, NULL);
    wasm_func_t *func = func_of(instance, "run");
    printf("%s: %d\n", what, call_i32(func, 0, NULL));
    wasm_func_delete(func);
    wasm_instance_delete(instance);
    wasm_module_delete(module);
  }
  wasm_store_delete(store);
  wasm_engine_delete(engine);
}

int main(void) {
  static const char GUEST[] =
      "(module (memory 1) (func (export \"run\") (result i32)"
      "  (i32.store (i32.const 8) (i32.const 40)) (i32.add (i32.load (i32.const 8)) (i32.const 2))))";
  static const char TAIL[] =
      "(module (func $seven (result i32) (i32.const 7))"
      "  (func (export \"run\") (result i32) (return_call $seven)))";
  const char *version = waxwing_version();
  CHECK(version != NULL && strchr(version, '.') != NULL);

  run("default", wasm_config_new(), GUEST);
  wasm_config_t *config = wasm_config_new();
  CHECK(waxwing_config_tier_set(config, WAXWING_TIER_INSTANT));
  run("instant", config, GUEST);
  config = wasm_config_new();
  CHECK(waxwing_config_tier_set(config, WAXWING_TIER_FAST));
  CHECK(waxwing_config_optimise_set(config, false) && waxwing_config_debug_info_set(config, false));
  CHECK(waxwing_config_memory_plan_set(config, WAXWING_MEMORY_CHECKED));
  CHECK(waxwing_config_stack_size_set(config, 64 << 10));
  run("changed", config, GUEST);
  config = wasm_config_new();
  CHECK(waxwing_config_memory_plan_set(config, WAXWING_MEMORY_RESERVED));
  CHECK(waxwing_config_feature_set(config, "tail-call", false));
  run("without tail calls", config, TAIL);
  config = wasm_config_new();
  CHECK(waxwing_config_feature_set(config, "all", false));
  CHECK(waxwing_config_feature_set(config, "tail-call", true));
  run("with tail calls alone", config, TAIL);

  /* Kept between engines. */
  CHECK(mkdir("cache", 0700) == 0);
  for (int i = 0; i < 2; i++) {
    config = wasm_config_new();
    CHECK(waxwing_config_cache_set(config, "cache"));
    run("cached", config, GUEST);
  }
  CHECK(mkdir("open", 0700) == 0 && chmod("open", 0777) == 0);
  config = wasm_config_new();
  CHECK(!waxwing_config_cache_set(config, "open"));
  print_failure("a cache for everybody");
  /* The default directory is there or not; this only must not fail without saying why. */
  if (!waxwing_config_cache_set(config, NULL)) {
    wasm_message_t why;
    CHECK(waxwing_last_error(&why));
    wasm_byte_vec_delete(&why);
  }

  CHECK(!waxwing_config_tier_set(config, 9));
  print_failure("a tier that is none");
  CHECK(!waxwing_config_memory_plan_set(config, 9));
  print_failure("a plan that is none");
  CHECK(!waxwing_config_stack_size_set(config, 100));
  print_failure("a small stack");
  CHECK(!waxwing_config_feature_set(config, "teleportation", true));
  wasm_message_t why;
  CHECK(waxwing_last_error(&why) && strstr(why.data, "tail-call") != NULL);
  wasm_byte_vec_delete(&why);
  CHECK(!waxwing_last_error(&why));
  CHECK(!waxwing_config_trust_artifacts_set(NULL, true));
  print_failure("no configuration");
  wasm_config_delete(config);
  CHECK(wasm_engine_new_with_config(NULL) == NULL);
  print_failure("an engine of nothing");
  CHECK(wasm_store_new(NULL) == NULL);
  print_failure("a store of nothing");
  return 0;
}
