// The targets of the frame: a program of their own, so that the others link without it, its keymaps and curses.
#include "tests/fuzz/fuzz.h"

static const struct fuzz_target targets[] = {
    { "config", fuzz_config, 2048 },
    { "input", fuzz_input, 128 },
    { "keymap", fuzz_keymap, 1024 },
};

const struct fuzz_target *fuzz_targets(size_t *n)
{
    *n = sizeof(targets) / sizeof(*targets);
    return targets;
}
