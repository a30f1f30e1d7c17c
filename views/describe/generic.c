// Describe: any other kind, with its keys as they are written.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "views/describe/kinds.h"

// kubectl's smartLabelFor: "creationTimestamp" -> "Creation Timestamp", "uid" -> "UID"; camelcase.Split keeps
// runs of capitals together but for the last before a small letter ("PDFLoader" -> "PDF", "Loader").
static void title(const char *key, char *out, size_t n)
{
    static const char *const acronyms[] = { "API", "URL", "UID", "OSB", "GUID" };
    size_t w = 0;
    bool words = true;
    for (const char *s = key; *s; s++)
        words &= isalpha((unsigned char)*s) || *s == '-';
    for (size_t i = 0; key[i] && w + 2 < n && words;) {
        size_t len = 1;
        if (key[i] == '-')
            while (key[i + len] == '-')
                len++;
        else if (islower((unsigned char)key[i]))
            while (islower((unsigned char)key[i + len]))
                len++;
        else {
            while (isupper((unsigned char)key[i + len]))
                len++;
            if (islower((unsigned char)key[i + len])) {
                if (len > 1)
                    len--;
                else
                    while (islower((unsigned char)key[i + len]))
                        len++;
            }
        }
        bool acronym = false;
        for (size_t a = 0; a < sizeof(acronyms) / sizeof(*acronyms); a++)
            acronym |= strlen(acronyms[a]) == len && strncasecmp(acronyms[a], key + i, len) == 0;
        if (i && w + 1 < n)
            out[w++] = ' ';
        for (size_t k = 0; k < len && w + 1 < n; k++)
            out[w++] = (char)(acronym || k == 0 ? toupper((unsigned char)key[i + k])
                                                : tolower((unsigned char)key[i + k]));
        i += len;
    }
    out[w] = '\0';
    if (!words)
        snprintf(out, n, "%s", key);
}

// Go's %v of what JSON decodes to: large and fractional numbers as %v prints a float64
static const char *scalar(const json_t *v, char tmp[32])
{
    if (json_is_null(v))
        return "<nil>";
    if (json_is_real(v)) {
        snprintf(tmp, 32, "%.17g", json_real_value(v));
        for (int digits = 1; digits < 17; digits++) {
            char shorter[32];
            snprintf(shorter, sizeof(shorter), "%.*g", digits, json_real_value(v));
            if (strtod(shorter, NULL) == json_real_value(v)) {
                snprintf(tmp, 32, "%s", shorter);
                break;
            }
        }
        return tmp;
    }
    return json_scalar(v, tmp);
}

static void tree(struct dw *w, int level, const json_t *map, int depth);

static bool skipped(const char *key)
{
    static const char *const skip[] = { "managedFields", "name", "namespace", "labels",
        "annotations" };
    bool found = false;
    for (size_t i = 0; i < sizeof(skip) / sizeof(*skip); i++)
        found |= str_eq(key, skip[i]);
    return found;
}

static void member(struct dw *w, int level, const char *key, const json_t *v, int depth)
{
    char label[200], tmp[32];
    size_t i;
    json_t *item;
    title(key, label, sizeof(label));
    if (!json_is_object(v) && !json_is_array(v)) {
        dw(w, level, "%s:\t%s\n", label, scalar(v, tmp));
        return;
    }
    dw(w, level, "%s:\n", label);
    if (json_is_object(v))
        tree(w, level + 1, v, depth ? 2 : str_eq(key, "metadata") ? 1 : 2);
    json_array_foreach((json_t *)v, i, item)
    {
        if (json_is_object(item))
            tree(w, level + 1, item, 2);
        else
            dw(w, level + 1, "%s\n", scalar(item, tmp));
    }
}

// depth 0: the object, 1: its metadata, 2: within
static void tree(struct dw *w, int level, const json_t *map, int depth)
{
    size_t n;
    const char **keys = dw_keys(map, &n);
    for (size_t i = 0; i < n; i++)
        if (depth != 1 || !skipped(keys[i]))
            member(w, level, keys[i], json_object_get(map, keys[i]), depth);
    free(keys);
}

void describe_generic(struct dw *w, const json_t *doc)
{
    dw_name(w, doc, true);
    dw_labels(w, "Labels", json_at(doc, "metadata", "labels", NULL));
    dw_annotations(w, "Annotations", json_at(doc, "metadata", "annotations", NULL));
    tree(w, 0, doc, 0);
}
