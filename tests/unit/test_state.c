// What is remembered between runs: kept over a close, bounded, and never fatal.
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/state.h"
#include "base/str.h"

static int make_dir(void **state)
{
    char *dir = xstrdup("/tmp/kview-state-XXXXXX");
    assert_non_null(mkdtemp(dir));
    *state = dir;
    return 0;
}

static int remove_dir(void **state)
{
    char *cmd = xasprintf("rm -rf '%s'", (char *)*state);
    int rc = system(cmd);
    free(cmd);
    free(*state);
    return rc;
}

static void kept(void **state)
{
    char *path = xasprintf("%s/deep/state.json", (char *)*state);
    struct buf warnings = BUF_INIT;
    struct stat st;
    struct state *s = state_open(path, &warnings);
    assert_null(state_get(s, "sort", "prod/pods"));
    state_set(s, "sort", "prod/pods", "-AGE");
    state_set(s, "sort", "prod/nodes", "NAME");
    state_set(s, "sort", "prod/nodes", NULL);
    state_list_add(s, "history", "pods", 3);
    state_list_add(s, "history", "deploy \"x\"", 3);
    state_close(s);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    s = state_open(path, &warnings);
    assert_string_equal(state_get(s, "sort", "prod/pods"), "-AGE");
    assert_null(state_get(s, "sort", "prod/nodes"));
    assert_int_equal(state_list_count(s, "history"), 2);
    assert_string_equal(state_list_at(s, "history", 1), "deploy \"x\"");
    assert_string_equal(state_list_at(s, "history", 9), "");
    assert_string_equal(warnings.s, "");
    state_close(s);
    free(path);
}

static void lists(void **state)
{
    struct state *s = state_open(NULL, NULL);
    (void)state;
    for (int i = 0; i < 10; i++) {
        char text[8];
        snprintf(text, sizeof(text), "v%d", i);
        state_list_add(s, "history", text, 4);
    }
    assert_int_equal(state_list_count(s, "history"), 4);
    assert_string_equal(state_list_at(s, "history", 0), "v6");
    state_list_add(s, "history", "v7", 4); // again: it moves to the end
    assert_int_equal(state_list_count(s, "history"), 4);
    assert_string_equal(state_list_at(s, "history", 3), "v7");
    state_list_take(s, "history", json_array());
    assert_int_equal(state_list_count(s, "history"), 0);
    state_close(s);
}

static void damaged(void **state)
{
    static const char *const texts[] = { "", "{", "[1,2]", "null", "{\"sort\": {\"a\": \"b\"}} trailing",
        "\xff\xfe" };
    char *path = xasprintf("%s/state.json", (char *)*state), *bad = xasprintf("%s.damaged", path);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct buf warnings = BUF_INIT;
        struct err err;
        assert_true(file_write(path, texts[i], strlen(texts[i]), &err));
        struct state *s = state_open(path, &warnings);
        assert_non_null(strstr(warnings.s, "state.json: not a state file; moved to"));
        assert_int_equal(access(bad, F_OK), 0);
        state_set(s, "sort", "x", "NAME"); // and goes on
        state_close(s);
        assert_int_equal(unlink(bad), 0);
        assert_int_equal(unlink(path), 0);
        buf_release(&warnings);
    }
    free(path);
    free(bad);
}

// Too large, no file, not to be read: kept beside as well, never written over.
static void set_aside_whole(void **state)
{
    char *path = xasprintf("%s/aside.json", (char *)*state), *bad = xasprintf("%s.damaged", path);
    char *many = xmalloc(3 << 20), *large = xmalloc(5 << 20);
    struct err err;
    struct stat st;
    memset(large, ' ', 5 << 20);
    for (size_t i = 0; i < 3 << 20; i++) // little text, a tree of 300 MB
        many[i] = "{},"[i % 3];
    memcpy(many, "{\"a\":[", 6);
    memcpy(many + (3 << 20) - 6, "    ]}", 6);
    many[(3 << 20) - 7] = ' ';
    const struct {
        const char *text, *says;
        size_t n;
    } cases[] = { { large, "larger than 4194304 bytes; moved to", 5 << 20 }, { many, "not a state file; moved to", 3 << 20 },
        { NULL, "is no regular file: a named pipe; moved to", 0 } };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buf warnings = BUF_INIT;
        if (cases[i].text)
            assert_true(file_write(path, cases[i].text, cases[i].n, &err));
        else
            assert_int_equal(mkfifo(path, 0600), 0);
        struct state *s = state_open(path, &warnings);
        if (!strstr(warnings.s, cases[i].says))
            fail_msg("case %zu: %s", i, warnings.s);
        state_set(s, "sort", "x", "NAME");
        state_close(s);
        assert_int_equal(stat(bad, &st), 0);
        assert_int_equal(st.st_size, cases[i].n);
        assert_int_equal(unlink(bad), 0);
        assert_int_equal(unlink(path), 0);
        buf_release(&warnings);
    }
    free(many);
    free(large);
    free(path);
    free(bad);
}

// Where it cannot be written, what is there stays, it is said once, and it is written when that is possible again.
static void full_disk(void **state)
{
    char *dir = xasprintf("%s/full", (char *)*state), *path = xasprintf("%s/state.json", dir);
    char *way = xasprintf("%s.%d.tmp", path, (int)getpid());
    struct buf warnings = BUF_INIT, text = BUF_INIT;
    struct err err = { 0 };
    struct state *s = state_open(path, &warnings);
    state_set(s, "sort", "x", "NAME");
    assert_true(state_write(s, &err));
    state_set(s, "sort", "y", "AGE");
    assert_int_equal(symlink("/dev/full", way), 0); // each byte of it is refused
    assert_false(state_write(s, &err));
    assert_non_null(strstr(err.msg, "could not be written"));
    assert_non_null(strstr(err.msg, "No space left on device"));
    assert_int_equal(symlink("/dev/full", way), 0);
    assert_true(state_write(s, &err)); // it is known
    assert_true(file_read(path, 1 << 20, &text, &err));
    assert_non_null(strstr(text.s, "NAME"));
    assert_null(strstr(text.s, "AGE"));
    buf_clear(&text);
    state_close(s);
    assert_true(file_read(path, 1 << 20, &text, &err));
    assert_non_null(strstr(text.s, "AGE"));
    buf_release(&text);
    buf_release(&warnings);
    free(way);
    free(path);
    free(dir);
}

// A section of the wrong type is replaced, not trusted.
static void wrong_types(void **state)
{
    static const char text[] = "{\"sort\": [1], \"history\": {\"a\": 1}, \"look\": {\"theme\": 7}}";
    char *path = xasprintf("%s/types.json", (char *)*state);
    struct buf warnings = BUF_INIT;
    struct err err;
    assert_true(file_write(path, text, strlen(text), &err));
    struct state *s = state_open(path, &warnings);
    assert_null(state_get(s, "sort", "x"));
    assert_null(state_get(s, "look", "theme"));
    assert_int_equal(state_list_count(s, "history"), 0);
    state_set(s, "sort", "x", "NAME");
    state_list_add(s, "history", "pods", 5);
    assert_string_equal(state_get(s, "sort", "x"), "NAME");
    assert_int_equal(state_list_count(s, "history"), 1);
    state_close(s);
    buf_release(&warnings);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept),
        cmocka_unit_test(lists),
        cmocka_unit_test(damaged),
        cmocka_unit_test(set_aside_whole),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(wrong_types),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
