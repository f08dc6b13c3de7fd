// Calls through tables of functions: a tree of expressions evaluated by indirect calls.
#include "kernel.h"

struct node;
typedef uint32_t (*evaluate)(const struct node *, uint32_t);
struct node { evaluate call; const struct node *left, *right; uint32_t value; };

enum { NODES = 4095, ROUNDS = 22000 };
static struct node nodes[NODES];

static uint32_t constant(const struct node *n, uint32_t x) { return n->value + (x & 1); }
static uint32_t variable(const struct node *n, uint32_t x) { return x ^ n->value; }
static uint32_t add(const struct node *n, uint32_t x) {
  return n->left->call(n->left, x) + n->right->call(n->right, x);
}
static uint32_t multiply(const struct node *n, uint32_t x) {
  return n->left->call(n->left, x) * (n->right->call(n->right, x) | 1);
}
static uint32_t exclusive(const struct node *n, uint32_t x) {
  return n->left->call(n->left, x + 1) ^ n->right->call(n->right, x);
}
static uint32_t choose(const struct node *n, uint32_t x) {
  uint32_t left = n->left->call(n->left, x);
  return left & 1 ? n->right->call(n->right, left) : left;
}

static uint64_t kernel(void) {
  static const evaluate INNER[] = {add, multiply, exclusive, choose};
  uint32_t state = 99;
  for (int i = 0; i < NODES; i++) {
    uint32_t random = next_random(&state);
    int leaf = 2 * i + 2 >= NODES;
    nodes[i].call = leaf ? (random & 1 ? constant : variable) : INNER[random >> 30];
    nodes[i].left = leaf ? NULL : &nodes[2 * i + 1];
    nodes[i].right = leaf ? NULL : &nodes[2 * i + 2];
    nodes[i].value = random >> 8;
  }
  uint64_t sum = 0;
  for (uint32_t i = 0; i < ROUNDS; i++) sum = fold(sum, nodes[0].call(&nodes[0], i * 2654435761u));
  return sum;
}
