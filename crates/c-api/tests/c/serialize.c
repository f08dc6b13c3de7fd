/* Compiled modules as bytes: those of this process, and those from elsewhere. */
#include "check.h"

static const char GUEST[] = "(module (func (export \"run\") (result i32) (i32.const 17)))";

static void run(wasm_store_t *store, const char *what, wasm_module_t *module) {
  CHECK(module != NULL);
  wasm_instance_t *instance = wasm_instance_new(store, module, NULL, NULL);
  wasm_func_t *func = func_of(instance, "run");
  printf("%s: %d\n", what, call_i32(func, 0, NULL));
  wasm_func_delete(func);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
}

static void write_file(const char *path, const wasm_byte_vec_t *bytes) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(bytes->data, 1, bytes->size, file) == bytes->size);
  CHECK(fclose(file) == 0);
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine);
  wasm_module_t *module = module_of_wat(store, GUEST);
  wasm_byte_vec_t artifact, binary;
  wasm_module_serialize(module, &artifact);
  CHECK(artifact.size > 0);
  run(store, "compiled", module);
  run(store, "of this process", wasm_module_deserialize(store, &artifact));

  CHECK(waxwing_wasm_from_wat(GUEST, strlen(GUEST), &binary));
  CHECK(wasm_module_validate(store, &binary));
  wasm_byte_vec_t ahead;
  CHECK(waxwing_engine_precompile(engine, &binary, &ahead));
  run(store, "precompiled", wasm_module_deserialize(store, &ahead));

  /* One bit is another, and it is from elsewhere. */
  ahead.data[ahead.size / 2] ^= 1;
  CHECK(wasm_module_deserialize(store, &ahead) == NULL);
  print_failure("changed");
  CHECK(wasm_module_deserialize(store, &binary) == NULL);
  print_failure("no artifact");
  CHECK(wasm_module_deserialize(store, NULL) == NULL);
  print_failure("nothing");
  CHECK(wasm_module_deserialize(NULL, &artifact) == NULL);

  /* An engine that trusts artifacts checks what can be checked. */
  wasm_config_t *config = wasm_config_new();
  CHECK(waxwing_config_trust_artifacts_set(config, true));
  wasm_engine_t *trusting = wasm_engine_new_with_config(config);
  wasm_store_t *other = wasm_store_new(trusting);
  run(other, "trusted", wasm_module_deserialize(other, &artifact));
  artifact.data[0] ^= 1;
  CHECK(wasm_module_deserialize(other, &artifact) == NULL);
  print_failure("trusted, but no artifact");
  artifact.data[0] ^= 1;

  /* From files. */
  write_file("guest.wat", &(wasm_byte_vec_t){strlen(GUEST), (byte_t *)GUEST});
  write_file("guest.waxwing", &artifact);
  run(store, "from text", waxwing_module_from_file(store, "guest.wat"));
  run(store, "from a file", waxwing_module_from_trusted_file(store, "guest.waxwing"));
  CHECK(waxwing_module_from_trusted_file(store, "guest.wat") == NULL);
  print_failure("text as an artifact");
  CHECK(waxwing_module_from_file(store, "guest.waxwing") == NULL);
  print_failure("an artifact as a module");
  CHECK(waxwing_module_from_file(store, "no such file") == NULL);
  print_failure("no file");
  CHECK(waxwing_module_from_file(store, NULL) == NULL);
  wasm_byte_vec_delete(&ahead);
  wasm_byte_vec_delete(&binary);
  wasm_byte_vec_delete(&artifact);

  /* Where another plan of memories is asked for, code that trusts a guard is refused. */
  module = module_of_wat(store, "(module (memory 1))");
  wasm_module_serialize(module, &artifact);
  config = wasm_config_new();
  CHECK(waxwing_config_memory_plan_set(config, WAXWING_MEMORY_CHECKED));
  wasm_engine_t *checked = wasm_engine_new_with_config(config);
  wasm_store_t *third = wasm_store_new(checked);
  CHECK(wasm_module_deserialize(third, &artifact) == NULL);
  print_failure("for another plan");
  wasm_trap_t *trap;
  CHECK(wasm_instance_new(third, module, NULL, &trap) == NULL);
  print_trap("in a store of another plan", trap);
  wasm_byte_vec_delete(&artifact);
  wasm_module_delete(module);

  wasm_store_delete(third);
  wasm_store_delete(other);
  wasm_store_delete(store);
  wasm_engine_delete(checked);
  wasm_engine_delete(trusting);
  wasm_engine_delete(engine);
  return 0;
}
