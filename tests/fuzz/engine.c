// libFuzzer's entry: the target is named by KVIEW_FUZZ.
#include "tests/fuzz/fuzz.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct fuzz_target *target;
    if (!target) {
        const char *name = getenv("KVIEW_FUZZ");
        target = name ? fuzz_find(name) : NULL;
        if (!target) {
            fprintf(stderr, "KVIEW_FUZZ names no target\n");
            exit(2);
        }
    }
    if (n <= target->max_len)
        fuzz_run(target, data, n);
    return 0;
}
