// Runs one Lua script with its arguments, over Lua's own sources.
//
// Lua leaves an error by a long jump, and a module without the exceptions proposal cannot jump. So
// a thrown error ends the program here, with Lua's message and exit code 1; scripts that catch
// errors or yield from coroutines have to wait for exceptions.
#include <stdio.h>
#include <stdlib.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

_Noreturn void driver_throw(lua_State *L, void *jump);

_Noreturn void driver_throw(lua_State *L, void *jump) {
  (void)jump;
  const char *message = lua_gettop(L) > 0 ? lua_tostring(L, -1) : NULL;
  fflush(stdout);
  fprintf(stderr, "lua: %s\n", message ? message : "(an error without a text)");
  exit(1);
}

// What Lua calls for an error that nothing would catch.
static int at_panic(lua_State *L) {
  driver_throw(L, NULL);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: lua SCRIPT [ARGS]...\n");
    return 2;
  }
  static const luaL_Reg libraries[] = {
      {LUA_GNAME, luaopen_base},      {LUA_TABLIBNAME, luaopen_table},
      {LUA_STRLIBNAME, luaopen_string}, {LUA_MATHLIBNAME, luaopen_math},
      {LUA_UTF8LIBNAME, luaopen_utf8}, {LUA_IOLIBNAME, luaopen_io}};
  lua_State *L = luaL_newstate();
  if (!L) return 3;
  lua_atpanic(L, at_panic);
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
    lua_pop(L, 1);
  }
  lua_createtable(L, argc, 0);
  for (int i = 1; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - 1);
  }
  lua_setglobal(L, "arg");
  if (luaL_loadfile(L, argv[1]) != LUA_OK) {
    fprintf(stderr, "lua: %s\n", lua_tostring(L, -1));
    return 1;
  }
  lua_call(L, 0, 0);
  lua_close(L);
  return 0;
}
