/* Let the operating system refuse a write, a sync, a rename, a removal below one folder: the call of a KIND (its first
   letter) with this NUMBER fails with ERROR, and if that is LASTING so do all after it, whatever they are. Preloaded into
   a process that arms it through ctypes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static char folder[4096], kind;
static int number, error, lasting, count, met;

void fault_arm(const char *place, char of, int which, int code, int for_ever) {
    snprintf(folder, sizeof folder, "%s", place);
    kind = of, number = which, error = code, lasting = for_ever, count = met = 0;
}
int fault_disarm(void) { folder[0] = 0; return met; }

static int fails(const char *name, const char *path) {
    int is_this;
    if (!folder[0] || strncmp(path, folder, strlen(folder))) return 0;
    is_this = name[0] == kind && ++count == number;
    if (!is_this && !(met && lasting)) return 0;
    met = 1;
    errno = error;
    return 1;
}

static int fails_fd(const char *name, int fd) {
    char link[64], path[4096];
    ssize_t size;
    if (!folder[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return fails(name, path);
}

#define REAL(name) static __typeof__(&name) real = 0; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *data, size_t size) { REAL(write); return fails_fd("write", fd) ? -1 : real(fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t to) { REAL(pwrite); return fails_fd("write", fd) ? -1 : real(fd, data, size, to); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t to) { REAL(pwrite64); return fails_fd("write", fd) ? -1 : real(fd, data, size, to); }
int fsync(int fd) { REAL(fsync); return fails_fd("fsync", fd) ? -1 : real(fd); }
int fdatasync(int fd) { REAL(fdatasync); return fails_fd("fsync", fd) ? -1 : real(fd); }
int ftruncate(int fd, off_t size) { REAL(ftruncate); return fails_fd("truncate", fd) ? -1 : real(fd, size); }
int ftruncate64(int fd, off64_t size) { REAL(ftruncate64); return fails_fd("truncate", fd) ? -1 : real(fd, size); }
int unlink(const char *path) { REAL(unlink); return fails("unlink", path) ? -1 : real(path); }
int rename(const char *from, const char *to) { REAL(rename); return fails("rename", to) ? -1 : real(from, to); }

#define OPEN(name) int name(const char *path, int flags, ...) { \
    mode_t mode = 0; va_list more; REAL(name); \
    va_start(more, flags); if (flags & (O_CREAT | O_TMPFILE)) mode = va_arg(more, mode_t); va_end(more); \
    return (flags & O_CREAT) && fails("create", path) ? -1 : real(path, flags, mode); }
OPEN(open)
OPEN(open64)
