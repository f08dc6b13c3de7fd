/* Guests with WASI: what they are granted, what they write, how they end. */
#include "check.h"
#include <pthread.h>
#include <unistd.h>

/* Echoes its input, and shows what else it was granted. */
static const char ECHO[] =
    "(module"
    "  (import \"wasi_snapshot_preview1\" \"fd_read\" (func $read (param i32 i32 i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"fd_write\" (func $write (param i32 i32 i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"args_get\" (func $args (param i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"environ_get\" (func $env (param i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"environ_sizes_get\" (func $env_sizes (param i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"path_filestat_get\""
    "    (func $stat (param i32 i32 i32 i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"path_create_directory\""
    "    (func $mkdir (param i32 i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"
    "  (memory (export \"memory\") 2)"
    "  (data (i32.const 512) \"guest.wat\")"
    "  (func $put (param $fd i32) (param $at i32) (param $size i32)"
    "    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $size))"
    "    (drop (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))"
    "  (func (export \"echo\")"
    "    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 100))"
    "    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))"
    "    (call $put (i32.const 1) (i32.const 1024) (i32.load (i32.const 8))))"
    "  (func (export \"names\")"
    "    (drop (call $args (i32.const 2048) (i32.const 2100)))"
    "    (call $put (i32.const 2) (i32.const 2100) (i32.const 10))"
    "    (drop (call $env (i32.const 2048) (i32.const 2200)))"
    "    (call $put (i32.const 2) (i32.const 2200) (i32.const 4)))"
    "  (func (export \"variables\") (result i32)"
    "    (drop (call $env_sizes (i32.const 16) (i32.const 20))) (i32.load (i32.const 16)))"
    "  (func (export \"stat\") (param i32) (result i32)"
    "    (call $stat (local.get 0) (i32.const 0) (i32.const 512) (i32.const 9) (i32.const 64)))"
    "  (func (export \"mkdir\") (param i32) (result i32)"
    "    (call $mkdir (local.get 0) (i32.const 512) (i32.const 5)))"
    "  (func (export \"exit\") (param i32) (call $exit (local.get 0))))";

static wasm_instance_t *link_wasi(wasm_engine_t *engine, wasm_store_t *store) {
  waxwing_linker_t *linker = waxwing_linker_new(engine);
  CHECK(waxwing_linker_define_wasi(linker));
  wasm_module_t *module = module_of_wat(store, ECHO);
  wasm_trap_t *trap;
  wasm_instance_t *instance = waxwing_linker_instantiate(linker, store, module, &trap);
  CHECK(instance != NULL && trap == NULL);
  wasm_module_delete(module);
  waxwing_linker_delete(linker);
  return instance;
}

static int32_t call(const wasm_instance_t *instance, const char *name, size_t count, int32_t arg) {
  wasm_func_t *func = func_of(instance, name);
  int32_t result = call_i32(func, count, &arg);
  wasm_func_delete(func);
  return result;
}

static void show(const char *what, const waxwing_output_t *output) {
  wasm_byte_vec_t bytes;
  waxwing_output_bytes(output, &bytes);
  printf("%s: ", what);
  for (size_t i = 0; i < bytes.size; i++) putchar(bytes.data[i] == 0 ? '|' : bytes.data[i]);
  printf("\n");
  wasm_byte_vec_delete(&bytes);
}

static void *kill_soon(void *kill) {
  usleep(20 * 1000);
  CHECK(waxwing_kill(kill));
  return NULL;
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine);

  /* Everything granted. */
  waxwing_wasi_t *wasi = waxwing_wasi_new();
  CHECK(waxwing_wasi_arg(wasi, "name") && waxwing_wasi_arg(wasi, "hello"));
  CHECK(waxwing_wasi_env(wasi, "A", "b"));
  wasm_byte_vec_t input = {5, (byte_t *)"input"};
  CHECK(waxwing_wasi_stdin_bytes(wasi, &input));
  waxwing_output_t *out = waxwing_wasi_capture_stdout(wasi), *err = waxwing_wasi_capture_stderr(wasi);
  FILE *file = fopen("guest.wat", "w");
  CHECK(file != NULL && fclose(file) == 0);
  CHECK(waxwing_wasi_preopen(wasi, ".", "/data", true));
  CHECK(waxwing_wasi_preopen(wasi, ".", "/more", false));
  CHECK(waxwing_store_wasi_set(store, wasi));
  wasm_instance_t *instance = link_wasi(engine, store);
  call(instance, "echo", 0, 0);
  call(instance, "names", 0, 0);
  show("stdout", out);
  show("stderr", err);
  printf("variables: %d\n", call(instance, "variables", 0, 0));
  printf("stat: %d %d %d\n", call(instance, "stat", 1, 3), call(instance, "stat", 1, 4),
         call(instance, "stat", 1, 5));
  printf("mkdir: %d %d\n", call(instance, "mkdir", 1, 3), call(instance, "mkdir", 1, 4));
  CHECK(access("guest", F_OK) == 0);

  /* The guest ends itself. */
  wasm_func_t *leave = func_of(instance, "exit");
  wasm_val_t status[] = {WASM_I32_VAL(3)};
  wasm_val_vec_t args = WASM_ARRAY_VEC(status);
  wasm_trap_t *trap = wasm_func_call(leave, &args, NULL);
  int32_t code = 0;
  CHECK(waxwing_trap_exit_status(trap, &code) && waxwing_trap_code(trap) == WAXWING_TRAP_NONE);
  printf("exit: %d\n", code);
  print_trap("exit", trap);
  wasm_func_delete(leave);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
  /* Output outlives the store. */
  show("stdout", out);
  waxwing_output_delete(out);
  waxwing_output_delete(err);

  /* Nothing granted. */
  store = wasm_store_new(engine);
  instance = link_wasi(engine, store);
  call(instance, "echo", 0, 0);
  printf("variables: %d\n", call(instance, "variables", 0, 0));
  printf("stat: %d\n", call(instance, "stat", 1, 3));
  wasm_instance_delete(instance);
  wasm_store_delete(store);

  /* The process's own. Standard output is the test's: in its order. */
  store = wasm_store_new(engine);
  wasi = waxwing_wasi_new();
  setenv("CHECK", "1", 1);
  CHECK(waxwing_wasi_inherit_env(wasi) && waxwing_wasi_inherit_stdout(wasi));
  CHECK(waxwing_wasi_inherit_stderr(wasi) && waxwing_wasi_stdin_bytes(wasi, &input));
  CHECK(waxwing_store_wasi_set(store, wasi));
  instance = link_wasi(engine, store);
  fflush(stdout);
  call(instance, "echo", 0, 0);
  printf("\ninherited: %s\n", call(instance, "variables", 0, 0) > 0 ? "yes" : "no");
  wasm_instance_delete(instance);
  wasm_store_delete(store);

  /* A guest that waits for input is ended as well. */
  int pipes[2];
  CHECK(pipe(pipes) == 0 && dup2(pipes[0], 0) == 0);
  store = wasm_store_new(engine);
  wasi = waxwing_wasi_new();
  CHECK(waxwing_wasi_inherit_stdin(wasi) && waxwing_store_wasi_set(store, wasi));
  instance = link_wasi(engine, store);
  waxwing_kill_switch_t *kill = waxwing_store_kill_switch(store);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, kill_soon, kill) == 0);
  wasm_func_t *echo = func_of(instance, "echo");
  trap = wasm_func_call(echo, NULL, NULL);
  CHECK(trap != NULL);
  wasm_trap_delete(trap);
  CHECK(pthread_join(thread, NULL) == 0);
  printf("killed while it waited\n");
  waxwing_kill_switch_delete(kill);
  wasm_func_delete(echo);
  wasm_instance_delete(instance);
  wasm_store_delete(store);

  /* What cannot be granted. */
  wasi = waxwing_wasi_new();
  CHECK(!waxwing_wasi_preopen(wasi, "no such directory", "/", true));
  print_failure("no directory");
  CHECK(!waxwing_wasi_preopen(wasi, ".", "\xff", true));
  print_failure("no name");
  CHECK(!waxwing_wasi_arg(wasi, NULL) && !waxwing_wasi_arg(NULL, "x"));
  print_failure("no grants");
  CHECK(waxwing_wasi_env(wasi, "", "value"));
  CHECK(!waxwing_store_wasi_set(NULL, wasi));
  print_failure("a variable without a name");
  waxwing_wasi_delete(waxwing_wasi_new());
  waxwing_wasi_delete(NULL);
  CHECK(waxwing_wasi_capture_stdout(NULL) == NULL);
  wasm_engine_delete(engine);
  return 0;
}
