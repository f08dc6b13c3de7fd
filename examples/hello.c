/* Waxwing from C in 40 lines: a host function, a guest, and what it returns.
 *
 *     cargo xtask capi install --prefix /usr/local
 *     cc hello.c $(pkg-config --cflags --libs waxwing) && ./a.out
 */
#include <stdio.h>
#include <waxwing.h>

static const char GUEST[] = "(module (import \"host\" \"ask\" (func $ask (result i32)))"
                            "  (func (export \"run\") (result i32)"
                            "    (i32.add (call $ask) (i32.const 2))))";

static wasm_trap_t *ask(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  results->data[0].of.i32 = 40;
  return NULL;
}

static int fail(void) {
  wasm_message_t why;
  if (waxwing_last_error(&why)) fprintf(stderr, "error: %s\n", why.data);
  return 1;
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  if (engine == NULL) return fail();
  wasm_store_t *store = wasm_store_new(engine);
  wasm_byte_vec_t binary;
  if (!waxwing_wasm_from_wat(GUEST, sizeof(GUEST) - 1, &binary)) return fail();
  wasm_module_t *module = wasm_module_new(store, &binary);
  wasm_byte_vec_delete(&binary);
  if (module == NULL) return fail();

  wasm_functype_t *type = wasm_functype_new_0_1(wasm_valtype_new_i32());
  wasm_func_t *host = wasm_func_new(store, type, ask);
  wasm_functype_delete(type);
  wasm_extern_t *externs[] = {wasm_func_as_extern(host)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t *instance = wasm_instance_new(store, module, &imports, NULL);
  if (instance == NULL) return fail();

  wasm_extern_t *run = waxwing_instance_export(instance, "run");
  wasm_val_t answer[] = {WASM_INIT_VAL};
  wasm_val_vec_t results = WASM_ARRAY_VEC(answer);
  if (wasm_func_call(wasm_extern_as_func(run), NULL, &results) != NULL) return fail();
  printf("the guest says %d\n", answer[0].of.i32);

  wasm_extern_delete(run);
  wasm_instance_delete(instance);
  wasm_func_delete(host);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
