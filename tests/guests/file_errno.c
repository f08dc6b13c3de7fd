// Walks through the file calls and prints how each one ended: what succeeds, and which errno the
// rest give. Only what the specification and POSIX agree upon is printed.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[128];

// The path of `name` below the mounted directory; four may be in use at once.
static const char *at(const char *name) {
  static char room[4][256];
  static int next;
  char *path = room[next++ % 4];
  snprintf(path, 256, "%s/%s", base, name);
  return path;
}

static void result(const char *what, long value) {
  if (value < 0)
    printf("%-28s %s\n", what, strerror(errno));
  else
    printf("%-28s %ld\n", what, value);
}

// For calls whose success is a descriptor, whose number is nobody's business.
static int opened(const char *what, int fd) {
  printf("%-28s %s\n", what, fd < 0 ? strerror(errno) : "open");
  return fd;
}

static void contents(const char *what, const char *name) {
  char buffer[64] = {0};
  int fd = open(at(name), O_RDONLY);
  ssize_t got = fd < 0 ? -1 : read(fd, buffer, sizeof buffer - 1);
  if (got < 0)
    printf("%-28s %s\n", what, strerror(errno));
  else
    printf("%-28s %zd \"%s\"\n", what, got, buffer);
  if (fd >= 0) close(fd);
}

static void creating(void) {
  int fd = opened("open absent", open(at("a"), O_RDONLY));
  fd = opened("create", open(at("a"), O_CREAT | O_WRONLY, 0644));
  result("write", write(fd, "hello world", 11));
  char byte;
  result("read from write-only", read(fd, &byte, 1));
  result("close", close(fd));
  result("close again", close(fd));
  opened("create exclusive", open(at("a"), O_CREAT | O_EXCL | O_WRONLY, 0644));
  fd = opened("append", open(at("a"), O_WRONLY | O_APPEND));
  result("write at end", write(fd, "!", 1));
  result("seek to 0", lseek(fd, 0, SEEK_SET));
  result("append ignores the seek", write(fd, "?", 1));
  close(fd);
  contents("contents", "a");
  fd = opened("truncate", open(at("a"), O_WRONLY | O_TRUNC));
  close(fd);
  contents("contents", "a");
  opened("file as directory", open(at("a/b"), O_RDONLY));
  opened("O_DIRECTORY on a file", open(at("a"), O_RDONLY | O_DIRECTORY));
  fd = opened("read-only", open(at("a"), O_RDONLY));
  result("write to read-only", write(fd, "x", 1));
  close(fd);
}

static void positions(void) {
  char buffer[16] = {0};
  int fd = opened("read and write", open(at("p"), O_CREAT | O_RDWR, 0644));
  result("write ten", write(fd, "0123456789", 10));
  result("tell", lseek(fd, 0, SEEK_CUR));
  result("seek -3 from end", lseek(fd, -3, SEEK_END));
  result("read", read(fd, buffer, 2));
  printf("%-28s \"%s\"\n", "two bytes", buffer);
  result("seek before start", lseek(fd, -100, SEEK_CUR));
  result("pread at 2", pread(fd, buffer, 4, 2));
  printf("%-28s \"%s\"\n", "four bytes", buffer);
  result("pread past the end", pread(fd, buffer, 4, 100));
  result("pwrite at 12", pwrite(fd, "xy", 2, 12));
  result("tell is unmoved", lseek(fd, 0, SEEK_CUR));
  result("size", lseek(fd, 0, SEEK_END));
  memset(buffer, 'z', sizeof buffer);
  result("pread the hole", pread(fd, buffer, 4, 9));
  printf("%-28s %d %d %d %d\n", "hole", buffer[0], buffer[1], buffer[2], buffer[3]);
  result("ftruncate 5", ftruncate(fd, 5));
  result("size", lseek(fd, 0, SEEK_END));
  result("ftruncate 20", ftruncate(fd, 20));
  result("size", lseek(fd, 0, SEEK_END));
  result("ftruncate -1", ftruncate(fd, -1));
  result("fsync", fsync(fd));
  result("fdatasync", fdatasync(fd));
  close(fd);
  result("lseek on closed", lseek(fd, 0, SEEK_CUR));
}

static void directories(void) {
  result("mkdir", mkdir(at("d"), 0755));
  result("mkdir again", mkdir(at("d"), 0755));
  result("mkdir without parent", mkdir(at("no/where"), 0755));
  close(opened("file in it", open(at("d/f"), O_CREAT | O_WRONLY, 0644)));
  result("rmdir not empty", rmdir(at("d")));
  result("unlink a directory", unlink(at("d")) ? (errno == EISDIR || errno == EPERM ? 1 : -1) : 0);
  result("rmdir a file", rmdir(at("d/f")));
  opened("write to a directory", open(at("d"), O_WRONLY));
  DIR *dir = opendir(at("d"));
  int count = 0, regular = 0;
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    if (entry->d_name[0] == '.') continue;
    count++;
    regular += entry->d_type == DT_REG && !strcmp(entry->d_name, "f");
  }
  if (dir) closedir(dir);
  printf("%-28s %d, regular %d\n", "readdir", count, regular);
  result("unlink", unlink(at("d/f")));
  result("unlink again", unlink(at("d/f")));
  result("rmdir", rmdir(at("d")));
  result("rmdir again", rmdir(at("d")));
  printf("%-28s %s\n", "opendir absent", opendir(at("d")) ? "open" : strerror(errno));
}

static void renaming(void) {
  close(open(at("r1"), O_CREAT | O_WRONLY, 0644));
  int fd = open(at("r2"), O_CREAT | O_WRONLY, 0644);
  (void)!write(fd, "two", 3);
  close(fd);
  result("rename over a file", rename(at("r2"), at("r1")));
  contents("target", "r1");
  result("rename absent", rename(at("r2"), at("r3")));
  mkdir(at("rd"), 0755);
  mkdir(at("re"), 0755);
  close(open(at("re/f"), O_CREAT | O_WRONLY, 0644));
  result("file over directory", rename(at("r1"), at("rd")));
  result("directory over file", rename(at("rd"), at("r1")));
  result("directory over full one", rename(at("rd"), at("re")) ? (errno == ENOTEMPTY || errno == EEXIST ? 1 : -1) : 0);
  result("directory over empty one", rename(at("re"), at("rd")));
  result("into itself", rename(at("rd"), at("rd/below")));
  contents("moved along", "rd/f");
  unlink(at("rd/f"));
  rmdir(at("rd"));
  unlink(at("r1"));
}

static void links(void) {
  char buffer[64] = {0};
  struct stat facts;
  int fd = open(at("l"), O_CREAT | O_WRONLY, 0644);
  (void)!write(fd, "linked", 6);
  close(fd);
  result("symlink", symlink("l", at("s")));
  result("symlink again", symlink("l", at("s")));
  contents("through it", "s");
  result("readlink", readlink(at("s"), buffer, sizeof buffer));
  printf("%-28s \"%s\"\n", "target", buffer);
  memset(buffer, 0, sizeof buffer);
  symlink("a-long-target", at("long"));
  result("readlink, little room", readlink(at("long"), buffer, 4));
  printf("%-28s \"%s\"\n", "target", buffer);
  result("readlink on a file", readlink(at("l"), buffer, sizeof buffer));
  result("lstat", lstat(at("s"), &facts));
  printf("%-28s %d\n", "is a link", S_ISLNK(facts.st_mode));
  result("stat", stat(at("s"), &facts));
  printf("%-28s %d, size %lld\n", "is a file", S_ISREG(facts.st_mode), (long long)facts.st_size);
  symlink("nowhere", at("dangling"));
  opened("open dangling", open(at("dangling"), O_RDONLY));
  opened("O_NOFOLLOW on a link", open(at("s"), O_RDONLY | O_NOFOLLOW));
  symlink("loop", at("loop"));
  opened("loop", open(at("loop"), O_RDONLY));
  result("hard link", link(at("l"), at("h")));
  result("hard link again", link(at("l"), at("h")));
  result("stat", stat(at("h"), &facts));
  printf("%-28s %lu\n", "links", (unsigned long)facts.st_nlink);
  unlink(at("l"));
  contents("outlives the first name", "h");
  opened("and the symlink dangles", open(at("s"), O_RDONLY));
  unlink(at("h"));
  unlink(at("s"));
  unlink(at("long"));
  unlink(at("loop"));
  unlink(at("dangling"));
}

static void times(void) {
  struct stat facts;
  int fd = open(at("t"), O_CREAT | O_RDWR, 0644);
  struct timespec set[2] = {{1000000000, 123456789}, {1500000000, 987654321}};
  result("futimens", futimens(fd, set));
  fstat(fd, &facts);
  printf("%-28s %lld.%09ld %lld.%09ld\n", "atime, mtime", (long long)facts.st_atim.tv_sec,
         facts.st_atim.tv_nsec, (long long)facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
  struct timespec keep[2] = {{0, UTIME_OMIT}, {1600000000, 5}};
  result("utimensat, keep atime", utimensat(AT_FDCWD, at("t"), keep, 0));
  stat(at("t"), &facts);
  printf("%-28s %lld %lld\n", "atime, mtime", (long long)facts.st_atim.tv_sec,
         (long long)facts.st_mtim.tv_sec);
  struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  result("to now", futimens(fd, now));
  fstat(fd, &facts);
  printf("%-28s %d\n", "is recent", facts.st_mtim.tv_sec > 1600000000);
  close(fd);
  unlink(at("t"));
}

// Runtimes give EPERM or ENOTCAPABLE for a path that leaves its directory; both are a refusal.
static void refused(const char *what, int fd) {
  int refusal = errno == EPERM || errno == ENOTCAPABLE || errno == EACCES;
  printf("%-28s %s\n", what, fd >= 0 ? "open!" : refusal ? "refused" : strerror(errno));
}

static void escaping(void) {
  refused("dot dot", open(at("../etc/passwd"), O_RDONLY));
  opened("absolute", open("/etc/passwd", O_RDONLY));
  symlink("../..", at("out"));
  refused("link upwards", open(at("out/etc/passwd"), O_RDONLY));
  unlink(at("out"));
  mkdir(at("in"), 0755);
  opened("down and up again", open(at("in/../p"), O_RDONLY));
  rmdir(at("in"));
  opened("empty path", open("", O_RDONLY));
}

int main(int argc, char **argv) {
  snprintf(base, sizeof base, "%s", argc > 1 ? argv[1] : "/data");
  creating();
  positions();
  directories();
  renaming();
  links();
  times();
  escaping();
  return 0;
}
