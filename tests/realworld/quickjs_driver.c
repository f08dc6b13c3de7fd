// Runs one JavaScript file with its arguments, over QuickJS's own sources: `print`, `readText`,
// `writeText` and `args` are what a script gets, and pending jobs (promises) are run to their end.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

static char *load(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  long length = ftell(file);
  rewind(file);
  char *text = malloc((size_t)length + 1);
  *size = fread(text, 1, (size_t)length, file);
  text[*size] = 0;
  fclose(file);
  return text;
}

static JSValue js_print(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self;
  for (int i = 0; i < argc; i++) {
    const char *text = JS_ToCString(ctx, argv[i]);
    if (!text) return JS_EXCEPTION;
    printf("%s%s", i ? " " : "", text);
    JS_FreeCString(ctx, text);
  }
  putchar('\n');
  return JS_UNDEFINED;
}

static JSValue js_read_text(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self;
  const char *path = argc > 0 ? JS_ToCString(ctx, argv[0]) : NULL;
  if (!path) return JS_EXCEPTION;
  size_t size;
  char *text = load(path, &size);
  JSValue value = text ? JS_NewStringLen(ctx, text, size)
                       : JS_ThrowTypeError(ctx, "%s: %s", path, strerror(errno));
  free(text);
  JS_FreeCString(ctx, path);
  return value;
}

static JSValue js_write_text(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self;
  if (argc < 2) return JS_ThrowTypeError(ctx, "writeText(path, text)");
  size_t size;
  const char *path = JS_ToCString(ctx, argv[0]), *text = JS_ToCStringLen(ctx, &size, argv[1]);
  if (!path || !text) return JS_EXCEPTION;
  FILE *file = fopen(path, "wb");
  JSValue value = JS_UNDEFINED;
  if (!file || fwrite(text, 1, size, file) != size || fclose(file))
    value = JS_ThrowTypeError(ctx, "%s: %s", path, strerror(errno));
  JS_FreeCString(ctx, path);
  JS_FreeCString(ctx, text);
  return value;
}

static int report(JSContext *ctx) {
  JSValue error = JS_GetException(ctx);
  const char *text = JS_ToCString(ctx, error);
  JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
  const char *where = JS_ToCString(ctx, stack);
  fflush(stdout);
  fprintf(stderr, "uncaught %s\n%s", text ? text : "exception", where ? where : "");
  JS_FreeCString(ctx, text);
  JS_FreeCString(ctx, where);
  JS_FreeValue(ctx, stack);
  JS_FreeValue(ctx, error);
  return 1;
}

static int run(JSContext *ctx, int argc, char **argv) {
  size_t size;
  char *source = load(argv[1], &size);
  if (!source) {
    fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
    return 2;
  }
  JSValue global = JS_GetGlobalObject(ctx), args = JS_NewArray(ctx);
  JS_SetPropertyStr(ctx, global, "print", JS_NewCFunction(ctx, js_print, "print", 1));
  JS_SetPropertyStr(ctx, global, "readText", JS_NewCFunction(ctx, js_read_text, "readText", 1));
  JS_SetPropertyStr(ctx, global, "writeText", JS_NewCFunction(ctx, js_write_text, "writeText", 2));
  for (int i = 2; i < argc; i++)
    JS_SetPropertyUint32(ctx, args, (uint32_t)(i - 2), JS_NewString(ctx, argv[i]));
  JS_SetPropertyStr(ctx, global, "args", args);
  JS_FreeValue(ctx, global);
  JSValue value = JS_Eval(ctx, source, size, argv[1], JS_EVAL_TYPE_GLOBAL);
  free(source);
  int failed = JS_IsException(value) ? report(ctx) : 0;
  JS_FreeValue(ctx, value);
  for (JSContext *job; !failed;) {
    int more = JS_ExecutePendingJob(JS_GetRuntime(ctx), &job);
    if (more <= 0) return more < 0 ? report(job) : 0;
  }
  return failed;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: quickjs SCRIPT [ARGS]...\n");
    return 2;
  }
  JSRuntime *runtime = JS_NewRuntime();
  JSContext *ctx = JS_NewContext(runtime);
  int code = run(ctx, argc, argv);
  JS_FreeContext(ctx);
  JS_FreeRuntime(runtime);
  return code;
}
