// A small shell over SQLite's own sources. It runs a fixed course on a database in the directory
// given: create, fill with 100,000 rows, query, change, roll back, close, reopen, check. With a
// second argument it runs that SQL instead. It prints the same on every machine.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"

enum { ROWS = 100000 };

static sqlite3 *db;

static void must(int code, const char *what) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
  printf("%s: %s\n", what, sqlite3_errmsg(db));
  exit(1);
}

static void run(const char *sql) {
  must(sqlite3_exec(db, sql, NULL, NULL, NULL), sql);
}

static int print_row(void *first, int columns, char **values, char **names) {
  if (*(int *)first) {
    for (int i = 0; i < columns; i++) printf("%s%s", i ? "|" : "", names[i]);
    putchar('\n');
    *(int *)first = 0;
  }
  for (int i = 0; i < columns; i++) printf("%s%s", i ? "|" : "", values[i] ? values[i] : "NULL");
  putchar('\n');
  return 0;
}

static void query(const char *sql) {
  int first = 1;
  printf("> %s\n", sql);
  must(sqlite3_exec(db, sql, print_row, &first, NULL), sql);
}

static void open_at(const char *path) {
  // Locks by directories: the one way that needs nothing but a file system.
  must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix-dotfile"), path);
}

static void fill(void) {
  sqlite3_stmt *insert;
  unsigned state = 12345;
  run("BEGIN");
  must(sqlite3_prepare_v2(db, "INSERT INTO birds(name, ring, weight, note) VALUES (?,?,?,?)", -1,
                          &insert, NULL), "prepare");
  for (int i = 0; i < ROWS; i++) {
    char name[32], note[64];
    state = state * 1664525u + 1013904223u;
    snprintf(name, sizeof name, "bird %u", state >> 22);
    snprintf(note, sizeof note, "seen at place %u in year %u", state >> 12 & 255, 1950 + (state >> 8) % 70);
    sqlite3_bind_text(insert, 1, name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(insert, 2, (sqlite3_int64)i * 7919 % 1000003);
    sqlite3_bind_double(insert, 3, 20 + (state >> 20) / 100.0);
    if (i % 10)
      sqlite3_bind_text(insert, 4, note, -1, SQLITE_TRANSIENT);
    else
      sqlite3_bind_null(insert, 4);
    must(sqlite3_step(insert), "step");
    must(sqlite3_reset(insert), "reset");
  }
  must(sqlite3_finalize(insert), "finalize");
  run("COMMIT");
}

static void course(const char *path) {
  open_at(path);
  run("PRAGMA page_size=4096");
  run("CREATE TABLE birds(id INTEGER PRIMARY KEY, name TEXT, ring INTEGER, weight REAL, note TEXT)");
  fill();
  query("SELECT count(*), count(note), sum(ring), round(avg(weight), 6) FROM birds");
  run("CREATE INDEX by_name ON birds(name, ring)");
  query("EXPLAIN QUERY PLAN SELECT ring FROM birds WHERE name = 'bird 77'");
  query("SELECT name, count(*) AS n, min(ring), max(ring) FROM birds GROUP BY name ORDER BY n DESC, name LIMIT 5");
  query("SELECT substr(note, -4) AS year, count(*), printf('%.3f', total(weight)) FROM birds "
        "WHERE note LIKE '%place 7%' GROUP BY year HAVING count(*) > 20 ORDER BY year LIMIT 5");
  query("SELECT a.id, b.id, a.ring FROM birds a JOIN birds b ON b.ring = a.ring + 1 "
        "WHERE a.id < 2000 ORDER BY a.id LIMIT 5");
  query("WITH RECURSIVE fib(n, a, b) AS (SELECT 1, 0, 1 UNION ALL SELECT n + 1, b, a + b FROM fib "
        "WHERE n < 80) SELECT n, a FROM fib WHERE n % 20 = 0");
  query("SELECT id, weight, rank() OVER (ORDER BY weight DESC, id) AS r FROM birds ORDER BY r LIMIT 3");
  run("BEGIN");
  run("DELETE FROM birds WHERE id % 2 = 0");
  query("SELECT count(*) FROM birds");
  run("ROLLBACK");
  run("UPDATE birds SET note = upper(note) WHERE ring % 3 = 0");
  run("DELETE FROM birds WHERE weight > 50");
  must(sqlite3_close(db), "close");
  open_at(path);
  query("SELECT count(*), sum(length(note)), min(note), max(note) FROM birds");
  query("SELECT json_group_array(name) FROM (SELECT DISTINCT name FROM birds ORDER BY name LIMIT 4)");
  run("VACUUM");
  query("PRAGMA integrity_check");
  query("PRAGMA page_count");
  must(sqlite3_close(db), "close");
}

int main(int argc, char **argv) {
  char path[256];
  printf("SQLite %s\n", sqlite3_libversion());
  const char *dir = argc > 1 ? argv[1] : ".";
  snprintf(path, sizeof path, "%s/birds.db", dir);
  // Sorts spill into files there: a guest has no other place for them.
  sqlite3_temp_directory = sqlite3_mprintf("%s", dir);
  if (argc <= 2) {
    course(path);
    return 0;
  }
  open_at(path);
  query(argv[2]);
  must(sqlite3_close(db), "close");
  return 0;
}
