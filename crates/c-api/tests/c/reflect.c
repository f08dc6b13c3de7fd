/* What a module imports and exports, and what its instance's exports are. */
#include "check.h"

static void print_valtype(const wasm_valtype_t *type) {
  switch (wasm_valtype_kind(type)) {
    case WASM_I32: printf("i32"); break;
    case WASM_I64: printf("i64"); break;
    case WASM_F32: printf("f32"); break;
    case WASM_F64: printf("f64"); break;
    case WAXWING_V128: printf("v128"); break;
    case WASM_EXTERNREF: printf("externref"); break;
    case WASM_FUNCREF: printf("funcref"); break;
    case WAXWING_ANYREF: printf("anyref"); break;
    case WAXWING_EXNREF: printf("exnref"); break;
    default: CHECK(false);
  }
}

static void print_valtypes(const wasm_valtype_vec_t *types) {
  for (size_t i = 0; i < types->size; i++) {
    printf(" ");
    print_valtype(types->data[i]);
  }
}

static void print_limits(const wasm_limits_t *limits) {
  printf(" %u", limits->min);
  if (limits->max != wasm_limits_max_default) printf(" to %u", limits->max);
}

static void print_externtype(const wasm_externtype_t *type) {
  switch (wasm_externtype_kind(type)) {
    case WASM_EXTERN_FUNC: {
      const wasm_functype_t *func = wasm_externtype_as_functype_const(type);
      printf("func");
      print_valtypes(wasm_functype_params(func));
      printf(" ->");
      print_valtypes(wasm_functype_results(func));
      break;
    }
    case WASM_EXTERN_GLOBAL: {
      const wasm_globaltype_t *global = wasm_externtype_as_globaltype_const(type);
      printf("global %s", wasm_globaltype_mutability(global) == WASM_VAR ? "mut " : "");
      print_valtype(wasm_globaltype_content(global));
      break;
    }
    case WASM_EXTERN_TABLE: {
      const wasm_tabletype_t *table = wasm_externtype_as_tabletype_const(type);
      printf("table");
      print_limits(wasm_tabletype_limits(table));
      printf(" ");
      print_valtype(wasm_tabletype_element(table));
      break;
    }
    case WASM_EXTERN_MEMORY:
      printf("memory");
      print_limits(wasm_memorytype_limits(wasm_externtype_as_memorytype_const(type)));
      break;
    case WASM_EXTERN_TAG: {
      const wasm_tagtype_t *tag = wasm_externtype_as_tagtype_const(type);
      printf("tag");
      print_valtypes(wasm_functype_params(wasm_tagtype_functype(tag)));
      break;
    }
    default: CHECK(false);
  }
  printf("\n");
}

int main(void) {
  wasm_engine_t *engine = wasm_engine_new();
  wasm_store_t *store = wasm_store_new(engine);
  wasm_module_t *module = module_of_wat(
      store,
      "(module"
      "  (type $node (struct (field i32)))"
      "  (import \"a\" \"func\" (func (param i32 externref) (result f64 v128)))"
      "  (import \"a\" \"global\" (global (mut i64)))"
      "  (import \"b\" \"table\" (table 1 9 funcref))"
      "  (import \"b\" \"memory\" (memory 2 3))"
      "  (import \"c\" \"tag\" (tag (param f32)))"
      "  (import \"c\" \"node\" (func (param (ref null $node) exnref)))"
      ")");
  wasm_importtype_vec_t imports;
  wasm_module_imports(module, &imports);
  for (size_t i = 0; i < imports.size; i++) {
    print_name(wasm_importtype_module(imports.data[i]));
    print_name(wasm_importtype_name(imports.data[i]));
    printf(" ");
    print_externtype(wasm_importtype_type(imports.data[i]));
  }
  wasm_importtype_vec_delete(&imports);
  wasm_module_delete(module);

  module = module_of_wat(store,
                         "(module"
                         "  (func (export \"func\") (param i64 f32) (result i32 i64)"
                         "    i32.const 1 i64.const 2)"
                         "  (global (export \"global\") f64 (f64.const 1))"
                         "  (table (export \"table\") 4 externref)"
                         "  (memory (export \"memory\") 1 5)"
                         "  (tag (export \"tag\") (param i32 i32))"
                         ")");
  wasm_exporttype_vec_t types;
  wasm_module_exports(module, &types);
  wasm_trap_t *trap;
  wasm_instance_t *instance = wasm_instance_new(store, module, NULL, &trap);
  CHECK(instance != NULL && trap == NULL);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  CHECK(types.size == 5 && exports.size == 5);
  for (size_t i = 0; i < types.size; i++) {
    print_name(wasm_exporttype_name(types.data[i]));
    printf(" ");
    print_externtype(wasm_exporttype_type(types.data[i]));
    wasm_externtype_t *type = wasm_extern_type(exports.data[i]);
    CHECK(wasm_extern_kind(exports.data[i]) == wasm_externtype_kind(type));
    printf("  is ");
    print_externtype(type);
    wasm_externtype_delete(type);
  }
  /* By name as well, and the same. */
  wasm_extern_t *memory = waxwing_instance_export(instance, "memory");
  CHECK(wasm_extern_same(memory, exports.data[3]) && !wasm_extern_same(memory, exports.data[2]));
  CHECK(waxwing_instance_export(instance, "nothing") == NULL);
  print_failure("no such export");
  wasm_extern_delete(memory);
  wasm_exporttype_vec_delete(&types);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);

  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
