// Stands before the C library's file functions (LD_PRELOAD). Calls that concern files below a folder are
// counted; at the n-th the process is killed, or the call fails, does half of its work or is interrupted.
//
//   FAULT_FOLDER  absolute; calls on other files pass
//   FAULT_CALLS   names of calls that count, with commas between; without it all that change something
//   FAULT         count, kill-before, kill-after, kill-midway, fail, short, interrupt
//   FAULT_AT      n, from 1
//   FAULT_ERROR   the error's number, for fail
//   FAULT_STICKY  set: every later call fails, too
//   FAULT_LOG     a file to which each counted call is appended
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum Fate { PASSES, FAILS, IS_SHORT, KILLS_AFTER, KILLS_MIDWAY };

static const char *folder, *calls, *fault;
static long place = -1;
static int error = EIO, isSticky, logFile = -1;
static atomic_long count;

static const char *changing =
    "open,write,pwrite,fsync,sync,rename,link,symlink,unlink,mkdir,rmdir,ftruncate,truncate";

static int systemOpen(int at, const char *path, int flags, mode_t mode) {
  return (int)syscall(SYS_openat, at, path, flags, mode);
}

__attribute__((constructor)) static void begin(void) {
  folder = getenv("FAULT_FOLDER");
  fault = folder ? getenv("FAULT") : NULL;
  calls = getenv("FAULT_CALLS") ? getenv("FAULT_CALLS") : changing;
  if (getenv("FAULT_AT")) place = atol(getenv("FAULT_AT"));
  if (getenv("FAULT_ERROR")) error = atoi(getenv("FAULT_ERROR"));
  isSticky = getenv("FAULT_STICKY") != NULL;
  const char *log = getenv("FAULT_LOG");
  if (!log) return;
  const int opened = systemOpen(AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  logFile = fcntl(opened, F_DUPFD_CLOEXEC, 900);  // out of the way of what the program counts
  close(opened);
}

static void die(void) {
  kill(getpid(), SIGKILL);
  pause();
}

static int isCounted(const char *call) {
  const size_t length = strlen(call);
  for (const char *found = calls; (found = strstr(found, call)); found += length) {
    const int begins = found == calls || found[-1] == ',';
    if (begins && (found[length] == 0 || found[length] == ',')) return 1;
  }
  return 0;
}

static int isBelow(const char *path) {
  char whole[2 * PATH_MAX];
  if (path[0] != '/' && getcwd(whole, PATH_MAX)) {
    const size_t length = strlen(whole);
    snprintf(whole + length, sizeof whole - length, "/%s", path);
    path = whole;
  }
  return strstr(path, folder) != NULL;
}

// One line: the call's number and name, its file and, of a call on two, the file that it comes from.
static void record(long number, const char *call, const char *path, const char *from) {
  if (logFile < 0) return;
  const int saved = errno;
  char line[2 * PATH_MAX + 64];
  const int length = snprintf(line, sizeof line, "%ld\t%s\t%s\t%s\n", number, call, path, from);
  syscall(SYS_write, logFile, line, length);
  errno = saved;
}

// What becomes of a call that makes the file `path`, of the file `from` if there is one.
static enum Fate fateOfPair(const char *call, const char *from, const char *path) {
  if (!fault || !isCounted(call) || !isBelow(path)) return PASSES;
  const long number = atomic_fetch_add(&count, 1) + 1;
  record(number, call, path, from);
  if (number != place && !(isSticky && place > 0 && number > place)) return PASSES;
  if (!strcmp(fault, "kill-before")) die();
  if (!strcmp(fault, "kill-after")) return KILLS_AFTER;
  if (!strcmp(fault, "kill-midway")) return KILLS_MIDWAY;
  if (!strcmp(fault, "short")) return IS_SHORT;
  if (!strcmp(fault, "interrupt")) error = EINTR;
  return !strcmp(fault, "fail") || !strcmp(fault, "interrupt") ? FAILS : PASSES;
}

static enum Fate fate(const char *call, const char *path) { return fateOfPair(call, "", path); }

// The same of an open file, which is known by its number.
static enum Fate fateOf(const char *call, int file) {
  if (!fault || file <= 2) return PASSES;
  char link[64], path[PATH_MAX];
  const int saved = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  errno = saved;
  if (length < 0) return PASSES;
  path[length] = 0;
  return fate(call, path);
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

// A call that can do a part of its work: `half` of `size` bytes.
#define IN_PART(decision, size, half, made)                       \
  do {                                                            \
    const enum Fate what = (decision);                            \
    if (what == FAILS) {                                          \
      errno = error;                                              \
      return -1;                                                  \
    }                                                             \
    if (what == IS_SHORT && (size) > 1) return (half);            \
    if (what == KILLS_MIDWAY) {                                   \
      if ((half) < 0) perror("half of a call");                   \
      die();                                                      \
    }                                                             \
    const ssize_t result = (made);                                \
    if (what == KILLS_AFTER) die();                               \
    return result;                                                \
  } while (0)

// A call that happens as a whole or not at all.
#define WHOLE(decision, made) IN_PART(decision, 0, 0, made)

int fsync(int file) { WHOLE(fateOf("fsync", file), REAL(fsync)(file)); }
int fdatasync(int file) { WHOLE(fateOf("fsync", file), REAL(fdatasync)(file)); }
// Of all file systems at once; it cannot fail.
void sync(void) {
  const enum Fate found = fate("sync", folder ? folder : "");
  REAL(sync)();
  if (found == KILLS_AFTER || found == KILLS_MIDWAY) die();
}
int ftruncate(int file, off_t size) { WHOLE(fateOf("ftruncate", file), REAL(ftruncate)(file, size)); }
int truncate(const char *path, off_t size) {
  WHOLE(fate("truncate", path), REAL(truncate)(path, size));
}
int rename(const char *from, const char *to) {
  WHOLE(fateOfPair("rename", from, to), REAL(rename)(from, to));
}
int link(const char *from, const char *to) {
  WHOLE(fateOfPair("link", from, to), REAL(link)(from, to));
}
int symlink(const char *target, const char *path) {
  WHOLE(fate("symlink", path), REAL(symlink)(target, path));
}
int unlink(const char *path) { WHOLE(fate("unlink", path), REAL(unlink)(path)); }
int rmdir(const char *path) { WHOLE(fate("rmdir", path), REAL(rmdir)(path)); }
int mkdir(const char *path, mode_t mode) { WHOLE(fate("mkdir", path), REAL(mkdir)(path, mode)); }

static int opened(int at, const char *path, int flags, mode_t mode) {
  const int changes = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;
  WHOLE(fate(changes ? "open" : "openr", path), systemOpen(at, path, flags, mode));
}

#define MODE(flags)                                       \
  mode_t mode = 0;                                        \
  if ((flags) & (O_CREAT | O_TMPFILE)) {                  \
    va_list arguments;                                    \
    va_start(arguments, flags);                           \
    mode = va_arg(arguments, mode_t);                     \
    va_end(arguments);                                    \
  }

int open(const char *path, int flags, ...) {
  MODE(flags)
  return opened(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE(flags)
  return opened(AT_FDCWD, path, flags, mode);
}
int openat(int at, const char *path, int flags, ...) {
  MODE(flags)
  return opened(at, path, flags, mode);
}
int openat64(int at, const char *path, int flags, ...) {
  MODE(flags)
  return opened(at, path, flags, mode);
}

int stat(const char *path, struct stat *found) {
  WHOLE(fate("stat", path), REAL(stat)(path, found));
}
int lstat(const char *path, struct stat *found) {
  WHOLE(fate("stat", path), REAL(lstat)(path, found));
}

DIR *opendir(const char *path) {
  const enum Fate found = fate("opendir", path);
  if (found != FAILS) return REAL(opendir)(path);
  errno = error;
  return NULL;
}
// Fails as the end comes, but for errno.
struct dirent *readdir(DIR *listing) {
  const enum Fate found = fateOf("readdir", dirfd(listing));
  if (found != FAILS) return REAL(readdir)(listing);
  errno = error;
  return NULL;
}

ssize_t write(int file, const void *bytes, size_t size) {
  IN_PART(fateOf("write", file), size, REAL(write)(file, bytes, size / 2),
          REAL(write)(file, bytes, size));
}
ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
  IN_PART(fateOf("pwrite", file), size, REAL(pwrite)(file, bytes, size / 2, offset),
          REAL(pwrite)(file, bytes, size, offset));
}
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
  return pwrite(file, bytes, size, offset);
}
ssize_t read(int file, void *bytes, size_t size) {
  IN_PART(fateOf("read", file), size, REAL(read)(file, bytes, size / 2),
          REAL(read)(file, bytes, size));
}
