// Counts calls of malloc, calloc and realloc: LD_PRELOAD this, the count is printed at the end.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_ulong calls;
static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static int (*real_posix_memalign)(void **, size_t, size_t);

// dlsym itself asks for memory before the real functions are known.
static char early[65536];
static size_t early_used;

static void find(void) {
    real_malloc = dlsym(RTLD_NEXT, "malloc");
    real_realloc = dlsym(RTLD_NEXT, "realloc");
    real_posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    real_calloc = dlsym(RTLD_NEXT, "calloc");
}

void *malloc(size_t size) {
    if (!real_malloc) find();
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return real_malloc(size);
}

void *calloc(size_t count, size_t size) {
    if (!real_calloc) {
        if (early_used + count * size > sizeof early) abort();
        void *start = early + early_used;
        early_used += (count * size + 15) & ~(size_t)15;
        return start;
    }
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return real_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    if (!real_realloc) find();
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return real_realloc(old, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (!real_posix_memalign) find();
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return real_posix_memalign(result, alignment, size);
}

static __attribute__((destructor)) void say(void) { fprintf(stderr, "allocations %lu\n", atomic_load(&calls)); }
