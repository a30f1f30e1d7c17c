// The targets that stand without the frame.
#include "tests/fuzz/fuzz.h"

static const struct fuzz_target targets[] = {
    { "describe", fuzz_describe, 8192 },
    { "discovery", fuzz_discovery, 4096 },
    { "channels", fuzz_exec_channels, 1024 },
    { "exec", fuzz_exec, 2048 },
    { "feed", fuzz_feed, 4096 },
    { "filter", fuzz_filter, 512 },
    { "kubeconfig", fuzz_kubeconfig, 4096 },
    { "logline", fuzz_logline, 2048 },
    { "metrics", fuzz_metrics, 2048 },
    { "number", fuzz_number, 64 },
    { "oidc", fuzz_oidc, 1024 },
    { "openapi", fuzz_openapi, 2048 },
    { "pager", fuzz_pager, 1024 },
    { "row", fuzz_row, 8192 },
    { "screen", fuzz_screen, 512 },
    { "skin", fuzz_skin, 1024 },
    { "spec", fuzz_spec, 256 },
    { "state", fuzz_state, 1024 },
    { "status", fuzz_status, 1024 },
    { "strings", fuzz_strings, 256 },
    { "terminal", fuzz_terminal, 512 },
    { "yaml", fuzz_yaml, 2048 },
    { "yamlview", fuzz_yamlview, 2048 },
};

const struct fuzz_target *fuzz_targets(size_t *n)
{
    *n = sizeof(targets) / sizeof(*targets);
    return targets;
}
