/*
 * Preloaded into a replica: what it writes into regular files under CONCOORD_SHIM_DIR stays in this
 * process until it is synced, as in a disk's volatile cache. A SIGKILL then takes away what a power
 * cut would. The process itself reads what it wrote.
 *
 * Sizes, names and deletions take effect at once: only contents are kept back. With
 * CONCOORD_SHIM_TORN, so many of 100 sectors reach the file at once all the same, in no order, as
 * when a cache is written back. With CONCOORD_SHIM_LOG, every sync that had something to write adds
 * a line: when it began and ended (ns of the monotonic clock), how many bytes, which file.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { SECTOR = 512 };

typedef struct extent {
  struct extent *next;
  off_t at;
  size_t length;
  char bytes[];
} extent;

typedef struct file {
  struct file *next;
  dev_t device;
  ino_t inode;
  extent *first;
  extent **end;
} file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static file *files;
static char directory[PATH_MAX];
static size_t directory_length;
static int torn;
static int log_fd = -1;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static ssize_t (*real_read)(int, void *, size_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_open)(const char *, int, ...);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);

static void *find(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

__attribute__((constructor)) static void begin(void) {
  real_pwrite = find("pwrite64");
  real_write = find("write");
  real_writev = find("writev");
  real_pwritev = find("pwritev64");
  real_pread = find("pread64");
  real_read = find("read");
  real_fsync = find("fsync");
  real_fdatasync = find("fdatasync");
  real_open = find("open64");
  real_ftruncate = find("ftruncate64");
  real_unlink = find("unlink");
  real_rename = find("rename");
  const char *where = getenv("CONCOORD_SHIM_DIR");
  if (where == NULL || realpath(where, directory) == NULL) abort();
  directory_length = strlen(directory);
  const char *percent = getenv("CONCOORD_SHIM_TORN");
  if (percent != NULL) torn = atoi(percent);
  srandom((unsigned)time(NULL) ^ (unsigned)getpid());
  const char *log = getenv("CONCOORD_SHIM_LOG");
  if (log != NULL) log_fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* The path of a regular file under the directory, or NULL for everything that is not ours. */
static const char *ours(int fd, struct stat *status, char *path) {
  if (fd == log_fd || fstat(fd, status) != 0 || !S_ISREG(status->st_mode)) return NULL;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return NULL;
  path[length] = 0;
  if (strncmp(path, directory, directory_length) != 0 || path[directory_length] != '/') return NULL;
  return path;
}

static file *known(const struct stat *status) {
  for (file *one = files; one != NULL; one = one->next) {
    if (one->device == status->st_dev && one->inode == status->st_ino) return one;
  }
  return NULL;
}

static file *make_known(const struct stat *status) {
  file *one = known(status);
  if (one != NULL) return one;
  one = calloc(1, sizeof *one);
  if (one == NULL) abort();
  one->device = status->st_dev;
  one->inode = status->st_ino;
  one->end = &one->first;
  one->next = files;
  files = one;
  return one;
}

/* Forgets what was kept back of a file behind `size`. */
static void cut(const struct stat *status, off_t size) {
  file *one = known(status);
  if (one == NULL) return;
  extent **link = &one->first;
  while (*link != NULL) {
    extent *part = *link;
    if (part->at + (off_t)part->length > size) {
      part->length = part->at < size ? (size_t)(size - part->at) : 0;
    }
    if (part->length > 0) {
      link = &part->next;
    } else {
      *link = part->next;
      free(part);
    }
  }
  one->end = link;
}

static void write_all(int fd, const char *bytes, size_t length, off_t at) {
  while (length > 0) {
    ssize_t done = real_pwrite(fd, bytes, length, at);
    if (done <= 0) {
      if (done < 0 && errno == EINTR) continue;
      abort();
    }
    bytes += done;
    length -= (size_t)done;
    at += done;
  }
}

static void write_some(int fd, const char *bytes, size_t length, off_t at) {
  for (size_t done = 0; done < length; done += SECTOR) {
    if (random() % 100 >= torn) continue;
    size_t part = length - done < SECTOR ? length - done : SECTOR;
    write_all(fd, bytes + done, part, at + (off_t)done);
  }
}

static ssize_t keep_back(int fd, const struct stat *status, const void *bytes, size_t length,
                         off_t at) {
  off_t size = at + (off_t)length;
  if (size > status->st_size && real_ftruncate(fd, size) != 0) return -1;
  extent *part = malloc(sizeof *part + length);
  if (part == NULL) abort();
  part->next = NULL;
  part->at = at;
  part->length = length;
  memcpy(part->bytes, bytes, length);
  file *one = make_known(status);
  *one->end = part;
  one->end = &part->next;
  if (torn > 0) write_some(fd, bytes, length, at);
  return (ssize_t)length;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
  struct stat status;
  char path[PATH_MAX];
  if (ours(fd, &status, path) == NULL) return real_pwrite(fd, bytes, length, at);
  pthread_mutex_lock(&lock);
  ssize_t done = keep_back(fd, &status, bytes, length, at);
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  return pwrite64(fd, bytes, length, at);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  struct stat status;
  char path[PATH_MAX];
  if (ours(fd, &status, path) == NULL) return real_write(fd, bytes, length);
  pthread_mutex_lock(&lock);
  int appends = (fcntl(fd, F_GETFL) & O_APPEND) != 0;
  off_t at = appends ? status.st_size : lseek(fd, 0, SEEK_CUR);
  ssize_t done = keep_back(fd, &status, bytes, length, at);
  if (done > 0) lseek(fd, at + done, SEEK_SET);
  pthread_mutex_unlock(&lock);
  return done;
}

/* Nobody writes our files in several pieces: who begins to must not go unnoticed. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  struct stat status;
  char path[PATH_MAX];
  if (ours(fd, &status, path) != NULL) abort();
  return real_writev(fd, parts, count);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) {
  struct stat status;
  char path[PATH_MAX];
  if (ours(fd, &status, path) != NULL) abort();
  return real_pwritev(fd, parts, count, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  return pwritev64(fd, parts, count, at);
}

/* Lays what was kept back over what was read. */
static void lay_over(const struct stat *status, char *bytes, size_t length, off_t at) {
  file *one = known(status);
  if (one == NULL) return;
  for (extent *part = one->first; part != NULL; part = part->next) {
    off_t from = part->at > at ? part->at : at;
    off_t to = part->at + (off_t)part->length;
    if (to > at + (off_t)length) to = at + (off_t)length;
    if (from >= to) continue;
    memcpy(bytes + (from - at), part->bytes + (from - part->at), (size_t)(to - from));
  }
}

ssize_t pread64(int fd, void *bytes, size_t length, off_t at) {
  ssize_t done = real_pread(fd, bytes, length, at);
  struct stat status;
  char path[PATH_MAX];
  if (done <= 0 || ours(fd, &status, path) == NULL) return done;
  pthread_mutex_lock(&lock);
  lay_over(&status, bytes, (size_t)done, at);
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t pread(int fd, void *bytes, size_t length, off_t at) {
  return pread64(fd, bytes, length, at);
}

ssize_t read(int fd, void *bytes, size_t length) {
  struct stat status;
  char path[PATH_MAX];
  if (ours(fd, &status, path) == NULL) return real_read(fd, bytes, length);
  off_t at = lseek(fd, 0, SEEK_CUR);
  ssize_t done = real_read(fd, bytes, length);
  if (done <= 0) return done;
  pthread_mutex_lock(&lock);
  lay_over(&status, bytes, (size_t)done, at);
  pthread_mutex_unlock(&lock);
  return done;
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int sync_with(int (*real)(int), int fd) {
  struct stat status;
  char path[PATH_MAX];
  if (ours(fd, &status, path) == NULL) return real(fd);
  long long began = now();
  long long bytes = 0;
  pthread_mutex_lock(&lock);
  file *one = known(&status);
  for (extent *part = one == NULL ? NULL : one->first; part != NULL; part = part->next) {
    write_all(fd, part->bytes, part->length, part->at);
    bytes += (long long)part->length;
  }
  cut(&status, 0);
  pthread_mutex_unlock(&lock);
  int result = real(fd);
  if (result == 0 && bytes > 0 && log_fd >= 0) {
    char line[PATH_MAX + 80];
    int length = snprintf(line, sizeof line, "%lld %lld %lld %s\n", began, now(), bytes, path);
    if (real_write(log_fd, line, (size_t)length) != length) abort();
  }
  return result;
}

int fsync(int fd) {
  return sync_with(real_fsync, fd);
}

int fdatasync(int fd) {
  return sync_with(real_fdatasync, fd);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  int fd = real_open(path, flags, mode);
  struct stat status;
  char name[PATH_MAX];
  if (fd < 0 || (flags & O_TRUNC) == 0 || ours(fd, &status, name) == NULL) return fd;
  pthread_mutex_lock(&lock);
  cut(&status, 0);
  pthread_mutex_unlock(&lock);
  return fd;
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open64(path, flags, mode);
}

int ftruncate64(int fd, off_t size) {
  struct stat status;
  char path[PATH_MAX];
  if (ours(fd, &status, path) != NULL) {
    pthread_mutex_lock(&lock);
    cut(&status, size);
    pthread_mutex_unlock(&lock);
  }
  return real_ftruncate(fd, size);
}

int ftruncate(int fd, off_t size) {
  return ftruncate64(fd, size);
}

/* The number of a deleted file may be given to a new one, which must not inherit anything. */
static void forget(const char *path) {
  struct stat status;
  if (lstat(path, &status) != 0 || status.st_nlink > 1) return;
  pthread_mutex_lock(&lock);
  cut(&status, 0);
  pthread_mutex_unlock(&lock);
}

int unlink(const char *path) {
  forget(path);
  return real_unlink(path);
}

int rename(const char *from, const char *to) {
  forget(to);
  return real_rename(from, to);
}
