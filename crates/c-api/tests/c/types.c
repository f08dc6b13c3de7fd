/* Types and vectors as objects: made, read, copied, cast, deleted; and those that cannot be. */
#include "check.h"

/* All five functions of a vector of pointers. `make` gives an element. */
#define POINTERS(name, make)                                                                       \
  do {                                                                                             \
    wasm_##name##_vec_t empty, zeros, full, copy;                                                  \
    wasm_##name##_vec_new_empty(&empty);                                                           \
    CHECK(empty.size == 0 && empty.data == NULL);                                                  \
    wasm_##name##_vec_delete(&empty);                                                              \
    wasm_##name##_vec_new_uninitialized(&zeros, 3);                                                \
    CHECK(zeros.size == 3 && zeros.data[0] == NULL && zeros.data[2] == NULL);                      \
    zeros.data[1] = (make);                                                                        \
    wasm_##name##_t *elements[] = {(make), (make)};                                                \
    CHECK(elements[0] != NULL && elements[1] != NULL);                                             \
    wasm_##name##_vec_new(&full, 2, elements);                                                     \
    CHECK(full.size == 2 && full.data[0] == elements[0] && full.data[1] == elements[1]);           \
    wasm_##name##_vec_copy(&copy, &full);                                                          \
    CHECK(copy.size == 2 && copy.data[1] != NULL && copy.data[1] != full.data[1]);                 \
    wasm_##name##_vec_delete(&full);                                                               \
    CHECK(full.size == 0 && full.data == NULL);                                                    \
    wasm_##name##_vec_copy(&full, &zeros);                                                         \
    CHECK(full.size == 3 && full.data[0] == NULL && full.data[1] != NULL);                         \
    wasm_##name##_vec_delete(&full);                                                               \
    wasm_##name##_vec_delete(&copy);                                                               \
    wasm_##name##_vec_delete(&zeros);                                                              \
  } while (0)

/* A copy that is another object, and both can be deleted. */
#define COPIES(name, make)                                                                         \
  do {                                                                                             \
    wasm_##name##_t *one = (make);                                                                 \
    CHECK(one != NULL);                                                                            \
    wasm_##name##_t *two = wasm_##name##_copy(one);                                                \
    CHECK(two != NULL && two != one);                                                              \
    wasm_##name##_delete(one);                                                                     \
    wasm_##name##_delete(two);                                                                     \
    wasm_##name##_delete(NULL);                                                                    \
    CHECK(wasm_##name##_copy(NULL) == NULL);                                                       \
  } while (0)

/* Up to an external type and down again; down to `other` is null. */
#define CASTS(name, make, kind, other)                                                             \
  do {                                                                                             \
    wasm_##name##_t *type = (make);                                                                \
    const wasm_##name##_t *same = type;                                                            \
    wasm_externtype_t *up = wasm_##name##_as_externtype(type);                                     \
    CHECK(wasm_externtype_kind(up) == (kind));                                                     \
    CHECK(wasm_externtype_as_##name(up) == type && wasm_externtype_as_##other(up) == NULL);        \
    const wasm_externtype_t *fixed = wasm_##name##_as_externtype_const(same);                      \
    CHECK(fixed == up && wasm_externtype_as_##name##_const(fixed) == same);                        \
    CHECK(wasm_externtype_as_##other##_const(fixed) == NULL);                                      \
    wasm_externtype_t *copy = wasm_externtype_copy(up);                                            \
    CHECK(wasm_externtype_kind(copy) == (kind) && wasm_externtype_as_##name(copy) != NULL);        \
    wasm_externtype_delete(copy);                                                                  \
    wasm_externtype_delete(up);                                                                    \
  } while (0)

static wasm_name_t name_of(const char *text) {
  wasm_name_t name;
  wasm_name_new_from_string(&name, text);
  return name;
}

static wasm_functype_t *functype(void) {
  return wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_f64(),
                               wasm_valtype_new_i64());
}

static wasm_globaltype_t *globaltype(void) {
  return wasm_globaltype_new(wasm_valtype_new_f32(), WASM_VAR);
}

static wasm_tabletype_t *tabletype(void) {
  wasm_limits_t limits = {3, 7};
  return wasm_tabletype_new(wasm_valtype_new_funcref(), &limits);
}

static wasm_memorytype_t *memorytype(void) {
  wasm_limits_t limits = {1, wasm_limits_max_default};
  return wasm_memorytype_new(&limits);
}

static wasm_tagtype_t *tagtype(void) {
  return wasm_tagtype_new(wasm_functype_new_1_0(wasm_valtype_new_i32()));
}

static wasm_externtype_t *externtype(void) { return wasm_memorytype_as_externtype(memorytype()); }

static wasm_importtype_t *importtype(void) {
  wasm_name_t module = name_of("module"), name = name_of("name");
  wasm_importtype_t *type =
      wasm_importtype_new(&module, &name, wasm_functype_as_externtype(functype()));
  /* Both were given away. */
  CHECK(module.data == NULL && name.data == NULL);
  return type;
}

static wasm_exporttype_t *exporttype(void) {
  wasm_name_t name = name_of("export");
  return wasm_exporttype_new(&name, wasm_globaltype_as_externtype(globaltype()));
}

static void print_types(const wasm_valtype_vec_t *types) {
  printf(" [");
  for (size_t i = 0; i < types->size; i++) printf(" %d", wasm_valtype_kind(types->data[i]));
  printf(" ]");
}

static void print_functype(wasm_functype_t *type) {
  CHECK(type != NULL);
  print_types(wasm_functype_params(type));
  printf(" ->");
  print_types(wasm_functype_results(type));
  printf("\n");
  wasm_functype_delete(type);
}

static void values(void) {
  static const wasm_valkind_t kinds[] = {WASM_I32,       WASM_I64,     WASM_F32,
                                         WASM_F64,       WAXWING_V128, WASM_EXTERNREF,
                                         WASM_FUNCREF,   WAXWING_ANYREF, WAXWING_EXNREF};
  for (size_t i = 0; i < sizeof(kinds); i++) {
    wasm_valtype_t *type = wasm_valtype_new(kinds[i]);
    CHECK(type != NULL && wasm_valtype_kind(type) == kinds[i]);
    CHECK(wasm_valtype_is_num(type) != wasm_valtype_is_ref(type));
    CHECK(wasm_valkind_is_num(kinds[i]) == wasm_valtype_is_num(type));
    CHECK(wasm_valkind_is_ref(kinds[i]) == wasm_valtype_is_ref(type));
    wasm_valtype_delete(type);
  }
  wasm_valtype_t *type = wasm_valtype_new_externref();
  CHECK(wasm_valtype_kind(type) == WASM_EXTERNREF);
  wasm_valtype_delete(type);
  CHECK(wasm_valtype_new(5) == NULL);
  print_failure("a kind that is none");
}

static void short_hands(void) {
#define I32 wasm_valtype_new_i32()
#define I64 wasm_valtype_new_i64()
  print_functype(wasm_functype_new_0_0());
  print_functype(wasm_functype_new_1_0(I32));
  print_functype(wasm_functype_new_2_0(I32, I64));
  print_functype(wasm_functype_new_3_0(I32, I64, I32));
  print_functype(wasm_functype_new_0_1(I64));
  print_functype(wasm_functype_new_1_1(I32, I64));
  print_functype(wasm_functype_new_2_1(I32, I32, I64));
  print_functype(wasm_functype_new_3_1(I32, I32, I32, I64));
  print_functype(wasm_functype_new_0_2(I64, I32));
  print_functype(wasm_functype_new_1_2(I32, I64, I32));
  print_functype(wasm_functype_new_2_2(I32, I32, I64, I32));
  print_functype(wasm_functype_new_3_2(I32, I32, I32, I64, I32));
  wasm_valtype_t *one[] = {I32};
  print_functype(wasm_functype_of_arrays(1, one, 0, NULL));
}

static void bytes(void) {
  wasm_byte_vec_t empty, zeros, full, copy;
  wasm_name_new_empty(&empty);
  CHECK(empty.size == 0);
  wasm_byte_vec_new_empty(&empty);
  wasm_name_new_uninitialized(&zeros, 4);
  CHECK(zeros.size == 4 && zeros.data[3] == 0);
  wasm_byte_vec_delete(&zeros);
  wasm_byte_vec_new_uninitialized(&zeros, 0);
  CHECK(zeros.size == 0);
  wasm_byte_vec_new(&full, 3, "abc");
  wasm_byte_vec_copy(&copy, &full);
  CHECK(copy.size == 3 && memcmp(copy.data, "abc", 3) == 0 && copy.data != full.data);
  wasm_name_delete(&copy);
  wasm_name_copy(&copy, &full);
  wasm_byte_vec_delete(&copy);
  wasm_byte_vec_delete(&full);
  /* Once more does no harm: the vector is empty now. */
  wasm_byte_vec_delete(&full);
  wasm_name_new_from_string_nt(&full, "nul");
  CHECK(full.size == 4 && full.data[3] == '\0');
  wasm_byte_vec_delete(&full);
  /* More than any machine has. */
  wasm_byte_vec_new_uninitialized(&full, SIZE_MAX / 2);
  CHECK(full.size == 0 && full.data == NULL);
  print_failure("a vector of half of everything");
  wasm_val_vec_new_uninitialized(&(wasm_val_vec_t){0, NULL}, SIZE_MAX / 2);
  print_failure("a vector of more than that");
}

static void values_in_vectors(void) {
  wasm_val_vec_t empty, zeros, full, copy;
  wasm_val_vec_new_empty(&empty);
  wasm_val_vec_delete(&empty);
  wasm_val_vec_new_uninitialized(&zeros, 2);
  CHECK(zeros.size == 2 && zeros.data[1].kind == WASM_I32 && zeros.data[1].of.i32 == 0);
  wasm_val_vec_delete(&zeros);
  wasm_val_t elements[] = {WASM_I32_VAL(1), WASM_I64_VAL(-2), WASM_F32_VAL(0.5f),
                           WASM_F64_VAL(-0.25), WASM_REF_VAL(NULL), WASM_INIT_VAL};
  wasm_val_vec_new(&full, 6, elements);
  wasm_val_vec_copy(&copy, &full);
  CHECK(copy.size == 6 && copy.data[1].of.i64 == -2 && copy.data[3].of.f64 == -0.25);
  CHECK(copy.data[5].kind == WASM_EXTERNREF && copy.data[5].of.ref == NULL);
  wasm_val_vec_delete(&copy);
  wasm_val_vec_delete(&full);
  wasm_val_t value;
  wasm_val_init_ptr(&value, elements);
  CHECK(wasm_val_ptr(&value) == elements);
}

static void readings(void) {
  wasm_globaltype_t *global = globaltype();
  CHECK(wasm_valtype_kind(wasm_globaltype_content(global)) == WASM_F32);
  CHECK(wasm_globaltype_mutability(global) == WASM_VAR);
  wasm_globaltype_delete(global);
  wasm_tabletype_t *table = tabletype();
  CHECK(wasm_valtype_kind(wasm_tabletype_element(table)) == WASM_FUNCREF);
  CHECK(wasm_tabletype_limits(table)->min == 3 && wasm_tabletype_limits(table)->max == 7);
  wasm_tabletype_delete(table);
  wasm_memorytype_t *memory = memorytype();
  CHECK(wasm_memorytype_limits(memory)->min == 1);
  CHECK(wasm_memorytype_limits(memory)->max == wasm_limits_max_default);
  /* Asked as what it is not. */
  CHECK(wasm_functype_params((wasm_functype_t *)memory) == NULL);
  CHECK(wasm_tabletype_limits((wasm_tabletype_t *)memory) == NULL);
  wasm_memorytype_delete(memory);
  wasm_tagtype_t *tag = tagtype();
  CHECK(wasm_functype_params(wasm_tagtype_functype(tag))->size == 1);
  wasm_tagtype_delete(tag);
  wasm_importtype_t *import = importtype();
  print_name(wasm_importtype_module(import));
  print_name(wasm_importtype_name(import));
  CHECK(wasm_externtype_kind(wasm_importtype_type(import)) == WASM_EXTERN_FUNC);
  wasm_importtype_delete(import);
  wasm_exporttype_t *export = exporttype();
  print_name(wasm_exporttype_name(export));
  CHECK(wasm_externtype_kind(wasm_exporttype_type(export)) == WASM_EXTERN_GLOBAL);
  wasm_exporttype_delete(export);
  printf("\n");
}

static void impossible(void) {
  wasm_valtype_vec_t holes, none;
  wasm_valtype_vec_new_uninitialized(&holes, 2);
  holes.data[0] = wasm_valtype_new_i32();
  wasm_valtype_vec_new_empty(&none);
  CHECK(wasm_functype_new(&holes, &none) == NULL);
  print_failure("a function type with a hole");
  CHECK(holes.data == NULL);
  CHECK(wasm_globaltype_new(wasm_valtype_new_i32(), 2) == NULL);
  print_failure("a mutability that is none");
  CHECK(wasm_globaltype_new(NULL, WASM_CONST) == NULL);
  print_failure("a global of nothing");
  wasm_limits_t limits = {0, 1};
  CHECK(wasm_tabletype_new(wasm_valtype_new_i32(), &limits) == NULL);
  print_failure("a table of numbers");
  CHECK(wasm_tabletype_new(wasm_valtype_new_funcref(), NULL) == NULL);
  CHECK(wasm_memorytype_new(NULL) == NULL);
  print_failure("a memory without limits");
  CHECK(wasm_tagtype_new(wasm_functype_new_0_1(wasm_valtype_new_i32())) == NULL);
  print_failure("a tag with a result");
  wasm_name_t name = name_of("name");
  CHECK(wasm_exporttype_new(&name, NULL) == NULL);
  print_failure("an export of nothing");
  CHECK(wasm_importtype_new(NULL, NULL, NULL) == NULL);
}

/* The layout that the standard's programs were compiled with. */
static void layout(void) {
  CHECK(sizeof(wasm_val_t) == 16 && offsetof(wasm_val_t, of) == 8);
  CHECK(sizeof(wasm_val_vec_t) == 2 * sizeof(void *) && offsetof(wasm_val_vec_t, data) == sizeof(size_t));
  CHECK(sizeof(wasm_limits_t) == 8 && sizeof(wasm_valkind_t) == 1 && sizeof(wasm_externkind_t) == 1);
  CHECK(WASM_I32 == 0 && WASM_F64 == 3 && WASM_EXTERNREF == 128 && WASM_FUNCREF == 129);
  CHECK(WASM_EXTERN_FUNC == 0 && WASM_EXTERN_MEMORY == 3 && WASM_EXTERN_TAG == 4);
  CHECK(WASM_CONST == 0 && WASM_VAR == 1 && MEMORY_PAGE_SIZE == 65536);
}

int main(void) {
  layout();
  values();
  short_hands();
  bytes();
  values_in_vectors();
  POINTERS(valtype, wasm_valtype_new_i32());
  POINTERS(functype, functype());
  POINTERS(globaltype, globaltype());
  POINTERS(tabletype, tabletype());
  POINTERS(memorytype, memorytype());
  POINTERS(tagtype, tagtype());
  POINTERS(externtype, externtype());
  POINTERS(importtype, importtype());
  POINTERS(exporttype, exporttype());
  COPIES(valtype, wasm_valtype_new_f32());
  COPIES(functype, functype());
  COPIES(globaltype, globaltype());
  COPIES(tabletype, tabletype());
  COPIES(memorytype, memorytype());
  COPIES(tagtype, tagtype());
  COPIES(externtype, externtype());
  COPIES(importtype, importtype());
  COPIES(exporttype, exporttype());
  CASTS(functype, functype(), WASM_EXTERN_FUNC, globaltype);
  CASTS(globaltype, globaltype(), WASM_EXTERN_GLOBAL, tabletype);
  CASTS(tabletype, tabletype(), WASM_EXTERN_TABLE, memorytype);
  CASTS(memorytype, memorytype(), WASM_EXTERN_MEMORY, tagtype);
  CASTS(tagtype, tagtype(), WASM_EXTERN_TAG, functype);
  readings();
  impossible();
  return 0;
}
