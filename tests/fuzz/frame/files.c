// What the frame reads from disk: configuration and keymaps.
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/config.c" // the check of the configuration's keys is static there
#include "base/yaml.h"
#include "keymaps/keymap.h"

void fuzz_config(const char *data, size_t n)
{
    struct buf problems = BUF_INIT;
    struct err err = { 0 };
    json_t *where = NULL;
    struct config c = { .doc = yaml_load_where(data, n, "config.yaml", &where, &err) };
    FUZZ_CHECK(c.doc || err_is(&err));
    if (json_is_object(c.doc))
        check(&c, where, "config.yaml", &problems);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        config_text(&c, keys[i].key);
        config_flag(&c, keys[i].key, true);
    }
    config_alias(&c, "po");
    free(config_columns(&c, "pods"));
    config_sort(&c, "pods");
    for (int slot = 0; slot <= 10; slot++)
        config_favourite(&c, slot);
    struct kube_context context = { .name = (char *)"prod-eu" };
    struct kube_cluster cluster = { .name = (char *)"c", .server = (char *)"https://h:6443" };
    struct ctx cx = { .target.context = &context, .target.cluster = &cluster };
    config_apply_context(&c, &cx);
    json_decref(c.doc);
    json_decref(where);
    buf_release(&problems);
}

void fuzz_keymap(const char *data, size_t n)
{
    (void)n;
    struct buf errors = BUF_INIT;
    struct keymap *km = keymap_new(command_known);
    keymap_load(km, "keys", data, &errors);
    for (size_t i = 0; i < km->binds.n; i++) {
        const struct keymap_bind *b = &km->binds.v[i];
        struct keymap_state st = { 0 };
        const char *command = NULL;
        char keys_text[64];
        FUZZ_CHECK(b->nkeys >= 1 && b->nkeys <= KEYMAP_MAX_SEQ && *b->command);
        for (size_t k = 0; k < b->nkeys; k++)
            keymap_feed(km, &st, b->mode, b->keys[k], &command);
        keymap_keys_of(km, b->mode, b->command, keys_text, sizeof(keys_text));
        for (size_t k = 0; k < b->nkeys; k++) { // what help shows must be what one may write
            char one[32];
            struct key back;
            key_format(b->keys[k], one, sizeof(one));
            FUZZ_CHECK(key_parse(one, strlen(one), &back) && key_eq(back, b->keys[k]));
        }
    }
    keymap_free(km);
    buf_release(&errors);
}
