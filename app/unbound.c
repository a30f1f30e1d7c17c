#include "app/unbound.h"

#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "keymaps/keymap.h"

// The command behind these keys in k9s's keymap; "" none.
static void in_k9s(const char *mode, const struct key *keys, size_t n, char *command, size_t size)
{
    struct keymap *km = keymap_new(NULL);
    struct keymap_state st = { 0 };
    struct buf problems = BUF_INIT;
    const char *found = NULL;
    enum keymap_result is = KEYMAP_NONE;
    keymap_load_builtin(km, "k9s", &problems);
    for (size_t i = 0; i < n; i++)
        is = keymap_feed(km, &st, mode, keys[i], &found);
    snprintf(command, size, "%s", is == KEYMAP_COMMAND ? found : "");
    buf_release(&problems);
    keymap_free(km);
}

void unbound_say(struct app *app, const char *mode, const struct key *keys, size_t n)
{
    char typed[64] = "", command[64], here[32], help[32];
    for (size_t i = 0; i < n; i++) {
        char one[16];
        key_format(keys[i], one, sizeof(one));
        size_t used = strlen(typed);
        snprintf(typed + used, sizeof(typed) - used, "%s%s", i ? " " : "", one);
    }
    in_k9s(mode, keys, n, command, sizeof(command));
    keymap_keys_of(app->keys, mode, command, here, sizeof(here));
    keymap_keys_of(app->keys, mode, "help", help, sizeof(help));
    if (*here)
        app_flash(app, ROLE_INFO, "%s is not bound here; k9s's \"%s\" is %s", typed, command, here);
    else if (*command)
        app_flash(app, ROLE_INFO, "%s is not bound here; k9s's \"%s\" is :%s", typed, command, command);
    else
        app_flash(app, ROLE_DIM, "%s is not bound here: %s shows the keys that are", typed, *help ? help : ":help");
}
