// Preloaded (LD_PRELOAD) into a program: records its changes of files below FAULT_FOLDER, or makes them fail. See README.md.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 'c', WRITE = 'w', TRUNCATE = 't', SYNC = 's', SYNC_FOLDER = 'd', RENAME = 'r', LINK = 'l', UNLINK = 'u', MKDIR = 'm' };

static int log_file = -1;
static const char *folder;
static size_t folder_length;
static long long space = -1;
static int read_only;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void start(void) {
    folder = getenv("FAULT_FOLDER");
    folder_length = folder ? strlen(folder) : 0;
    const char *path = getenv("FAULT_LOG");
    if (path) log_file = REAL(open64)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (getenv("FAULT_SPACE")) space = atoll(getenv("FAULT_SPACE"));
    read_only = getenv("FAULT_READONLY") != NULL;
}

static int within(const char *path) { return folder_length && strncmp(path, folder, folder_length) == 0; }

/// The file's path now; 0 where it lies elsewhere.
static int path_of(int fd, char *path) {
    char link[64];
    if (!folder_length) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t count = readlink(link, path, PATH_MAX - 1);
    if (count <= 0) return 0;
    path[count] = 0;
    return within(path);
}

/// One record: kind, inode, offset, sizes of two texts, the texts. One write, so that several processes may share the record.
static void record(char kind, uint64_t inode, int64_t offset, const void *first, uint32_t first_size, const void *second, uint32_t second_size) {
    if (log_file < 0) return;
    int saved = errno;
    char head[25];
    head[0] = kind;
    memcpy(head + 1, &inode, 8);
    memcpy(head + 9, &offset, 8);
    memcpy(head + 17, &first_size, 4);
    memcpy(head + 21, &second_size, 4);
    struct iovec parts[3] = {{head, sizeof head}, {(void *)first, first_size}, {(void *)second, second_size}};
    (void)!writev(log_file, parts, 3);
    errno = saved;
}

static uint64_t inode_of(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 ? (uint64_t)status.st_ino : 0;
}

/// 0 where the bytes fit.
static int take(size_t count) {
    if (read_only) { errno = EROFS; return -1; }
    if (space < 0) return 0;
    if ((long long)count > space) { errno = ENOSPC; return -1; }
    space -= (long long)count;
    return 0;
}

static int opened(int fd, int flags) {
    if (fd < 0 || !(flags & O_CREAT)) return fd;
    char where[PATH_MAX];
    if (path_of(fd, where)) record(CREATE, inode_of(fd), 0, where, strlen(where), NULL, 0);
    return fd;
}

static int refused(const char *path, int flags) {
    char where[PATH_MAX];
    if (!read_only) return 0;
    if (path[0] == '/') snprintf(where, sizeof where, "%s", path);
    else if (!getcwd(where, sizeof where)) return 0;
    if (!within(where) || !(flags & (O_WRONLY | O_RDWR | O_CREAT))) return 0;
    errno = EROFS;
    return 1;
}

#define OPEN(name, ...)                                              \
    {                                                                \
        mode_t mode = 0;                                             \
        if (flags & (O_CREAT | O_TMPFILE)) {                         \
            va_list list;                                            \
            va_start(list, flags);                                   \
            mode = va_arg(list, mode_t);                             \
            va_end(list);                                            \
        }                                                            \
        if (refused(path, flags)) return -1;                         \
        int is_new = access(path, F_OK) != 0;                        \
        int fd = REAL(name)(__VA_ARGS__);                            \
        return is_new ? opened(fd, flags) : fd;                \
    }

int open(const char *path, int flags, ...) OPEN(open, path, flags, mode)
int open64(const char *path, int flags, ...) OPEN(open64, path, flags, mode)
int openat(int at, const char *path, int flags, ...) OPEN(openat, at, path, flags, mode)

ssize_t write(int fd, const void *bytes, size_t count) {
    char path[PATH_MAX];
    if (path_of(fd, path)) {
        if (take(count)) return -1;
        off_t offset = lseek(fd, 0, SEEK_CUR);
        if (fcntl(fd, F_GETFL) & O_APPEND) offset = lseek(fd, 0, SEEK_END);
        ssize_t done = REAL(write)(fd, bytes, count);
        if (done > 0) record(WRITE, inode_of(fd), offset, bytes, (uint32_t)done, NULL, 0);
        return done;
    }
    return REAL(write)(fd, bytes, count);
}

#define PWRITE(name, type)                                                                    \
    ssize_t name(int fd, const void *bytes, size_t count, type offset) {                      \
        char path[PATH_MAX];                                                                  \
        int is_within = path_of(fd, path);                                                    \
        if (is_within && take(count)) return -1;                                              \
        ssize_t done = REAL(name)(fd, bytes, count, offset);                                  \
        if (is_within && done > 0) record(WRITE, inode_of(fd), offset, bytes, (uint32_t)done, NULL, 0); \
        return done;                                                                          \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define FTRUNCATE(name, type)                                                        \
    int name(int fd, type size) {                                                    \
        char path[PATH_MAX];                                                         \
        if (read_only && path_of(fd, path)) { errno = EROFS; return -1; }            \
        int done = REAL(name)(fd, size);                                             \
        if (done == 0 && path_of(fd, path)) record(TRUNCATE, inode_of(fd), size, NULL, 0, NULL, 0); \
        return done;                                                                 \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

#define FSYNC(name)                                                                                    \
    int name(int fd) {                                                                                 \
        char path[PATH_MAX];                                                                           \
        int done = REAL(name)(fd);                                                                     \
        struct stat status;                                                                            \
        if (done == 0 && path_of(fd, path) && fstat(fd, &status) == 0)                                 \
            record(S_ISDIR(status.st_mode) ? SYNC_FOLDER : SYNC, (uint64_t)status.st_ino, 0, path, strlen(path), NULL, 0); \
        return done;                                                                                   \
    }
FSYNC(fsync)
FSYNC(fdatasync)

#define MOVE(name, kind)                                                                                     \
    int name(const char *from, const char *to) {                                                             \
        if (read_only && within(to)) { errno = EROFS; return -1; }                                           \
        int done = REAL(name)(from, to);                                                                     \
        if (done == 0 && within(to)) record(kind, 0, 0, from, strlen(from), to, strlen(to));                 \
        return done;                                                                                         \
    }
MOVE(rename, RENAME)
MOVE(link, LINK)

int unlink(const char *path) {
    if (read_only && within(path)) { errno = EROFS; return -1; }
    int done = REAL(unlink)(path);
    if (done == 0 && within(path)) record(UNLINK, 0, 0, path, strlen(path), NULL, 0);
    return done;
}

int mkdir(const char *path, mode_t mode) {
    if (read_only && within(path)) { errno = EROFS; return -1; }
    int done = REAL(mkdir)(path, mode);
    if (done == 0 && within(path)) record(MKDIR, 0, 0, path, strlen(path), NULL, 0);
    return done;
}
