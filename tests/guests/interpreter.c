// A small stack machine with a dispatch switch, an assembler for it, and three programs: primes,
// a recursive Fibonacci and a string reversed in memory. This is the shape of most interpreters.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum op { PUSH, DUP, DROP, SWAP, OVER, ADD, SUB, MUL, MOD, LESS, EQUAL, JUMP, JUMP_IF, CALL,
          RETURN, LOAD, STORE, PRINT, PUT, HALT, OPS };

static const char *const NAMES[OPS] = {"push", "dup", "drop", "swap", "over", "add", "sub",
    "mul", "mod", "less", "equal", "jump", "jumpif", "call", "return", "load", "store", "print",
    "put", "halt"};

enum { CODE = 512, STACK = 4096, MEMORY = 1024, LABELS = 64 };

struct machine {
  int32_t code[CODE], stack[STACK], memory[MEMORY];
  int calls[STACK];
  uint64_t steps;
};

struct label { char name[16]; int at; };

static int find_label(struct label *labels, int count, const char *name) {
  for (int i = 0; i < count; i++)
    if (!strcmp(labels[i].name, name)) return labels[i].at;
  printf("no label %s\n", name);
  exit(1);
}

// Two passes over the same text: the first learns where labels are, the second emits.
static void assemble(struct machine *m, const char *text) {
  struct label labels[LABELS];
  int count = 0;
  for (int pass = 0; pass < 2; pass++) {
    char copy[4096];
    int at = 0;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok(copy, " \n"); word; word = strtok(NULL, " \n")) {
      size_t length = strlen(word);
      if (word[length - 1] == ':') {
        word[length - 1] = 0;
        if (pass == 0) {
          snprintf(labels[count].name, sizeof labels[count].name, "%s", word);
          labels[count++].at = at;
        }
        continue;
      }
      int op = 0;
      while (op < OPS && strcmp(NAMES[op], word)) op++;
      if (op < OPS) {
        m->code[at++] = op;
      } else {
        int number = word[0] == '-' || (word[0] >= '0' && word[0] <= '9');
        m->code[at++] = number ? atoi(word) : pass ? find_label(labels, count, word) : 0;
      }
    }
  }
}

static void run(struct machine *m) {
  int32_t *s = m->stack;
  int sp = 0, rp = 0, pc = 0;
  for (;;) {
    m->steps++;
    switch (m->code[pc++]) {
      case PUSH: s[sp++] = m->code[pc++]; break;
      case DUP: s[sp] = s[sp - 1]; sp++; break;
      case DROP: sp--; break;
      case SWAP: { int32_t t = s[sp - 1]; s[sp - 1] = s[sp - 2]; s[sp - 2] = t; break; }
      case OVER: s[sp] = s[sp - 2]; sp++; break;
      case ADD: sp--; s[sp - 1] += s[sp]; break;
      case SUB: sp--; s[sp - 1] -= s[sp]; break;
      case MUL: sp--; s[sp - 1] *= s[sp]; break;
      case MOD: sp--; s[sp - 1] %= s[sp]; break;
      case LESS: sp--; s[sp - 1] = s[sp - 1] < s[sp]; break;
      case EQUAL: sp--; s[sp - 1] = s[sp - 1] == s[sp]; break;
      case JUMP: pc = m->code[pc]; break;
      case JUMP_IF: pc = s[--sp] ? m->code[pc] : pc + 1; break;
      case CALL: m->calls[rp++] = pc + 1; pc = m->code[pc]; break;
      case RETURN: pc = m->calls[--rp]; break;
      case LOAD: s[sp - 1] = m->memory[s[sp - 1]]; break;
      case STORE: sp -= 2; m->memory[s[sp + 1]] = s[sp]; break;
      case PRINT: printf("%d ", s[--sp]); break;
      case PUT: putchar(s[--sp]); break;
      case HALT: return;
      default: printf("bad opcode at %d\n", pc - 1); exit(2);
    }
  }
}

static const char FIBONACCI[] =
    "push 27 call fib print halt "
    "fib: dup push 2 less jumpif done "
    "dup push 1 sub call fib swap push 2 sub call fib add "
    "done: return";

// memory[0] is the candidate, memory[1] the divisor, memory[2] the count of primes found.
static const char PRIMES[] =
    "push 2 push 0 store "
    "next: push 2 push 1 store "
    "try: push 0 load push 1 load dup mul less jumpif prime "
    "push 0 load push 1 load mod push 0 equal jumpif composite "
    "push 1 load push 1 add push 1 store jump try "
    "prime: push 2 load push 1 add push 2 store "
    "composite: push 0 load push 1 add dup push 0 store "
    "push 30000 less jumpif next "
    "push 2 load print halt";

static const char REVERSE[] =
    "push 119 push 10 store push 97 push 11 store push 120 push 12 store "
    "push 13 "
    "loop: push 1 sub dup load put dup push 10 equal jumpif end jump loop "
    "end: drop halt";

static void program(const char *name, const char *text) {
  struct machine *m = calloc(1, sizeof *m);
  assemble(m, text);
  printf("%s: ", name);
  run(m);
  printf("in %llu steps\n", (unsigned long long)m->steps);
  free(m);
}

int main(void) {
  program("fibonacci", FIBONACCI);
  program("primes", PRIMES);
  program("reverse", REVERSE);
  return 0;
}
