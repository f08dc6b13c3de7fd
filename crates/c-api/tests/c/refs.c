/* References of every kind: copies, identity, casts, what the host attaches; values of the host's that
 * travel through guests. */
#include "check.h"

static int finalized;
static void finalize(void *info) {
  CHECK(info != NULL);
  finalized++;
}

/* What all kinds of references have. `other` is a reference of another kind. */
#define BASE(name, make)                                                                           \
  do {                                                                                             \
    int before = finalized, info[2];                                                               \
    wasm_##name##_t *one = (make);                                                                 \
    CHECK(one != NULL);                                                                            \
    wasm_##name##_t *copy = wasm_##name##_copy(one);                                               \
    CHECK(copy != NULL && copy != one && wasm_##name##_same(one, copy));                           \
    CHECK(!wasm_##name##_same(one, NULL) && wasm_##name##_same(NULL, NULL));                       \
    CHECK(wasm_##name##_get_host_info(one) == NULL);                                               \
    wasm_##name##_set_host_info(one, &info[0]);                                                    \
    CHECK(wasm_##name##_get_host_info(copy) == &info[0]);                                          \
    wasm_##name##_set_host_info_with_finalizer(copy, &info[1], finalize);                          \
    CHECK(wasm_##name##_get_host_info(one) == &info[1] && finalized == before);                    \
    /* What is replaced is finalized. */                                                           \
    wasm_##name##_set_host_info(one, &info[0]);                                                    \
    CHECK(finalized == before + 1);                                                                \
    wasm_##name##_delete(one);                                                                     \
    wasm_##name##_delete(copy);                                                                    \
    wasm_##name##_delete(NULL);                                                                    \
    CHECK(wasm_##name##_copy(NULL) == NULL && wasm_##name##_get_host_info(NULL) == NULL);          \
  } while (0)

/* And the casts to and from references of any kind. */
#define KIND(name, make, other)                                                                    \
  do {                                                                                             \
    BASE(name, make);                                                                              \
    wasm_##name##_t *one = (make);                                                                 \
    const wasm_##name##_t *fixed = one;                                                            \
    wasm_ref_t *ref = wasm_##name##_as_ref(one);                                                   \
    const wasm_ref_t *fixed_ref = wasm_##name##_as_ref_const(fixed);                               \
    CHECK(ref == fixed_ref && wasm_ref_as_##name(ref) == one);                                     \
    CHECK(wasm_ref_as_##name##_const(fixed_ref) == fixed);                                         \
    CHECK(wasm_ref_as_##other(ref) == NULL && wasm_ref_as_##other##_const(fixed_ref) == NULL);     \
    CHECK(wasm_##name##_as_ref(NULL) == NULL && wasm_ref_as_##name(NULL) == NULL);                 \
    wasm_ref_delete(ref);                                                                          \
  } while (0)

/* The casts to and from something external. */
#define EXTERNAL(name, make, kind, other)                                                          \
  do {                                                                                             \
    wasm_##name##_t *one = (make);                                                                 \
    const wasm_##name##_t *fixed = one;                                                            \
    wasm_extern_t *external = wasm_##name##_as_extern(one);                                        \
    const wasm_extern_t *fixed_external = wasm_##name##_as_extern_const(fixed);                    \
    CHECK(external == fixed_external && wasm_extern_kind(external) == (kind));                     \
    CHECK(wasm_extern_as_##name(external) == one);                                                 \
    CHECK(wasm_extern_as_##name##_const(fixed_external) == fixed);                                 \
    CHECK(wasm_extern_as_##other(external) == NULL);                                               \
    CHECK(wasm_extern_as_##other##_const(fixed_external) == NULL);                                 \
    wasm_extern_delete(external);                                                                  \
  } while (0)

static wasm_store_t *store;
static wasm_instance_t *instance;

static wasm_extern_t *export_of(const char *name) {
  wasm_extern_t *external = waxwing_instance_export(instance, name);
  CHECK(external != NULL);
  return external;
}

static wasm_trap_t *trap_of(void) { return wasm_trap_new(store, NULL); }
static wasm_module_t *module(void) { return module_of_wat(store, "(module)"); }
static wasm_func_t *func(void) { return wasm_extern_as_func(export_of("identity")); }
static wasm_global_t *global(void) { return wasm_extern_as_global(export_of("global")); }
static wasm_table_t *table(void) { return wasm_extern_as_table(export_of("table")); }
static wasm_memory_t *memory(void) { return wasm_extern_as_memory(export_of("memory")); }
static wasm_instance_t *other_instance(void) {
  return instance_of_wat(store, "(module)", NULL);
}

static wasm_ref_t *seen;

static wasm_trap_t *see(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)results;
  CHECK(args->data[0].kind == WASM_EXTERNREF);
  seen = wasm_ref_copy(args->data[0].of.ref);
  return NULL;
}

/* Sends a reference through a guest's function, global and table; it comes back the same. */
static void through_guest(const char *what, wasm_ref_t *ref) {
  wasm_func_t *identity = func();
  wasm_val_t given[] = {WASM_REF_VAL(ref)}, got[] = {WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_ARRAY_VEC(given), results = WASM_ARRAY_VEC(got);
  wasm_trap_t *trap = wasm_func_call(identity, &args, &results);
  CHECK(trap == NULL && got[0].kind == WASM_EXTERNREF);
  CHECK(wasm_ref_same(got[0].of.ref, ref) && wasm_ref_same(seen, ref));
  wasm_val_delete(&got[0]);
  wasm_ref_delete(seen);
  wasm_global_t *place = global();
  wasm_global_set(place, &given[0]);
  CHECK(waxwing_store_gc(store));
  wasm_global_get(place, &got[0]);
  CHECK(wasm_ref_same(got[0].of.ref, ref));
  wasm_val_delete(&got[0]);
  wasm_table_t *entries = table();
  CHECK(wasm_table_set(entries, 1, ref));
  wasm_ref_t *entry = wasm_table_get(entries, 1);
  CHECK(wasm_ref_same(entry, ref));
  wasm_ref_delete(entry);
  CHECK(wasm_table_set(entries, 1, NULL));
  wasm_global_set(place, &(wasm_val_t)WASM_INIT_VAL);
  wasm_table_delete(entries);
  wasm_global_delete(place);
  wasm_func_delete(identity);
  printf("%s came back\n", what);
}

/* Objects of a guest's can be held, compared and given back. */
static void objects(void) {
  wasm_instance_t *maker = instance_of_wat(
      store,
      "(module (type $pair (struct (field i32)))"
      "  (tag $tag)"
      "  (func (export \"make\") (result anyref) (struct.new $pair (i32.const 5)))"
      "  (func (export \"read\") (param anyref) (result i32)"
      "    (struct.get $pair 0 (ref.cast (ref $pair) (local.get 0))))"
      "  (func (export \"extern\") (param anyref) (result externref)"
      "    (extern.convert_any (local.get 0)))"
      "  (func (export \"exception\") (result exnref)"
      "    (block $caught (result exnref)"
      "      (try_table (catch_all_ref $caught) (throw $tag)) (unreachable))))",
      NULL);
  wasm_func_t *make = func_of(maker, "make"), *read = func_of(maker, "read"),
              *outside = func_of(maker, "extern"), *exception = func_of(maker, "exception");
  wasm_val_t object[] = {WASM_INIT_VAL}, other[] = {WASM_INIT_VAL}, answer[] = {WASM_INIT_VAL};
  wasm_val_vec_t objects = WASM_ARRAY_VEC(object), others = WASM_ARRAY_VEC(other),
                 answers = WASM_ARRAY_VEC(answer);
  CHECK(wasm_func_call(make, NULL, &objects) == NULL && object[0].kind == WAXWING_ANYREF);
  CHECK(wasm_func_call(make, NULL, &others) == NULL);
  CHECK(!wasm_ref_same(object[0].of.ref, other[0].of.ref));
  CHECK(waxwing_store_gc(store));
  CHECK(wasm_func_call(read, &objects, &answers) == NULL);
  printf("read: %d\n", answer[0].of.i32);
  wasm_val_delete(&other[0]);
  CHECK(wasm_func_call(outside, &objects, &others) == NULL && other[0].kind == WASM_EXTERNREF);
  wasm_ref_t *copy = wasm_ref_copy(other[0].of.ref);
  CHECK(wasm_ref_same(copy, other[0].of.ref) && wasm_ref_as_foreign(copy) == NULL);
  wasm_ref_set_host_info(copy, &finalized);
  print_failure("attach to a guest's object");
  wasm_ref_delete(copy);
  wasm_val_delete(&other[0]);
  CHECK(wasm_func_call(exception, NULL, &others) == NULL && other[0].kind == WAXWING_EXNREF);
  print_trap("an exception for an object", wasm_func_call(read, &others, &answers));
  wasm_val_delete(&other[0]);
  wasm_val_delete(&object[0]);
  wasm_func_delete(make);
  wasm_func_delete(read);
  wasm_func_delete(outside);
  wasm_func_delete(exception);
  wasm_instance_delete(maker);
}

static void run(bool stress) {
  wasm_config_t *config = wasm_config_new();
  CHECK(waxwing_config_gc_stress_set(config, stress));
  wasm_engine_t *engine = wasm_engine_new_with_config(config);
  store = wasm_store_new(engine);
  wasm_functype_t *type = wasm_functype_new_1_0(wasm_valtype_new_externref());
  wasm_func_t *host = wasm_func_new(store, type, see);
  wasm_functype_delete(type);
  wasm_extern_t *externs[] = {wasm_func_as_extern(host)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  instance = instance_of_wat(
      store,
      "(module (import \"\" \"see\" (func $see (param externref)))"
      "  (global (export \"global\") (mut externref) (ref.null extern))"
      "  (table (export \"table\") 4 externref) (memory (export \"memory\") 1)"
      "  (export \"see\" (func $see)) (tag (export \"tag\"))"
      "  (func (export \"identity\") (param externref) (result externref)"
      "    (call $see (local.get 0)) (local.get 0)))",
      &imports);

  BASE(ref, wasm_foreign_as_ref(wasm_foreign_new(store)));
  KIND(foreign, wasm_foreign_new(store), trap);
  KIND(trap, trap_of(), foreign);
  KIND(module, module(), instance);
  KIND(instance, other_instance(), module);
  KIND(func, func(), global);
  KIND(global, global(), table);
  KIND(table, table(), memory);
  KIND(memory, memory(), func);
  BASE(extern, export_of("see"));
  wasm_extern_t *see_again = export_of("see"), *tag = export_of("tag");
  wasm_ref_t *up = wasm_extern_as_ref(see_again);
  CHECK(wasm_extern_as_ref_const(see_again) == up && wasm_ref_as_extern(up) == see_again);
  CHECK(wasm_ref_as_extern_const(up) == see_again && wasm_ref_as_extern(wasm_instance_as_ref(instance)) == NULL);
  /* Imported and exported again, a function of the host's is the same. */
  CHECK(wasm_func_same(wasm_extern_as_func(see_again), host));
  CHECK(wasm_extern_kind(tag) == WASM_EXTERN_TAG && wasm_extern_as_func(tag) == NULL);
  wasm_extern_delete(tag);
  EXTERNAL(func, func(), WASM_EXTERN_FUNC, global);
  EXTERNAL(global, global(), WASM_EXTERN_GLOBAL, table);
  EXTERNAL(table, table(), WASM_EXTERN_TABLE, memory);
  EXTERNAL(memory, memory(), WASM_EXTERN_MEMORY, func);

  /* Vectors of external things. */
  wasm_extern_vec_t empty, zeros, full, copy;
  wasm_extern_vec_new_empty(&empty);
  wasm_extern_vec_new_uninitialized(&zeros, 2);
  CHECK(empty.size == 0 && zeros.data[1] == NULL);
  wasm_extern_t *elements[] = {export_of("see"), export_of("memory")};
  wasm_extern_vec_new(&full, 2, elements);
  wasm_extern_vec_copy(&copy, &full);
  CHECK(copy.data[1] != full.data[1] && wasm_extern_same(copy.data[1], full.data[1]));
  wasm_extern_vec_delete(&copy);
  wasm_extern_vec_delete(&full);
  wasm_extern_vec_delete(&zeros);
  wasm_extern_vec_delete(&empty);

  /* Anything can be a guest's value from outside. */
  wasm_foreign_t *foreign = wasm_foreign_new(store);
  int info;
  wasm_foreign_set_host_info_with_finalizer(foreign, &info, finalize);
  through_guest("an object", wasm_foreign_as_ref(foreign));
  through_guest("a function", wasm_extern_as_ref(see_again));
  through_guest("an instance", wasm_instance_as_ref(instance));
  wasm_trap_t *trap = trap_of();
  through_guest("a trap", wasm_trap_as_ref(trap));
  wasm_trap_delete(trap);
  wasm_module_t *a_module = module();
  through_guest("a module", wasm_module_as_ref(a_module));
  wasm_module_delete(a_module);
  through_guest("null", NULL);
  CHECK(waxwing_store_gc(store));

  /* The object lives as long as the host or a guest holds it. */
  wasm_global_t *place = global();
  wasm_val_t value = WASM_REF_VAL(wasm_foreign_as_ref(foreign));
  wasm_global_set(place, &value);
  int before = finalized;
  wasm_foreign_delete(foreign);
  CHECK(waxwing_store_gc(store) && finalized == before);
  wasm_global_get(place, &value);
  CHECK(wasm_foreign_get_host_info(wasm_ref_as_foreign(value.of.ref)) == &info);
  wasm_val_delete(&value);
  wasm_global_set(place, &(wasm_val_t)WASM_INIT_VAL);
  CHECK(waxwing_store_gc(store) && finalized == before + 1);
  wasm_global_delete(place);
  objects();

  /* Another store's are refused. */
  wasm_store_t *elsewhere = wasm_store_new(engine);
  foreign = wasm_foreign_new(elsewhere);
  wasm_table_t *entries = table();
  CHECK(!wasm_table_set(entries, 0, wasm_foreign_as_ref(foreign)));
  print_failure("another store's object");
  CHECK(wasm_foreign_new(NULL) == NULL);
  print_failure("an object in no store");
  CHECK(!wasm_ref_same(wasm_foreign_as_ref(foreign), wasm_table_as_ref(entries)));
  wasm_table_delete(entries);
  wasm_foreign_delete(foreign);
  wasm_store_delete(elsewhere);

  wasm_extern_delete(see_again);
  wasm_func_delete(host);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
}

int main(void) {
  run(false);
  printf("and with a collection at every allocation:\n");
  run(true);
  return 0;
}
