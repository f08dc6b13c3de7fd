// Stands in for the libc's header, which WASI's only has together with the exceptions proposal.
// What is built with it never jumps: a throw ends in the driver (see lua_driver.c).
#ifndef SHIM_SETJMP_H
#define SHIM_SETJMP_H

struct lua_State;
_Noreturn void driver_throw(struct lua_State *L, void *jump);

#define luai_jmpbuf int
#define LUAI_THROW(L, c) driver_throw(L, c)
#define LUAI_TRY(L, c, a) { a }

#endif
