#include "base/xdg.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

static char *in_folder(const char *var, const char *fallback, const char *name)
{
    const char *dir = getenv(var), *home = getenv("HOME");
    if (dir && *dir == '/')
        return xasprintf("%s/kview/%s", dir, name);
    return xasprintf("%s/%s/kview/%s", str_or(home, "/tmp"), fallback, name);
}

char *xdg_config(const char *name)
{
    return in_folder("XDG_CONFIG_HOME", ".config", name);
}

char *xdg_state(const char *name)
{
    return in_folder("XDG_STATE_HOME", ".local/state", name);
}

char *path_typed(const char *typed)
{
    const char *home = getenv("HOME");
    return str_starts(typed, "~/") && home && *home ? xasprintf("%s%s", home, typed + 1) : xstrdup(typed);
}
