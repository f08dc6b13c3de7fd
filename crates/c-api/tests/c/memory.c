/* Memories: read and written from both sides, grown, shared. */
#include "check.h"

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine);
  wasm_instance_t *instance = instance_of_wat(
      store,
      "(module"
      "  (memory (export \"memory\") 2 3)"
      "  (data (i32.const 0x1000) \"\\01\\02\\03\\04\")"
      "  (func (export \"size\") (result i32) (memory.size))"
      "  (func (export \"load\") (param i32) (result i32) (i32.load8_s (local.get 0)))"
      "  (func (export \"store\") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))",
      NULL);
  wasm_extern_t *external = waxwing_instance_export(instance, "memory");
  wasm_memory_t *memory = wasm_extern_as_memory(external);
  wasm_func_t *size = func_of(instance, "size"), *load = func_of(instance, "load"),
              *store_func = func_of(instance, "store");
  wasm_memorytype_t *type = wasm_memory_type(memory);
  CHECK(wasm_memorytype_limits(type)->min == 2 && wasm_memorytype_limits(type)->max == 3);
  wasm_memorytype_delete(type);

  CHECK(wasm_memory_size(memory) == 2);
  CHECK(wasm_memory_data_size(memory) == 2 * MEMORY_PAGE_SIZE);
  byte_t *data = wasm_memory_data(memory);
  CHECK(data[0] == 0 && data[0x1000] == 1 && data[0x1003] == 4);
  data[0x1003] = 5;
  printf("loaded: %d\n", call_i32(load, 1, (int32_t[]){0x1003}));
  call_i32(store_func, 2, (int32_t[]){0x1002, 6});
  CHECK(data[0x1002] == 6);
  wasm_val_t outside[] = {WASM_I32_VAL(0x20000)}, answer[] = {WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_ARRAY_VEC(outside), results = WASM_ARRAY_VEC(answer);
  print_trap("load", wasm_func_call(load, &args, &results));

  CHECK(wasm_memory_grow(memory, 1));
  CHECK(wasm_memory_size(memory) == 3 && call_i32(size, 0, NULL) == 3);
  data = wasm_memory_data(memory);
  data[0x20000] = 9;
  printf("loaded: %d\n", call_i32(load, 1, (int32_t[]){0x20000}));
  CHECK(!wasm_memory_grow(memory, 1));
  print_failure("beyond the maximum");
  CHECK(wasm_memory_grow(memory, 0));
  CHECK(wasm_memory_data((wasm_memory_t *)load) == NULL);
  print_failure("no memory");

  /* One of the host's own, used by a guest. */
  wasm_limits_t limits = {1, 1};
  type = wasm_memorytype_new(&limits);
  wasm_memory_t *own = wasm_memory_new(store, type);
  wasm_memorytype_delete(type);
  CHECK(own != NULL);
  wasm_memory_data(own)[65535] = 33;
  wasm_extern_t *externs[] = {wasm_memory_as_extern(own)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t *user = instance_of_wat(
      store,
      "(module (import \"\" \"memory\" (memory 1 1))"
      "  (func (export \"load\") (param i32) (result i32) (i32.load8_u (local.get 0))))",
      &imports);
  wasm_func_t *use = func_of(user, "load");
  printf("own: %d\n", call_i32(use, 1, (int32_t[]){65535}));
  wasm_func_delete(use);
  wasm_instance_delete(user);
  wasm_memory_delete(own);
  limits.min = 70000;
  limits.max = wasm_limits_max_default;
  type = wasm_memorytype_new(&limits);
  CHECK(wasm_memory_new(store, type) == NULL);
  print_failure("a huge memory");
  wasm_memorytype_delete(type);

  /* One that is shared, of a guest's. */
  user = instance_of_wat(store,
                         "(module (memory (export \"memory\") 1 4 shared)"
                         "  (func (export \"add\")"
                         "    (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 5)))))",
                         NULL);
  wasm_extern_t *shared = waxwing_instance_export(user, "memory");
  wasm_func_t *add = func_of(user, "add");
  call_i32(add, 0, NULL);
  CHECK(wasm_memory_data_size(wasm_extern_as_memory(shared)) == MEMORY_PAGE_SIZE);
  printf("shared: %d\n", wasm_memory_data(wasm_extern_as_memory(shared))[8]);
  wasm_func_delete(add);
  wasm_extern_delete(shared);
  wasm_instance_delete(user);

  wasm_func_delete(size);
  wasm_func_delete(load);
  wasm_func_delete(store_func);
  wasm_extern_delete(external);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
