#include "client/answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/utf8.h"

static const char list_suffix[] = "List";

// meta.UnsafeGuessKindToResource of apimachinery, or the kind is a plural itself (Endpoints).
static bool is_plural(const char *resource, const char *kind, size_t n)
{
    static const char *const ends[] = { "", "s", "es" };
    for (size_t i = 0; strncasecmp(resource, kind, n) == 0 && i < sizeof(ends) / sizeof(*ends); i++)
        if (strcmp(resource + n, ends[i]) == 0)
            return true;
    return n && kind[n - 1] == 'y' && strncasecmp(resource, kind, n - 1) == 0 && strcmp(resource + n - 1, "ies") == 0;
}

// Is it that kind, as far as is known? Groups without a dot are Kubernetes' own: their resources are called as their kinds.
static bool is_kind(const struct answer_want *want, const char *kind, size_t n)
{
    if (want->kind)
        return strlen(want->kind) == n && strncmp(want->kind, kind, n) == 0;
    return strchr(want->gvr->group, '.') || is_plural(want->gvr->resource, kind, n);
}

static bool is_version(const struct answer_want *want, const char *api)
{
    const struct gvr *g = want->gvr;
    size_t n = strlen(g->group);
    if (!n)
        return str_eq(api, g->version);
    return str_starts(api, g->group) && api[n] == '/' && str_eq(api + n + 1, g->version);
}

static bool is_wanted(const struct answer_want *want, enum prune_part part, const char *api, const char *kind)
{
    size_t n = strlen(kind);
    bool lists = want->kind && str_ends(want->kind, list_suffix); // metrics of other systems: what is listed is a list
    if (want->table && part != PART_ITEM)
        return str_eq(kind, "Table") && str_starts(api, "meta.k8s.io/");
    if (part != PART_LIST)
        return (is_version(want, api) || lists) && (is_kind(want, kind, n) || lists);
    if (str_eq(kind, list_suffix)) // of whatever its items say they are
        return str_eq(api, "v1") || is_version(want, api);
    if (!is_version(want, api))
        return false;
    return (str_ends(kind, list_suffix) && is_kind(want, kind, n - strlen(list_suffix))) || (lists && str_eq(kind, want->kind));
}

bool answer_check(const struct answer_want *want, enum prune_part part, const char *api, const char *kind, struct err *err)
{
    struct buf said = BUF_INIT;
    const char *form = want->table ? "a Table of " : part == PART_LIST ? "a list of " : "";
    const char *missing = !*kind && !*api ? "neither kind nor apiVersion" : !*kind ? "no kind" : !*api ? "no apiVersion" : NULL;
    if (is_wanted(want, part, api, kind) || (part == PART_BOOKMARK && missing))
        return true;
    utf8_sanitise(&said, kind, strlen(kind));
    if (*api) {
        buf_puts(&said, *kind ? " of " : "");
        utf8_sanitise(&said, api, strlen(api));
    }
    if (missing && part == PART_LIST)
        err_set(err, "the server's list of %s names %s", want->gvr->resource, missing);
    else if (missing)
        err_set(err, "an object in the server's %s of %s names %s", part == PART_ITEM ? "list" : "watch", want->gvr->resource,
            missing);
    else
        err_set(err, "the server sent %.200s, asked for %s%s of %s%s%s", said.s, form, want->gvr->resource, want->gvr->group,
            *want->gvr->group ? "/" : "", want->gvr->version);
    buf_release(&said);
    return err_hint(err, "what answers may be no API server, or an extension of it that is broken");
}
