// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// Preloaded by `make bench`. Counts the heap allocations of the program's first thread and writes their number, when the program
// ends, to the file named by ORIEL_BENCH_ALLOCATIONS. Other threads, such as the guest that draws, aren't part of the viewer's
// cost.

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

// glibc's internal names for the functions replaced here. They need no dlsym, which would itself allocate.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static __thread bool isFirstThread __attribute__((tls_model("initial-exec")));
static unsigned long long allocations;

static void count(void) {
    if (isFirstThread) allocations++;
}

__attribute__((constructor)) static void begin(void) { isFirstThread = true; }

__attribute__((destructor)) static void end(void) {
    isFirstThread = false;
    const char *path = getenv("ORIEL_BENCH_ALLOCATIONS");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%llu\n", allocations);
    fclose(file);
}

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *pointer, size_t size) {
    count();
    return __libc_realloc(pointer, size);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size) {
    count();
    void *memory = __libc_memalign(alignment, size);
    if (!memory) return ENOMEM;
    *pointer = memory;
    return 0;
}
