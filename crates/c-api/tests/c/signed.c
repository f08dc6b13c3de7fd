/* Signed artifacts: what is refused, and what is not. The test has put the files here. */
#include "check.h"

static char *read_file(const char *path) {
  static char text[1024];
  FILE *file = fopen(path, "rb");
  CHECK(file != NULL);
  size_t size = fread(text, 1, sizeof text - 1, file);
  CHECK(size > 0 && size < sizeof text - 1 && fclose(file) == 0);
  text[size] = '\0';
  return text;
}

/* A store of an engine that trusts the keys in these files; null for none. */
static wasm_store_t *store_with(const char *first, const char *second) {
  wasm_config_t *config = wasm_config_new();
  if (first != NULL) CHECK(waxwing_config_trusted_key_add(config, read_file(first)));
  if (second != NULL) CHECK(waxwing_config_trusted_key_add(config, read_file(second)));
  wasm_engine_t *engine = wasm_engine_new_with_config(config);
  wasm_store_t *store = wasm_store_new(engine);
  wasm_engine_delete(engine);
  return store;
}

static void refused(const char *what, wasm_store_t *store, const char *path,
                    const char *signature) {
  CHECK(waxwing_module_load_signed(store, path, signature) == NULL);
  print_failure(what);
}

static void run(const char *what, wasm_store_t *store, wasm_module_t *module) {
  CHECK(module != NULL);
  wasm_instance_t *instance = wasm_instance_new(store, module, NULL, NULL);
  wasm_func_t *func = func_of(instance, "run");
  printf("%s: %d\n", what, call_i32(func, 0, NULL));
  wasm_func_delete(func);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
}

int main(void) {
  wasm_store_t *store = store_with("vendor.pub", NULL);
  refused("changed", store, "changed.waxwing", "guest.waxwing.minisig");
  refused("one byte short", store, "short.waxwing", "guest.waxwing.minisig");
  refused("no signature", store, "unsigned.waxwing", NULL);
  refused("by another key", store, "guest.waxwing", "by-other.minisig");
  refused("of another file", store, "guest.waxwing", "guest.wat.minisig");
  refused("garbage", store, "guest.waxwing", "garbage.minisig");
  refused("an artifact as its signature", store, "guest.waxwing", "guest.waxwing");
  refused("signed, but no artifact", store, "guest.wat", NULL);
  refused("signed, but for another plan", store, "plan.waxwing", NULL);
  refused("no file", store, "missing.waxwing", "guest.waxwing.minisig");
  refused("no path", store, NULL, NULL);
  refused("not UTF-8", store, "guest.waxwing", "\xff");
  refused("no store", NULL, "guest.waxwing", NULL);

  wasm_store_t *without = store_with(NULL, NULL);
  refused("without a key", without, "guest.waxwing", NULL);
  wasm_store_delete(without);
  wasm_store_t *other = store_with("other.pub", NULL);
  refused("with another key", other, "guest.waxwing", NULL);
  run("by the other key", other, waxwing_module_load_signed(other, "guest.waxwing", "by-other.minisig"));
  wasm_store_delete(other);

  wasm_config_t *config = wasm_config_new();
  CHECK(!waxwing_config_trusted_key_add(config, "vendor.pub"));
  print_failure("a path as a key");
  CHECK(!waxwing_config_trusted_key_add(config, ""));
  print_failure("an empty key");
  CHECK(!waxwing_config_trusted_key_add(config, NULL));
  print_failure("no key");
  char *key = strchr(read_file("vendor.pub"), '\n') + 1;
  CHECK(!waxwing_config_trusted_key_add(NULL, key));
  print_failure("no configuration");
  CHECK(waxwing_config_trusted_key_add(config, key));
  wasm_engine_t *engine = wasm_engine_new_with_config(config);
  wasm_store_t *terse = wasm_store_new(engine);
  run("a key without comment", terse, waxwing_module_load_signed(terse, "guest.waxwing", NULL));
  wasm_store_delete(terse);
  wasm_engine_delete(engine);

  wasm_store_t *both = store_with("other.pub", "vendor.pub");
  run("one of two keys", both, waxwing_module_load_signed(both, "guest.waxwing", NULL));
  wasm_store_delete(both);

  /* What was checked is what runs, whatever becomes of the file. */
  run("elsewhere", store, waxwing_module_load_signed(store, "unsigned.waxwing", "guest.waxwing.minisig"));
  wasm_module_t *module = waxwing_module_load_signed(store, "guest.waxwing", NULL);
  FILE *file = fopen("guest.waxwing", "wb");
  CHECK(file != NULL && fclose(file) == 0);
  run("the file is empty now", store, module);
  wasm_store_delete(store);
  return 0;
}
