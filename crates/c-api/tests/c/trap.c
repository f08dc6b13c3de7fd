/* Traps: their texts, where they came from, and how they pass through guests. */
#include "check.h"

static wasm_trap_t *kept;

static wasm_trap_t *fail(void *store, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  (void)results;
  wasm_message_t message;
  wasm_name_new_from_string_nt(&message, "the host says no");
  wasm_trap_t *trap = wasm_trap_new(store, &message);
  wasm_byte_vec_delete(&message);
  kept = wasm_trap_copy(trap);
  return trap;
}

static wasm_func_t *inner;

/* Passes on whatever the guest ends with. */
static wasm_trap_t *pass(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
  (void)args;
  (void)results;
  wasm_trap_t *trap = wasm_func_call(inner, NULL, NULL);
  CHECK(trap != NULL);
  return trap;
}

static void print_frame(const wasm_frame_t *frame) {
  wasm_name_t func, module;
  waxwing_frame_func_name(frame, &func);
  waxwing_frame_module_name(frame, &module);
  printf("  ");
  print_name(&module);
  print_name(&func);
  printf(" function %u at %zu of %zu%s\n", wasm_frame_func_index(frame),
         wasm_frame_func_offset(frame), wasm_frame_module_offset(frame),
         wasm_frame_instance(frame) == NULL ? ", instance unknown" : "");
  wasm_name_delete(&func);
  wasm_name_delete(&module);
}

static void show(const char *what, wasm_trap_t *trap) {
  CHECK(trap != NULL);
  wasm_frame_t *origin = wasm_trap_origin(trap);
  wasm_frame_vec_t trace;
  wasm_trap_trace(trap, &trace);
  int32_t status = -1;
  CHECK(!waxwing_trap_exit_status(trap, &status) && status == -1);
  printf("code %d, %zu frames; ", waxwing_trap_code(trap), trace.size);
  CHECK((origin == NULL) == (trace.size == 0));
  print_trap(what, trap);
  if (origin != NULL) {
    wasm_frame_t *copy = wasm_frame_copy(origin);
    CHECK(wasm_frame_func_index(copy) == wasm_frame_func_index(trace.data[0]));
    wasm_frame_delete(copy);
    wasm_frame_delete(origin);
  }
  for (size_t i = 0; i < trace.size && i < 4; i++) print_frame(trace.data[i]);
  wasm_frame_vec_delete(&trace);
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine);
  wasm_functype_t *type = wasm_functype_new_0_0();
  wasm_func_t *host = wasm_func_new_with_env(store, type, fail, store, NULL);
  wasm_func_t *passing = wasm_func_new(store, type, pass);
  wasm_functype_delete(type);
  wasm_extern_t *externs[] = {wasm_func_as_extern(host), wasm_func_as_extern(passing)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
  wasm_module_t *module = module_of_wat(
      store,
      "(module $failing"
      "  (import \"\" \"fail\" (func $fail)) (import \"\" \"pass\" (func $pass))"
      "  (tag $tag (param i32))"
      "  (memory 1)"
      "  (func $leaf unreachable)"
      "  (func (export \"unreachable\") (nop) (call $leaf))"
      "  (func (export \"memory\") (i32.store (i32.const 8) (i32.const 1)) (drop (i32.load (i32.const 65536))))"
      "  (func (export \"divide\") (drop (i32.div_u (i32.const 1) (i32.const 0))))"
      "  (func $deep (export \"deep\") (call $deep))"
      "  (func (export \"host\") (call $fail))"
      "  (func (export \"pass\") (call $pass))"
      "  (func (export \"throw\") (throw $tag (i32.const 42)))"
      "  (func (export \"catch\") (result i32)"
      "    (block $caught (result i32)"
      "      (try_table (catch $tag $caught) (call $pass)) (i32.const 0)))"
      ")");
  wasm_trap_t *trap = NULL;
  wasm_instance_t *instance = wasm_instance_new(store, module, &imports, &trap);
  CHECK(instance != NULL);

  static const char *const names[] = {"unreachable", "memory", "divide", "deep", "host", "throw"};
  for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
    wasm_func_t *func = func_of(instance, names[i]);
    trap = wasm_func_call(func, NULL, NULL);
    if (i == 3) {
      /* How deep it got is nobody's business. */
      CHECK(waxwing_trap_code(trap) == WAXWING_TRAP_STACK_OVERFLOW);
      print_trap("deep", trap);
    } else {
      show(names[i], trap);
    }
    wasm_func_delete(func);
  }
  wasm_trap_delete(kept);

  /* The frame knows its instance, as long as there is one of the module. */
  wasm_func_t *leaf = func_of(instance, "unreachable");
  trap = wasm_func_call(leaf, NULL, NULL);
  wasm_frame_t *origin = wasm_trap_origin(trap);
  CHECK(wasm_instance_same(wasm_frame_instance(origin), instance));
  wasm_frame_delete(origin);
  wasm_instance_t *second = wasm_instance_new(store, module, &imports, NULL);
  origin = wasm_trap_origin(trap);
  CHECK(wasm_frame_instance(origin) == NULL);
  wasm_frame_delete(origin);
  wasm_trap_delete(trap);
  wasm_instance_delete(second);

  /* Through an outer guest: the same trap, a guest's as well as the host's, with its first trace. */
  wasm_func_t *outer = func_of(instance, "pass");
  inner = func_of(instance, "host");
  trap = wasm_func_call(outer, NULL, NULL);
  CHECK(wasm_trap_same(trap, kept));
  show("host, passed on", trap);
  wasm_trap_delete(kept);
  wasm_func_delete(inner);
  inner = leaf;
  show("unreachable, passed on", wasm_func_call(outer, NULL, NULL));
  wasm_func_delete(leaf);

  /* An exception that the host passes on is an exception for the outer guest. */
  inner = func_of(instance, "throw");
  show("thrown, passed on", wasm_func_call(outer, NULL, NULL));
  wasm_func_t *catch = func_of(instance, "catch");
  printf("caught: %d\n", call_i32(catch, 0, NULL));
  wasm_func_delete(catch);
  wasm_func_delete(inner);
  wasm_func_delete(outer);

  /* Vectors and frames of nothing. */
  wasm_frame_vec_t frames, more;
  wasm_frame_vec_new_empty(&frames);
  wasm_frame_vec_new_uninitialized(&frames, 1);
  wasm_frame_vec_copy(&more, &frames);
  wasm_frame_t *nothing[] = {NULL};
  wasm_frame_vec_delete(&more);
  wasm_frame_vec_new(&more, 1, nothing);
  CHECK(more.size == 1 && more.data[0] == NULL && wasm_frame_copy(NULL) == NULL);
  wasm_frame_vec_delete(&more);
  wasm_frame_vec_delete(&frames);
  CHECK(wasm_frame_func_index(NULL) == 0 && wasm_trap_origin(NULL) == NULL);

  /* A message without NUL gets one; none at all is empty. */
  wasm_message_t message;
  wasm_name_new_from_string(&message, "no end");
  trap = wasm_trap_new(store, &message);
  wasm_byte_vec_delete(&message);
  print_trap("made", trap);
  print_trap("empty", wasm_trap_new(store, NULL));
  CHECK(wasm_trap_new(NULL, NULL) == NULL);
  print_failure("a trap in no store");

  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_func_delete(host);
  wasm_func_delete(passing);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
