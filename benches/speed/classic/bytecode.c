// A register machine in one switch: the loop of an interpreter.
#include "kernel.h"

enum op { LOAD, MOVE, ADD, SUB, MUL, XOR, SHIFT, LESS, JUMP, BRANCH, READ, WRITE, CALL, RETURN, HALT };
struct code { uint8_t op, a, b, c; int32_t value; };

enum { MEMORY = 4096, ROUNDS = 900 };
static int32_t memory[MEMORY];

// A sieve that mixes the primes it finds by a function that is called.
static const struct code PROGRAM[] = {
    {LOAD, 0, 0, 0, 2},       // 0: the candidate
    {LOAD, 1, 0, 0, MEMORY},  // 1: the limit
    {LOAD, 9, 0, 0, 1},       // 2: one
    {READ, 2, 0, 0, 0},       // 3: is it marked?
    {BRANCH, 2, 0, 0, 11},    // 4: then the next one
    {CALL, 0, 0, 0, 15},      // 5: mix it in
    {ADD, 3, 0, 0, 0},        // 6: its first multiple
    {LESS, 4, 3, 1, 0},       // 7: below the limit?
    {BRANCH, 4, 0, 0, 20},    // 8: then mark it
    {JUMP, 0, 0, 0, 11},      // 9
    {HALT, 0, 0, 0, 0},       // 10
    {ADD, 0, 0, 9, 0},        // 11: the next candidate
    {LESS, 4, 0, 1, 0},       // 12
    {BRANCH, 4, 0, 0, 3},     // 13
    {HALT, 0, 0, 0, 0},       // 14
    {XOR, 7, 7, 0, 0},        // 15: the function
    {MUL, 7, 7, 8, 0},        // 16
    {SHIFT, 7, 7, 0, 3},      // 17
    {RETURN, 0, 0, 0, 0},     // 18
    {HALT, 0, 0, 0, 0},       // 19
    {WRITE, 9, 3, 0, 0},      // 20: mark
    {ADD, 3, 3, 0, 0},        // 21: the next multiple
    {JUMP, 0, 0, 0, 7},       // 22
};

static uint32_t run(uint32_t seed) {
  int32_t r[10] = {0};
  int stack[16], depth = 0;
  r[7] = (int32_t)seed;
  r[8] = 16777619;
  for (int at = 0;;) {
    const struct code *code = &PROGRAM[at++];
    int32_t *a = &r[code->a], b = r[code->b], c = r[code->c];
    switch ((enum op)code->op) {
      case LOAD: *a = code->value; break;
      case MOVE: *a = b; break;
      case ADD: *a = (int32_t)((uint32_t)b + (uint32_t)c); break;
      case SUB: *a = (int32_t)((uint32_t)b - (uint32_t)c); break;
      case MUL: *a = (int32_t)((uint32_t)b * (uint32_t)c); break;
      case XOR: *a = b ^ c; break;
      case SHIFT: *a = b ^ (int32_t)((uint32_t)b >> code->value); break;
      case LESS: *a = b < c; break;
      case JUMP: at = code->value; break;
      case BRANCH: if (*a) at = code->value; break;
      case READ: *a = memory[b & (MEMORY - 1)]; break;
      case WRITE: memory[b & (MEMORY - 1)] = *a; break;
      case CALL: stack[depth++ & 15] = at; at = code->value; break;
      case RETURN: if (depth == 0) return (uint32_t)r[7]; at = stack[--depth & 15]; break;
      case HALT: return (uint32_t)r[7];
    }
  }
}

static uint64_t kernel(void) {
  uint64_t sum = 0;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    memset(memory, 0, sizeof memory);
    sum = fold(sum, run(round));
  }
  return sum;
}
