// Parses a large JSON text into a tree and adds it up: bytes, branches, small allocations.
#include "kernel.h"

enum { RECORDS = 6000, ROUNDS = 400, ARENA = 1 << 23 };
enum kind { NUMBER, STRING, ARRAY, OBJECT, TRUE, FALSE, NIL };
struct value { enum kind kind; double number; const char *text; int length; struct value *first, *next; };

static char text[1 << 21];
static struct value arena[ARENA / sizeof(struct value)];
static size_t used;
static const char *at;

static void blanks(void) {
  while (*at == ' ' || *at == '\n' || *at == '\t') at++;
}

static double number(void) {
  double value = 0, scale = 1;
  int minus = *at == '-';
  if (minus) at++;
  while (*at >= '0' && *at <= '9') value = value * 10 + (*at++ - '0');
  if (*at == '.')
    for (at++; *at >= '0' && *at <= '9'; at++) value += (*at - '0') * (scale /= 10);
  return minus ? -value : value;
}

static struct value *parse(void);

static void members(struct value *into, char end, int keyed) {
  struct value **tail = &into->first;
  at++;
  for (blanks(); *at != end; blanks()) {
    if (keyed) {
      struct value *key = parse();
      blanks();
      at++;
      *tail = key;
      tail = &key->next;
    }
    *tail = parse();
    tail = &(*tail)->next;
    blanks();
    if (*at == ',') at++;
  }
  at++;
}

static struct value *parse(void) {
  struct value *v = &arena[used++];
  memset(v, 0, sizeof *v);
  blanks();
  switch (*at) {
    case '{': v->kind = OBJECT; members(v, '}', 1); break;
    case '[': v->kind = ARRAY; members(v, ']', 0); break;
    case '"':
      v->kind = STRING;
      v->text = ++at;
      while (*at != '"') at += *at == '\\' ? 2 : 1;
      v->length = (int)(at++ - v->text);
      break;
    case 't': v->kind = TRUE; at += 4; break;
    case 'f': v->kind = FALSE; at += 5; break;
    case 'n': v->kind = NIL; at += 4; break;
    default: v->kind = NUMBER; v->number = number();
  }
  return v;
}

static uint64_t add_up(const struct value *v) {
  uint64_t sum = v->kind;
  if (v->kind == NUMBER) sum = fold(sum, (uint64_t)(int64_t)(v->number * 100));
  for (int i = 0; i < v->length; i++) sum = fold(sum, (uint8_t)v->text[i]);
  for (const struct value *below = v->first; below; below = below->next) sum += add_up(below);
  return sum;
}

static uint64_t kernel(void) {
  uint32_t state = 31;
  char *out = text;
  *out++ = '[';
  for (int i = 0; i < RECORDS; i++)
    out += sprintf(out, "%s\n {\"id\": %d, \"name\": \"bird \\\"%u\\\"\", \"wing\": -%u.%02u, "
        "\"seen\": [%u, %u, %u], \"rare\": %s, \"note\": null}", i ? "," : "", i,
        next_random(&state) % 1000, next_random(&state) % 90, next_random(&state) % 100,
        next_random(&state) % 50, next_random(&state), state % 7, state & 1 ? "true" : "false");
  strcpy(out, "]");
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    at = text;
    used = 0;
    sum = fold(sum, add_up(parse()));
  }
  return sum;
}
