/* Tables of functions: read, written, grown, called through. */
#include "check.h"

static wasm_trap_t *negate(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  results->data[0].kind = WASM_I32;
  results->data[0].of.i32 = -args->data[0].of.i32;
  return NULL;
}

/* Calls an entry; prints the result or the trap. */
static void through(const wasm_func_t *call, int32_t value, int32_t index) {
  wasm_val_t arguments[] = {WASM_I32_VAL(value), WASM_I32_VAL(index)};
  wasm_val_t answers[] = {WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_ARRAY_VEC(arguments), results = WASM_ARRAY_VEC(answers);
  wasm_trap_t *trap = wasm_func_call(call, &args, &results);
  printf("entry %d: ", index);
  if (trap != NULL) {
    print_trap("trap", trap);
  } else {
    printf("%d\n", answers[0].of.i32);
  }
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine);
  wasm_instance_t *instance = instance_of_wat(
      store,
      "(module"
      "  (type $unary (func (param i32) (result i32)))"
      "  (table (export \"table\") 2 4 funcref)"
      "  (elem (i32.const 1) func $double)"
      "  (func $double (export \"double\") (type $unary) (i32.shl (local.get 0) (i32.const 1)))"
      "  (func (export \"call\") (param i32 i32) (result i32)"
      "    (call_indirect (type $unary) (local.get 0) (local.get 1))))",
      NULL);
  wasm_extern_t *external = waxwing_instance_export(instance, "table");
  wasm_table_t *table = wasm_extern_as_table(external);
  wasm_func_t *call = func_of(instance, "call"), *twice = func_of(instance, "double");
  CHECK(table != NULL && wasm_table_size(table) == 2);
  wasm_tabletype_t *type = wasm_table_type(table);
  CHECK(wasm_tabletype_limits(type)->max == 4);
  wasm_tabletype_delete(type);

  CHECK(wasm_table_get(table, 0) == NULL);
  wasm_ref_t *entry = wasm_table_get(table, 1);
  CHECK(entry != NULL && wasm_func_same(wasm_ref_as_func(entry), twice));
  through(call, 21, 0);
  through(call, 21, 1);
  through(call, 21, 2);

  /* The host's own function, and null again. */
  wasm_functype_t *unary = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_func_t *func = wasm_func_new(store, unary, negate);
  wasm_functype_delete(unary);
  CHECK(wasm_table_set(table, 0, wasm_func_as_ref(func)));
  CHECK(wasm_table_set(table, 1, NULL));
  wasm_ref_t *back = wasm_table_get(table, 0);
  CHECK(wasm_func_same(wasm_ref_as_func(back), func));
  wasm_ref_delete(back);
  through(call, 21, 0);
  through(call, 21, 1);
  CHECK(wasm_table_grow(table, 2, entry));
  CHECK(wasm_table_size(table) == 4);
  through(call, 4, 3);

  CHECK(!wasm_table_grow(table, 1, NULL));
  print_failure("beyond the maximum");
  CHECK(!wasm_table_set(table, 4, NULL));
  print_failure("outside");
  CHECK(wasm_table_get(table, 4) == NULL);
  print_failure("outside as well");
  wasm_foreign_t *foreign = wasm_foreign_new(store);
  CHECK(!wasm_table_set(table, 0, wasm_foreign_as_ref(foreign)));
  print_failure("no function");
  wasm_foreign_delete(foreign);
  CHECK(wasm_table_size((wasm_table_t *)call) == 0);
  print_failure("no table");

  /* A table of the host's own, imported. */
  wasm_limits_t limits = {1, wasm_limits_max_default};
  type = wasm_tabletype_new(wasm_valtype_new_funcref(), &limits);
  wasm_table_t *own = wasm_table_new(store, type, wasm_func_as_ref(func));
  CHECK(own != NULL && wasm_table_size(own) == 1);
  wasm_extern_t *externs[] = {wasm_table_as_extern(own)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t *user = instance_of_wat(
      store,
      "(module (import \"\" \"table\" (table 1 funcref))"
      "  (func (export \"call\") (param i32) (result i32)"
      "    (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0))))",
      &imports);
  wasm_func_t *use = func_of(user, "call");
  printf("own: %d\n", call_i32(use, 1, (int32_t[]){6}));
  limits.min = UINT32_MAX;
  wasm_tabletype_t *huge = wasm_tabletype_new(wasm_valtype_new_externref(), &limits);
  CHECK(wasm_table_new(store, huge, NULL) == NULL);
  print_failure("a huge table");
  wasm_tabletype_delete(huge);
  wasm_tabletype_delete(type);
  wasm_func_delete(use);
  wasm_instance_delete(user);
  wasm_table_delete(own);

  wasm_ref_delete(entry);
  wasm_func_delete(func);
  wasm_func_delete(twice);
  wasm_func_delete(call);
  wasm_extern_delete(external);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
