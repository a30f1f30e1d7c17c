#include "demo/messages.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "demo/messages_data.h"

void message_name(const char *api_version, const char *kind, char *out, size_t n)
{
    const char *slash = strchr(api_version, '/');
    int group = (int)strcspn(api_version, "./");
    if (str_eq(kind, "DeleteOptions"))
        snprintf(out, n, "meta.v1.DeleteOptions"); // of every group
    else if (slash)
        snprintf(out, n, "%.*s.%s.%s", group, api_version, slash + 1, kind);
    else
        snprintf(out, n, "core.%s.%s", api_version, kind);
}

const char *message_find(const char *name)
{
    const char *text = messages_data[0].text;
    char line[120];
    snprintf(line, sizeof(line), "\nmessage %s\n", name);
    if (str_starts(text, line + 1))
        return text + strlen(line + 1);
    const char *at = strstr(text, line);
    return at ? at + strlen(line) : NULL;
}

bool message_next(const char **at, struct message_field *f)
{
    char type[84];
    if (!*at || sscanf(*at, "%llu %79s %83s", &f->number, f->name, type) != 3)
        return false;
    f->list = str_starts(type, "[]");
    f->map = str_starts(type, "{}");
    f->inlined = *type == '.';
    snprintf(f->type, sizeof(f->type), "%s", type + (f->list || f->map ? 2 : f->inlined));
    *at = strchr(*at, '\n') + 1;
    return true;
}
