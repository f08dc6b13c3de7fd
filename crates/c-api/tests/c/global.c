/* Globals of the host's and of guests', shared between them. */
#include "check.h"

static wasm_global_t *make(wasm_store_t *store, wasm_valtype_t *content, wasm_mutability_t how,
                           wasm_val_t value) {
  wasm_globaltype_t *type = wasm_globaltype_new(content, how);
  wasm_global_t *global = wasm_global_new(store, type, &value);
  wasm_globaltype_delete(type);
  return global;
}

static double number(const wasm_global_t *global) {
  wasm_val_t value;
  wasm_global_get(global, &value);
  switch (value.kind) {
    case WASM_I32: return value.of.i32;
    case WASM_I64: return (double)value.of.i64;
    case WASM_F32: return value.of.f32;
    case WASM_F64: return value.of.f64;
    default: CHECK(false);
  }
  return 0;
}

static wasm_global_t *global_of(const wasm_instance_t *instance, const char *name) {
  wasm_extern_t *external = waxwing_instance_export(instance, name);
  CHECK(wasm_extern_as_global(external) != NULL);
  return wasm_extern_as_global(external);
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine);
  wasm_global_t *fixed = make(store, wasm_valtype_new_f32(), WASM_CONST,
                              (wasm_val_t)WASM_F32_VAL(1.5f));
  wasm_global_t *moving = make(store, wasm_valtype_new_i64(), WASM_VAR,
                               (wasm_val_t)WASM_I64_VAL(INT64_MIN));
  CHECK(fixed != NULL && moving != NULL);
  wasm_globaltype_t *type = wasm_global_type(moving);
  CHECK(wasm_globaltype_mutability(type) == WASM_VAR);
  CHECK(wasm_valtype_kind(wasm_globaltype_content(type)) == WASM_I64);
  wasm_globaltype_delete(type);

  wasm_extern_t *externs[] = {wasm_global_as_extern(fixed), wasm_global_as_extern(moving)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_instance_t *instance = instance_of_wat(
      store,
      "(module"
      "  (import \"\" \"fixed\" (global $fixed f32)) (import \"\" \"moving\" (global $moving (mut i64)))"
      "  (global $own (export \"own\") (mut f64) (f64.const 0.25))"
      "  (global (export \"null\") (mut funcref) (ref.null func))"
      "  (global (export \"func\") funcref (ref.func $set))"
      "  (global (export \"vector\") v128 (v128.const i64x2 1 2))"
      "  (export \"again\" (global $moving))"
      "  (func $set (export \"set\")"
      "    (global.set $moving (i64.const 77))"
      "    (global.set $own (f64.promote_f32 (global.get $fixed)))))",
      &imports);
  wasm_global_t *own = global_of(instance, "own");
  wasm_global_t *again = global_of(instance, "again");
  CHECK(wasm_global_same(again, moving) && !wasm_global_same(again, own));
  printf("before: %g %g %g\n", number(fixed), number(moving), number(own));
  wasm_func_t *set = func_of(instance, "set");
  call_i32(set, 0, NULL);
  printf("set by the guest: %g %g %g\n", number(fixed), number(moving), number(own));
  wasm_global_set(again, &(wasm_val_t)WASM_I64_VAL(-3));
  wasm_global_set(own, &(wasm_val_t)WASM_F64_VAL(8.5));
  printf("set by the host: %g %g\n", number(moving), number(own));

  /* References. */
  wasm_global_t *null = global_of(instance, "null"), *func = global_of(instance, "func");
  wasm_val_t value, other;
  wasm_global_get(null, &value);
  CHECK(value.kind == WASM_FUNCREF && value.of.ref == NULL);
  wasm_global_get(func, &value);
  CHECK(value.kind == WASM_FUNCREF && wasm_func_same(wasm_ref_as_func(value.of.ref), set));
  wasm_val_copy(&other, &value);
  CHECK(other.of.ref != value.of.ref && wasm_ref_same(other.of.ref, value.of.ref));
  wasm_global_set(null, &value);
  wasm_val_delete(&value);
  CHECK(value.of.ref == NULL);
  wasm_global_get(null, &value);
  CHECK(wasm_ref_same(other.of.ref, value.of.ref));
  wasm_val_delete(&value);
  wasm_val_delete(&other);

  /* What does not fit has no effect. */
  wasm_global_set(fixed, &(wasm_val_t)WASM_F32_VAL(2));
  print_failure("a constant");
  wasm_global_set(moving, &(wasm_val_t)WASM_I32_VAL(2));
  print_failure("another type");
  wasm_global_set(moving, NULL);
  print_failure("no value");
  wasm_global_set((wasm_global_t *)set, &(wasm_val_t)WASM_I32_VAL(2));
  print_failure("a function");
  CHECK(number(fixed) == 1.5 && number(moving) == -3);
  CHECK(make(store, wasm_valtype_new_i32(), WASM_VAR, (wasm_val_t)WASM_I64_VAL(0)) == NULL);
  print_failure("made of another type");
  wasm_global_t *vector = global_of(instance, "vector");
  wasm_global_get(vector, &value);
  print_failure("a vector");
  wasm_val_delete(&value);

  wasm_global_delete(vector);
  wasm_global_delete(null);
  wasm_global_delete(func);
  wasm_global_delete(own);
  wasm_global_delete(again);
  wasm_global_delete(fixed);
  wasm_global_delete(moving);
  wasm_func_delete(set);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
