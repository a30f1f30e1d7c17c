// The fuzz targets: every parser that eats bytes from a file, a server, a plugin or a terminal, with the
// properties that must hold for any input. The same table is driven by libFuzzer (engine.c, `make fuzz`)
// and, over the kept corpora, by a plain main (replay.c, `make test`).
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

// One input. data[n] is a NUL that does not count, so that text parsers may be given data itself.
typedef void fuzz_fn(const char *data, size_t n);
struct fuzz_target {
    const char *name;
    fuzz_fn *run;
    size_t max_len; // longer inputs find nothing that shorter ones do not
};

const struct fuzz_target *fuzz_targets(size_t *n);
const struct fuzz_target *fuzz_find(const char *name); // NULL: no such target
void fuzz_run(const struct fuzz_target *t, const void *data, size_t n); // adds the NUL

// A property of the program that this input has broken.
#define FUZZ_CHECK(cond) BUG_ON(!(cond))

// A file with these bytes, at a path that stays the same; for loaders that want a name.
const char *fuzz_file(const char *data, size_t n);
// The first line is cut off: its end is *rest. Used where an input has a head that chooses.
size_t fuzz_head(const char *data, size_t n, char *head, size_t max);

fuzz_fn fuzz_config, fuzz_describe, fuzz_discovery, fuzz_exec, fuzz_exec_channels, fuzz_feed, fuzz_filter, fuzz_input,
    fuzz_keymap, fuzz_kubeconfig, fuzz_logline, fuzz_metrics, fuzz_number, fuzz_oidc, fuzz_openapi, fuzz_pager, fuzz_row, fuzz_screen,
    fuzz_skin, fuzz_spec, fuzz_state, fuzz_status, fuzz_strings, fuzz_terminal, fuzz_yaml, fuzz_yamlview;

#endif
