/* waxwing.h: what Waxwing offers beyond wasm.h.
 *
 * Whatever wasm.h says of ownership, stores, threads, callbacks and errors holds here as well. Strings
 * end with a NUL and are UTF-8 unless said otherwise. Functions that return bool return false when they
 * fail; those that return a pointer return null; waxwing_last_error says why.
 */
#ifndef WAXWING_H
#define WAXWING_H

#include "wasm.h"

#ifdef __cplusplus
extern "C" {
#endif

#define own

/* The version of this library, as "0.1.0". */
WASM_API_EXTERN const char *waxwing_version(void);

/* Why the last function failed that failed on this thread, and was not asked about yet. False, and
 * nothing written, if there is no such. The text ends with a NUL, which its size counts. */
WASM_API_EXTERN bool waxwing_last_error(own wasm_message_t *out);

/* ---- kinds of values beyond the standard's ---- */

enum waxwing_valkind_enum {
  /* In types only: wasm_val_t has no room for its values. A call that would pass one is a trap. */
  WAXWING_V128 = 64,
  /* Objects of a guest's, and exceptions. They can be held, compared and passed on. */
  WAXWING_ANYREF = 192,
  WAXWING_EXNREF,
};

/* ---- configuration of an engine ---- */

typedef uint8_t waxwing_tier_t;
enum waxwing_tier_enum {
  /* For fast code: the default. */
  WAXWING_TIER_FAST,
  /* One pass; integer code only at present. */
  WAXWING_TIER_INSTANT,
};

typedef uint8_t waxwing_memory_plan_t;
enum waxwing_memory_plan_enum {
  /* 4 GiB of address space for each memory, whose bounds the hardware checks: the default. */
  WAXWING_MEMORY_RESERVED,
  /* No reservation: code checks every access. */
  WAXWING_MEMORY_CHECKED,
};

WASM_API_EXTERN bool waxwing_config_tier_set(wasm_config_t *, waxwing_tier_t);
/* Off: quick compilation, slower code. On by default. */
WASM_API_EXTERN bool waxwing_config_optimise_set(wasm_config_t *, bool);
WASM_API_EXTERN bool waxwing_config_memory_plan_set(wasm_config_t *, waxwing_memory_plan_t);
/* Bytes of stack for guests, 64 KiB to 1 GiB; 2 MiB by default. */
WASM_API_EXTERN bool waxwing_config_stack_size_set(wasm_config_t *, size_t);
/* Whether source lines are kept for traces; on by default. */
WASM_API_EXTERN bool waxwing_config_debug_info_set(wasm_config_t *, bool);
/* Whether heaps are collected at every allocation: for tests, since it takes very much time. */
WASM_API_EXTERN bool waxwing_config_gc_stress_set(wasm_config_t *, bool);
/* A proposal by its name, such as "threads" or "gc", or "all". All are on at first. */
WASM_API_EXTERN bool waxwing_config_feature_set(wasm_config_t *, const char *name, bool);
/* Keeps compiled code in a directory, which must be private to this user; null for the default one,
 * which the command `waxwing` uses as well. Without this nothing is kept. */
WASM_API_EXTERN bool waxwing_config_cache_set(wasm_config_t *, const char *directory);
/* Whether wasm_module_deserialize takes artifacts that this process has not made. They are machine
 * code: turn it on only if nobody else can write where yours come from. Off by default. */
WASM_API_EXTERN bool waxwing_config_trust_artifacts_set(wasm_config_t *, bool);
/* One key more whose signatures waxwing_module_load_signed believes: the contents of a *.pub file of
 * minisign's or of `waxwing keygen`'s, or its second line alone. None at first. */
WASM_API_EXTERN bool waxwing_config_trusted_key_add(wasm_config_t *, const char *key);

/* ---- pool: instances that are used again ---- */

/* SIZE_MAX for no limit of memory; 0 stands for the default in each of the numbers. */
typedef struct waxwing_pool_t {
  size_t slots;          /* instances there may be, in use or kept; 1,000 by default */
  size_t memory;         /* bytes of each memory; no limit but the engine's by default */
  size_t table;          /* entries of each table; no limit but the engine's by default */
  size_t keep_resident;  /* bytes of pages that a kept instance keeps; 128 KiB by default */
  bool random_placement; /* addresses that cannot be foretold, and reuse left to chance */
} waxwing_pool_t;

/* Has instances made from a pool, and put back as new when their store goes. Null for the defaults. */
WASM_API_EXTERN bool waxwing_config_pool_set(wasm_config_t *, const waxwing_pool_t *);
/* How many instances are in stores, and how many wait. False if the engine has no pool. */
WASM_API_EXTERN bool waxwing_engine_pool_stats(const wasm_engine_t *, size_t *in_use, size_t *kept);

/* ---- fuel: what guests do, bounded and measured, the same on every machine ---- */

/* Meters the code of the engine: every operator costs 1, save those that only structure code. */
WASM_API_EXTERN bool waxwing_config_fuel_set(wasm_config_t *, bool);
/* The cost of an operator by its name in the text format; with "size." before it, of a piece of the
 * range that it works on; of all that have none of their own, by the name "others". Turns fuel on. That
 * there is such an operator is checked when the engine is made. */
WASM_API_EXTERN bool waxwing_config_fuel_cost_set(wasm_config_t *, const char *name, uint32_t cost);
/* A new store has no fuel. These work while a guest runs as well, and fail if the engine does not
 * meter. */
WASM_API_EXTERN bool waxwing_store_fuel_set(wasm_store_t *, uint64_t left);
WASM_API_EXTERN bool waxwing_store_fuel_add(wasm_store_t *, uint64_t more);
WASM_API_EXTERN bool waxwing_store_fuel(const wasm_store_t *, uint64_t *left);
WASM_API_EXTERN bool waxwing_store_fuel_consumed(const wasm_store_t *, uint64_t *consumed);

/* ---- modules ---- */

/* A binary module of a text. */
WASM_API_EXTERN bool waxwing_wasm_from_wat(const char *text, size_t size, own wasm_byte_vec_t *out);
/* A module of a file, binary or text; found in the cache if the engine has one. */
WASM_API_EXTERN own wasm_module_t *waxwing_module_from_file(wasm_store_t *, const char *path);
/* Compiles a binary module to an artifact: what wasm_module_serialize gives, and `waxwing run` takes. */
WASM_API_EXTERN bool waxwing_engine_precompile(wasm_engine_t *, const wasm_byte_vec_t *binary,
                                               own wasm_byte_vec_t *out);
/* Maps an artifact from a file. It is machine code: you vouch that it is what a Waxwing made, and that
 * nobody changes the file while the module or an instance of it is there. */
WASM_API_EXTERN own wasm_module_t *waxwing_module_from_trusted_file(wasm_store_t *,
                                                                    const char *path);
/* Loads an artifact from a file that was signed with a key that the engine trusts. It is copied before it
 * is checked: nobody who changes the file later changes what runs. Null for a signature that is in the
 * file of the same name with ".minisig" behind it. */
WASM_API_EXTERN own wasm_module_t *waxwing_module_load_signed(wasm_store_t *, const char *path,
                                                              const char *signature);

/* ---- instances ---- */

/* The export of this name. */
WASM_API_EXTERN own wasm_extern_t *waxwing_instance_export(const wasm_instance_t *,
                                                           const char *name);
/* Makes an instance as new, in place, and runs its start function again: only what was written is undone.
 * Exports stay valid. Null if it worked; else a trap, and the instance is to be used no more. Not while
 * a guest of its store runs. */
WASM_API_EXTERN own wasm_trap_t *waxwing_instance_reset(const wasm_instance_t *);
/* For host functions: what the instance that calls exports under this name. */
WASM_API_EXTERN own wasm_extern_t *waxwing_caller_export(const wasm_store_t *, const char *name);

/* ---- linkers: imports by name ---- */

typedef struct waxwing_linker_t waxwing_linker_t;

WASM_API_EXTERN own waxwing_linker_t *waxwing_linker_new(wasm_engine_t *);
WASM_API_EXTERN void waxwing_linker_delete(own waxwing_linker_t *);
/* Whether a name may be defined again; off at first. */
WASM_API_EXTERN bool waxwing_linker_shadowing_set(waxwing_linker_t *, bool);
/* Defining something of a store binds the linker to that store, which it keeps alive. */
WASM_API_EXTERN bool waxwing_linker_define(waxwing_linker_t *, const char *module, const char *name,
                                           const wasm_extern_t *);
/* Every export of an instance, under a module's name. */
WASM_API_EXTERN bool waxwing_linker_define_instance(waxwing_linker_t *, const char *module,
                                                    const wasm_instance_t *);
/* WASI preview 1 whole; what it may touch is granted to the store. */
WASM_API_EXTERN bool waxwing_linker_define_wasi(waxwing_linker_t *);
/* As wasm_instance_new, with the imports found by name. */
WASM_API_EXTERN own wasm_instance_t *waxwing_linker_instantiate(const waxwing_linker_t *,
                                                                wasm_store_t *,
                                                                const wasm_module_t *,
                                                                own wasm_trap_t **trap);

/* ---- WASI: what a guest may touch; nothing at first ---- */

typedef struct waxwing_wasi_t waxwing_wasi_t;
typedef struct waxwing_output_t waxwing_output_t;

WASM_API_EXTERN own waxwing_wasi_t *waxwing_wasi_new(void);
WASM_API_EXTERN void waxwing_wasi_delete(own waxwing_wasi_t *);
/* One argument more, any bytes; the first is the program's name. */
WASM_API_EXTERN bool waxwing_wasi_arg(waxwing_wasi_t *, const char *);
/* One variable, any bytes. */
WASM_API_EXTERN bool waxwing_wasi_env(waxwing_wasi_t *, const char *name, const char *value);
WASM_API_EXTERN bool waxwing_wasi_inherit_env(waxwing_wasi_t *);
WASM_API_EXTERN bool waxwing_wasi_inherit_stdin(waxwing_wasi_t *);
WASM_API_EXTERN bool waxwing_wasi_inherit_stdout(waxwing_wasi_t *);
WASM_API_EXTERN bool waxwing_wasi_inherit_stderr(waxwing_wasi_t *);
/* Standard input that holds these bytes, which are copied. */
WASM_API_EXTERN bool waxwing_wasi_stdin_bytes(waxwing_wasi_t *, const wasm_byte_vec_t *);
/* Output that is kept in memory, up to 64 MiB each. */
WASM_API_EXTERN own waxwing_output_t *waxwing_wasi_capture_stdout(waxwing_wasi_t *);
WASM_API_EXTERN own waxwing_output_t *waxwing_wasi_capture_stderr(waxwing_wasi_t *);
/* What was written so far; at any time, from any thread. */
WASM_API_EXTERN void waxwing_output_bytes(const waxwing_output_t *, own wasm_byte_vec_t *out);
WASM_API_EXTERN void waxwing_output_delete(own waxwing_output_t *);
/* A directory under a name of the guest's. */
WASM_API_EXTERN bool waxwing_wasi_preopen(waxwing_wasi_t *, const char *host, const char *guest,
                                          bool read_only);
/* Grants all of it to the guests of a store. Not while one of them runs. */
WASM_API_EXTERN bool waxwing_store_wasi_set(wasm_store_t *, own waxwing_wasi_t *);

/* ---- limits and ends ---- */

/* SIZE_MAX for no limit. What would exceed one fails: an instance is not made, `memory.grow` is -1. */
typedef struct waxwing_limits_t {
  size_t memory;    /* bytes of each memory */
  size_t table;     /* entries of each table */
  size_t heap;      /* bytes of the heap of objects */
  size_t instances; /* instances that may still be made */
} waxwing_limits_t;

WASM_API_EXTERN bool waxwing_store_limits_set(wasm_store_t *, const waxwing_limits_t *);
/* Ends the store's guests this long from now. Not while one of them runs. */
WASM_API_EXTERN bool waxwing_store_deadline_set(wasm_store_t *, uint64_t nanoseconds);
WASM_API_EXTERN bool waxwing_store_deadline_clear(wasm_store_t *);
/* Collects the heap of objects: releases what neither a guest nor the host holds. */
WASM_API_EXTERN bool waxwing_store_gc(wasm_store_t *);

/* A switch that ends a store's guests from any thread, at any time, for as long as the store is not
 * reset. It can outlive the store. */
typedef struct waxwing_kill_switch_t waxwing_kill_switch_t;

WASM_API_EXTERN own waxwing_kill_switch_t *waxwing_store_kill_switch(const wasm_store_t *);
WASM_API_EXTERN own waxwing_kill_switch_t *waxwing_kill_switch_copy(const waxwing_kill_switch_t *);
WASM_API_EXTERN void waxwing_kill_switch_delete(own waxwing_kill_switch_t *);
/* False if the store is gone, or was reset since the switch was made. */
WASM_API_EXTERN bool waxwing_kill(const waxwing_kill_switch_t *);

/* Begins anew, after a kill or a deadline as well: resets every instance in the order in which they were
 * made, as waxwing_instance_reset does. Kill switches made until then do nothing any more, and there is
 * no deadline. Fuel, limits, what WASI has open and all that the host made stay as they are. Null if it
 * worked; else a trap, and the store is only to be deleted. Not while a guest of it runs: that is
 * a trap, and changes nothing. */
WASM_API_EXTERN own wasm_trap_t *waxwing_store_reset(wasm_store_t *);

/* ---- what a trap is ---- */

typedef uint8_t waxwing_trap_code_t;
enum waxwing_trap_code_enum {
  WAXWING_TRAP_NONE, /* a host function's, an exit, or a mistake in the call */
  WAXWING_TRAP_UNREACHABLE = 1,
  WAXWING_TRAP_MEMORY_OUT_OF_BOUNDS = 2,
  WAXWING_TRAP_TABLE_OUT_OF_BOUNDS = 3,
  WAXWING_TRAP_UNDEFINED_ELEMENT = 4,
  WAXWING_TRAP_UNINITIALIZED_ELEMENT = 5,
  WAXWING_TRAP_INDIRECT_CALL_TYPE_MISMATCH = 6,
  WAXWING_TRAP_INTEGER_OVERFLOW = 7,
  WAXWING_TRAP_INTEGER_DIVIDE_BY_ZERO = 8,
  WAXWING_TRAP_INVALID_CONVERSION_TO_INTEGER = 9,
  WAXWING_TRAP_STACK_OVERFLOW = 10,
  WAXWING_TRAP_KILLED = 11,
  WAXWING_TRAP_DEADLINE_EXCEEDED = 12,
  WAXWING_TRAP_NULL_REFERENCE = 13,
  WAXWING_TRAP_BUS_ERROR = 14,
  WAXWING_TRAP_NULL_FUNCTION = 15,
  WAXWING_TRAP_NULL_STRUCTURE = 16,
  WAXWING_TRAP_NULL_ARRAY = 17,
  WAXWING_TRAP_NULL_I31 = 18,
  WAXWING_TRAP_NULL_EXCEPTION = 19,
  WAXWING_TRAP_CAST_FAILURE = 20,
  WAXWING_TRAP_ARRAY_OUT_OF_BOUNDS = 21,
  WAXWING_TRAP_HEAP_EXHAUSTED = 22,
  WAXWING_TRAP_UNALIGNED_ATOMIC = 23,
  WAXWING_TRAP_EXPECTED_SHARED_MEMORY = 24,
  WAXWING_TRAP_OUT_OF_FUEL = 25,
};

WASM_API_EXTERN waxwing_trap_code_t waxwing_trap_code(const wasm_trap_t *);
/* If the guest ended itself by WASI's proc_exit: true, and with which status. */
WASM_API_EXTERN bool waxwing_trap_exit_status(const wasm_trap_t *, int32_t *out);
/* Names by the module's name section or exports; empty if there is none. */
WASM_API_EXTERN void waxwing_frame_func_name(const wasm_frame_t *, own wasm_name_t *out);
WASM_API_EXTERN void waxwing_frame_module_name(const wasm_frame_t *, own wasm_name_t *out);

#undef own

#ifdef __cplusplus
}
#endif

#endif
