// A driver of SQLite: DIR PHASE. A phase first makes what it needs, untimed, then is timed by itself, and
// prints a checksum of what it has read. `file` works on a database in the directory, the others on
// one in memory.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"
#include "timed.h"

enum { ROWS = 40000 };

static sqlite3 *db;
static uint64_t sum = 14695981039346656037u;
static uint32_t state = 1;

static uint32_t next_random(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

static void fold(uint64_t value) {
  sum = (sum ^ value) * 1099511628211u;
}

static void must(int code, const char *what) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
  fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(db));
  exit(1);
}

static void run(const char *sql) {
  must(sqlite3_exec(db, sql, NULL, NULL, NULL), sql);
}

static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *statement;
  must(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), sql);
  return statement;
}

// Runs a statement to its end and folds every value of its rows into the checksum.
static void drain(sqlite3_stmt *statement) {
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW)
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
      if (sqlite3_column_type(statement, i) == SQLITE_TEXT) {
        const unsigned char *text = sqlite3_column_text(statement, i);
        while (*text) fold(*text++);
      } else {
        fold((uint64_t)sqlite3_column_int64(statement, i));
      }
    }
  must(code, sqlite3_sql(statement));
  sqlite3_reset(statement);
}

static void ask(const char *sql) {
  sqlite3_stmt *statement = prepare(sql);
  drain(statement);
  sqlite3_finalize(statement);
}

// A number in words, the text of most columns.
static int words(char *into, uint32_t number) {
  static const char *const DIGITS[] = {"zero", "one", "two", "three", "four",
                                       "five", "six", "seven", "eight", "nine"};
  int length = 0;
  do {
    length += sprintf(into + length, "%s ", DIGITS[number % 10]);
    number /= 10;
  } while (number);
  return length - 1;
}

static void fill(const char *table, int rows) {
  char sql[80], text[80];
  snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?1, ?2, ?3, ?4)", table);
  sqlite3_stmt *insert = prepare(sql);
  for (int i = 0; i < rows; i++) {
    uint32_t value = next_random() % 1000000;
    sqlite3_bind_int(insert, 1, i);
    sqlite3_bind_int(insert, 2, (int)value);
    sqlite3_bind_double(insert, 3, value / 7.0);
    sqlite3_bind_text(insert, 4, text, words(text, value), SQLITE_TRANSIENT);
    drain(insert);
  }
  sqlite3_finalize(insert);
}

static void make_tables(void) {
  run("CREATE TABLE plain (id INTEGER, value INTEGER, real REAL, words TEXT);"
      "CREATE TABLE keyed (id INTEGER PRIMARY KEY, value INTEGER, real REAL, words TEXT);"
      "CREATE INDEX keyed_value ON keyed (value);"
      "CREATE INDEX keyed_words ON keyed (words);");
}

static void make_rows(void) {
  make_tables();
  run("BEGIN");
  fill("plain", ROWS);
  fill("keyed", ROWS);
  run("COMMIT");
}

static void insert(void) {
  run("BEGIN");
  fill("plain", ROWS);
  fill("keyed", ROWS);
  run("COMMIT");
}

static void bulk(void) {
  for (int i = 0; i < 3; i++) {
    run("BEGIN; CREATE TABLE copy AS SELECT * FROM plain ORDER BY words;"
        "CREATE INDEX copy_real ON copy (real); CREATE UNIQUE INDEX copy_id ON copy (id, value);");
    ask("SELECT count(*), min(real), max(words) FROM copy");
    run("DROP TABLE copy; COMMIT");
  }
}

static void lookup(void) {
  sqlite3_stmt *by_key = prepare("SELECT value, words FROM keyed WHERE id = ?1");
  sqlite3_stmt *by_value = prepare("SELECT id, words FROM keyed WHERE value BETWEEN ?1 AND ?1 + 40");
  for (int i = 0; i < 2 * ROWS; i++) {
    sqlite3_bind_int(by_key, 1, (int)(next_random() % ROWS));
    drain(by_key);
    sqlite3_bind_int(by_value, 1, (int)(next_random() % 1000000));
    drain(by_value);
  }
  sqlite3_finalize(by_key);
  sqlite3_finalize(by_value);
}

static void scan(void) {
  sqlite3_stmt *between =
      prepare("SELECT count(*), avg(real), sum(id) FROM plain WHERE value BETWEEN ?1 AND ?1 + 5000");
  sqlite3_stmt *like = prepare("SELECT count(*), max(value) FROM plain WHERE words LIKE ?1");
  for (int i = 0; i < 40; i++) {
    sqlite3_bind_int(between, 1, i * 20000);
    drain(between);
    char text[80];
    int length = sprintf(text, "%%");
    length += words(text + length, (uint32_t)i + 10);
    strcpy(text + length, "%");
    if (i % 4 == 0) {
      sqlite3_bind_text(like, 1, text, -1, SQLITE_TRANSIENT);
      drain(like);
    }
  }
  sqlite3_finalize(between);
  sqlite3_finalize(like);
}

static void update(void) {
  run("BEGIN");
  sqlite3_stmt *one = prepare("UPDATE keyed SET value = value + ?2, words = words || ?2 WHERE id = ?1");
  for (int i = 0; i < ROWS; i++) {
    sqlite3_bind_int(one, 1, (int)(next_random() % ROWS));
    sqlite3_bind_int(one, 2, i % 100);
    drain(one);
  }
  sqlite3_finalize(one);
  for (int i = 0; i < 8; i++)
    run("UPDATE plain SET real = real * 1.5 + id, value = value * 3 % 1000000 WHERE id % 3 < 2");
  run("COMMIT");
  ask("SELECT count(*), sum(value), max(words) FROM keyed");
  ask("SELECT sum(value) FROM plain");
}

static void join(void) {
  for (int i = 0; i < 4; i++)
    ask("SELECT count(*), sum(a.value), max(b.words) FROM plain a JOIN keyed b ON b.id = a.value % 40000");
  ask("SELECT a.value / 50000 AS part, count(*), sum(b.value) FROM plain a JOIN keyed b "
      "ON b.value = a.value + 1 OR b.id = a.id GROUP BY part HAVING count(*) > 3 ORDER BY 3 DESC");
  ask("SELECT count(*) FROM plain WHERE id IN (SELECT id FROM keyed WHERE value < 300000 "
      "EXCEPT SELECT id FROM keyed WHERE words < 'five')");
}

static void delete(void) {
  run("BEGIN");
  sqlite3_stmt *one = prepare("DELETE FROM keyed WHERE id = ?1");
  for (int i = 0; i < ROWS; i += 2) {
    sqlite3_bind_int(one, 1, i);
    drain(one);
  }
  sqlite3_finalize(one);
  run("DELETE FROM keyed WHERE value BETWEEN 200000 AND 600000");
  run("DELETE FROM plain WHERE words LIKE '%nine%'");
  run("INSERT INTO keyed SELECT id + 100000, value, real, words FROM plain");
  run("DELETE FROM keyed WHERE id > 120000");
  run("COMMIT");
  ask("SELECT count(*), sum(value), min(words) FROM keyed");
  ask("SELECT count(*) FROM plain");
}

static void text(void) {
  ask("SELECT upper(words), length(words), instr(words, 'seven') FROM plain WHERE id % 2 ORDER BY words, id");
  ask("SELECT substr(words, 2, 5) AS part, group_concat(id % 10, '') FROM plain GROUP BY part");
  ask("SELECT sum(length(replace(words, 'one', 'eleven'))), count(DISTINCT trim(words, 'eno ')) FROM plain");
  ask("SELECT printf('%08d %.3f %s', id, real, words) FROM plain WHERE id % 2");
}

static void file(void) {
  make_tables();
  for (int i = 0; i < 5; i++) {
    run("BEGIN");
    fill("plain", ROWS / 5);
    run("COMMIT");
  }
  run("BEGIN; INSERT INTO keyed SELECT * FROM plain WHERE rowid <= 20000 GROUP BY id; COMMIT");
  for (int i = 0; i < 3; i++) {
    ask("SELECT count(*), sum(value), max(words) FROM plain");
    ask("SELECT count(*) FROM keyed WHERE words > 'six'");
    run("UPDATE keyed SET value = value + 1 WHERE id % 5 = 0");
  }
  run("DELETE FROM plain WHERE id % 4 = 1; VACUUM");
  ask("PRAGMA integrity_check");
}

static const struct {
  const char *name;
  void (*prepare)(void), (*run)(void);
} PHASES[] = {
    {"insert", make_tables, insert}, {"bulk", make_rows, bulk},     {"lookup", make_rows, lookup},
    {"scan", make_rows, scan},       {"update", make_rows, update}, {"join", make_rows, join},
    {"delete", make_rows, delete},   {"text", make_rows, text},     {"file", NULL, file},
};

int main(int argc, char **argv) {
  for (size_t i = 0; argc == 3 && i < sizeof PHASES / sizeof *PHASES; i++) {
    if (strcmp(PHASES[i].name, argv[2])) continue;
    char path[4096] = ":memory:";
    if (!PHASES[i].prepare) snprintf(path, sizeof path, "%s/bench.db", argv[1]);
    // Locks by directories: the one way that needs nothing but a file system.
    must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix-dotfile"), path);
    if (PHASES[i].prepare) PHASES[i].prepare();
    timed_begin();
    PHASES[i].run();
    timed_end();
    printf("%s %016llx\n", argv[2], (unsigned long long)sum);
    must(sqlite3_close(db), "close");
    return 0;
  }
  fprintf(stderr, "usage: sqlite DIR PHASE\n");
  return 2;
}
