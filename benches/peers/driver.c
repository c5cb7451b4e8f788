// Loads a kernel made by `gcc.py`, reads its inputs from standard input, and writes either seconds per
// call, timed as `repeated` in `common.py` does it, or the result.

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define HUGE_PAGE (2L << 20)
#define MOST_INPUTS 16
#define BATCHES 7

typedef void Kernel(const void *const *inputs, void *out, long elements);

static Kernel *kernel;
static const void *inputs[MOST_INPUTS];
static void *out;
static long elements;

static void fail(const char *problem) {
    fprintf(stderr, "driver: %s\n", problem);
    exit(1);
}

// Zeroed, and on huge pages when large, as NumPy's arrays and Brolga's are.
static void *array(size_t bytes) {
    int large = bytes >= 2 * HUGE_PAGE;
    size_t alignment = large ? HUGE_PAGE : 64;
    size_t size = (bytes + alignment - 1) / alignment * alignment;
    void *start = aligned_alloc(alignment, size);
    if (!start) fail("no memory");
#ifdef MADV_HUGEPAGE
    if (large) madvise(start, size, MADV_HUGEPAGE);
#endif
    return memset(start, 0, size);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static double batch(long calls) {
    double start = now();
    for (long call = 0; call < calls; call++) kernel(inputs, out, elements);
    return now() - start;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double seconds_per_call(void) {
    double times[BATCHES];
    long calls = 1;
    kernel(inputs, out, elements);
    while (batch(calls) < 1e-3) calls *= 2;
    for (int index = 0; index < BATCHES; index++) times[index] = batch(calls) / calls;
    qsort(times, BATCHES, sizeof *times, compare);
    return times[BATCHES / 2];
}

int main(int count, char **words) {
    if (count != 6) fail("usage: driver time|result KERNEL.so INPUTS ELEMENTS BYTES-OF-AN-ELEMENT");
    long number_of_inputs = atol(words[3]);
    elements = atol(words[4]);
    size_t bytes = elements * atol(words[5]);
    if (number_of_inputs > MOST_INPUTS) fail("too many inputs");

    void *library = dlopen(words[2], RTLD_NOW);
    if (!library) fail(dlerror());
    *(void **)&kernel = dlsym(library, "kernel");
    if (!kernel) fail("no function `kernel`");

    for (long index = 0; index < number_of_inputs; index++) {
        void *input = array(bytes);
        if (fread(input, 1, bytes, stdin) != bytes) fail("too little input");
        inputs[index] = input;
    }
    out = array(bytes);

    if (strcmp(words[1], "result") == 0) {
        kernel(inputs, out, elements);
        if (fwrite(out, 1, bytes, stdout) != bytes) fail("the result cannot be written");
    } else {
        printf("%.9e\n", seconds_per_call());
    }
    return 0;
}
