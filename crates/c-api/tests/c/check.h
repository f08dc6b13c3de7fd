/* What the test programs share. A check that fails ends the program with the place. */
#ifndef CHECK_H
#define CHECK_H

#include "waxwing.h"
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                      \
      print_last_error(stderr);                                                                    \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

static inline void print_last_error(FILE *to) {
  wasm_message_t why;
  if (waxwing_last_error(&why)) {
    fprintf(to, "error: %s\n", why.data);
    wasm_byte_vec_delete(&why);
  }
}

/* For functions that are to fail: prints why they did, and fails if nothing is known. */
static inline void print_failure(const char *what) {
  wasm_message_t why;
  CHECK(waxwing_last_error(&why));
  CHECK(why.size > 1 && why.data[why.size - 1] == '\0');
  printf("%s: %s\n", what, why.data);
  wasm_byte_vec_delete(&why);
}

/* Prints the message of a trap and deletes it. */
static inline void print_trap(const char *what, wasm_trap_t *trap) {
  wasm_message_t message;
  CHECK(trap != NULL);
  wasm_trap_message(trap, &message);
  CHECK(message.size > 0 && message.data[message.size - 1] == '\0');
  printf("%s: %s\n", what, message.data);
  wasm_byte_vec_delete(&message);
  wasm_trap_delete(trap);
}

static inline void print_name(const wasm_name_t *name) {
  printf("\"%.*s\"", (int)name->size, name->data);
}

static inline wasm_module_t *module_of_wat(wasm_store_t *store, const char *text) {
  wasm_byte_vec_t binary;
  CHECK(waxwing_wasm_from_wat(text, strlen(text), &binary));
  wasm_module_t *module = wasm_module_new(store, &binary);
  wasm_byte_vec_delete(&binary);
  CHECK(module != NULL);
  return module;
}

/* An instance of a text with these imports, which are borrowed. */
static inline wasm_instance_t *instance_of_wat(wasm_store_t *store, const char *text,
                                               const wasm_extern_vec_t *imports) {
  wasm_module_t *module = module_of_wat(store, text);
  wasm_trap_t *trap = NULL;
  wasm_instance_t *instance = wasm_instance_new(store, module, imports, &trap);
  CHECK(instance != NULL && trap == NULL);
  wasm_module_delete(module);
  return instance;
}

/* An exported function, owned. */
static inline wasm_func_t *func_of(const wasm_instance_t *instance, const char *name) {
  wasm_extern_t *external = waxwing_instance_export(instance, name);
  CHECK(external != NULL && wasm_extern_as_func(external) != NULL);
  return wasm_extern_as_func(external);
}

/* Calls a function of i32 values that must not trap. */
static inline int32_t call_i32(const wasm_func_t *func, size_t count, const int32_t *args) {
  wasm_val_t params[8];
  CHECK(count <= 8);
  for (size_t i = 0; i < count; i++) {
    params[i].kind = WASM_I32;
    params[i].of.i32 = args[i];
  }
  wasm_val_vec_t given = {count, params};
  wasm_val_t result[1] = {WASM_INIT_VAL};
  wasm_val_vec_t results = {wasm_func_result_arity(func), result};
  wasm_trap_t *trap = wasm_func_call(func, &given, &results);
  if (trap != NULL) print_trap("trap", trap);
  CHECK(trap == NULL);
  return result[0].of.i32;
}

#endif
