// The journal: what one kview wrote the next one reads, a damaged line costs only itself, and what can be taken back.
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/stat.h>

#include "acts/journal.h"
#include "base/str.h"

static char dir[64];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/kview-journal-XXXXXX");
    assert_non_null(mkdtemp(dir));
    setenv("XDG_STATE_HOME", dir, 1);
    return 0;
}

static int teardown(void **state)
{
    char *rm = xasprintf("rm -r %s", dir);
    (void)state;
    assert_int_equal(system(rm), 0);
    free(rm);
    return 0;
}

static uint64_t add(struct journal *j, const void *cx, const char *name, const char *undo, enum journal_state state)
{
    struct journal_entry e = { .cx = (struct ctx *)cx, .context = xstrdup("prod"), .action = xstrdup("scale"),
        .args = xstrdup("3"), .before = xstrdup("2"), .after = xstrdup("3"), .undo = xstrdup(undo),
        .result = xstrdup("accepted"), .state = state,
        .target = { .api_kind = xstrdup("Deployment"), .ns = xstrdup("shop"), .name = xstrdup(name), .uid = xstrdup(name) } };
    return journal_add(j, &e);
}

static void kept(void **state)
{
    int cx;
    struct journal *j = journal_new();
    (void)state;
    uint64_t web = add(j, &cx, "web", "scale 2", JOURNAL_RUNNING), db = add(j, &cx, "db|x", "", JOURNAL_RUNNING);
    add(j, &cx, "lost", "scale 2", JOURNAL_RUNNING);
    journal_tell(j, web, JOURNAL_DONE, "%d/%d available", 3, 3);
    journal_tell(j, db, JOURNAL_FAILED, "it was deleted meanwhile");
    assert_string_equal(journal_at(j, 0)->target.name, "lost");
    journal_free(j);

    char *path = xasprintf("%s/kview/journal.jsonl", dir);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    FILE *f = fopen(path, "a");
    fputs("{\"time\": broken\n", f); // as of a full disk
    fclose(f);
    free(path);

    j = journal_new();
    assert_int_equal(journal_count(j), 3);
    const struct journal_entry *e = journal_at(j, 2);
    assert_string_equal(e->target.name, "web");
    assert_string_equal(e->result, "3/3 available");
    assert_int_equal(e->state, JOURNAL_DONE);
    assert_int_equal(journal_at(j, 1)->state, JOURNAL_FAILED);
    assert_int_equal(journal_at(j, 0)->state, JOURNAL_RUNNING); // nobody knows what came of it
    assert_null(journal_undoable(j, (struct ctx *)&cx)); // of another run
    assert_null(journal_find(j, 1));
    journal_free(j);
}

static void taken_back(void **state)
{
    int cx, other;
    struct journal *j = journal_new();
    (void)state;
    uint64_t first = add(j, &cx, "web", "scale 2", JOURNAL_DONE);
    uint64_t second = add(j, &cx, "api", "scale 1", JOURNAL_RUNNING);
    add(j, &cx, "gone", "", JOURNAL_DONE);             // a deletion has no way back
    add(j, &cx, "refused", "scale 9", JOURNAL_FAILED); // nothing was done
    add(j, &other, "theirs", "scale 7", JOURNAL_DONE);
    assert_int_equal(journal_undoable(j, (struct ctx *)&cx)->id, second);
    journal_undone(j, second);
    assert_int_equal(journal_undoable(j, (struct ctx *)&cx)->id, first);
    journal_undone(j, first);
    assert_null(journal_undoable(j, (struct ctx *)&cx));
    assert_string_equal(journal_undoable(j, (struct ctx *)&other)->target.name, "theirs");
    journal_free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kept, setup, teardown),
        cmocka_unit_test_setup_teardown(taken_back, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
