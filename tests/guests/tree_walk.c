// Grows a tree of directories and files, walks it, and removes it again. Every count that the
// walk finds is compared with what was made; names come out sorted, since readdir's order is free.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 4, DIRS = 3, FILES = 5, MANY = 700 };

struct totals {
  unsigned dirs, files, deepest;
  unsigned long long bytes;
  unsigned hash;
};

static void die(const char *what, const char *path) {
  printf("%s %s: %s\n", what, path, strerror(errno));
  exit(1);
}

static void make_file(const char *path, unsigned size) {
  FILE *file = fopen(path, "w");
  if (!file) die("fopen", path);
  for (unsigned i = 0; i < size; i++) fputc('a' + (int)(i % 26), file);
  if (fclose(file)) die("fclose", path);
}

static void grow(const char *path, unsigned depth) {
  char below[512];
  if (mkdir(path, 0755)) die("mkdir", path);
  for (unsigned i = 0; i < FILES; i++) {
    snprintf(below, sizeof below, "%s/file-%u.txt", path, i);
    make_file(below, depth * 100 + i);
  }
  if (depth == DEPTH) return;
  for (unsigned i = 0; i < DIRS; i++) {
    snprintf(below, sizeof below, "%s/dir-%u", path, i);
    grow(below, depth + 1);
  }
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static unsigned list(const char *path, char **names, unsigned room) {
  DIR *dir = opendir(path);
  if (!dir) die("opendir", path);
  unsigned count = 0;
  for (struct dirent *entry; (entry = readdir(dir));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (count < room) names[count] = strdup(entry->d_name);
    count++;
  }
  closedir(dir);
  if (count <= room) qsort(names, count, sizeof *names, by_name);
  return count;
}

static void walk(const char *path, unsigned depth, struct totals *t, int remove_too) {
  char *names[64], below[512];
  unsigned count = list(path, names, 64);
  t->dirs++;
  if (depth > t->deepest) t->deepest = depth;
  for (unsigned i = 0; i < count; i++) {
    struct stat facts;
    snprintf(below, sizeof below, "%s/%s", path, names[i]);
    for (char *c = names[i]; *c; c++) t->hash = t->hash * 31 + (unsigned char)*c;
    if (lstat(below, &facts)) die("lstat", below);
    if (S_ISDIR(facts.st_mode)) {
      walk(below, depth + 1, t, remove_too);
    } else {
      t->files++;
      t->bytes += (unsigned long long)facts.st_size;
      if (remove_too && unlink(below)) die("unlink", below);
    }
    free(names[i]);
  }
  if (remove_too && rmdir(path)) die("rmdir", path);
}

// A directory too large for one readdir buffer: cookies have to carry the listing on.
static void large_directory(const char *path) {
  char below[512];
  static char *names[MANY];
  if (mkdir(path, 0755)) die("mkdir", path);
  for (unsigned i = 0; i < MANY; i++) {
    snprintf(below, sizeof below, "%s/a-rather-long-name-to-fill-the-buffer-%04u", path, i);
    make_file(below, 1);
  }
  unsigned count = list(path, names, MANY);
  unsigned twice = 0;
  for (unsigned i = 1; i < count; i++) twice += !strcmp(names[i - 1], names[i]);
  printf("large directory: %u entries, %u twice\n", count, twice);
  printf("first %s\nlast %s\n", names[0], names[count - 1]);
  for (unsigned i = 0; i < count; i++) {
    snprintf(below, sizeof below, "%s/%s", path, names[i]);
    if (unlink(below)) die("unlink", below);
  }
  printf("left: %u\n", list(path, names, MANY));
  if (rmdir(path)) die("rmdir", path);
}

int main(int argc, char **argv) {
  const char *base = argc > 1 ? argv[1] : "/data";
  char root[256];
  struct totals t = {0};
  snprintf(root, sizeof root, "%s/tree", base);
  grow(root, 0);
  walk(root, 0, &t, 0);
  printf("walk: %u directories, %u files, %llu bytes, deepest %u, names %08x\n", t.dirs, t.files,
         t.bytes, t.deepest, t.hash);
  memset(&t, 0, sizeof t);
  walk(root, 0, &t, 1);
  printf("removed: %u directories, %u files\n", t.dirs, t.files);
  struct stat facts;
  printf("gone: %s\n", stat(root, &facts) ? strerror(errno) : "still there");
  large_directory(root);
  return 0;
}
