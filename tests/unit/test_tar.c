// Archives: what is written is read again, however it is split; and what a hostile one may not do to the disk.
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "client/pack.h"
#include "client/tar.h"
#include "client/untar.h"

static char top[] = "/tmp/kview-tar-XXXXXX";

static char *at(const char *name)
{
    return xasprintf("%s/%s", top, name);
}

static void write_text(const char *name, const char *text)
{
    char *path = at(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    free(path);
}

static bool there(const char *name)
{
    struct stat st;
    char *path = at(name);
    bool yes = lstat(path, &st) == 0;
    free(path);
    return yes;
}

static void expect_text(const char *name, const char *text)
{
    struct buf got = BUF_INIT;
    struct err err;
    char *path = at(name);
    if (!file_read(path, 1 << 20, &got, &err))
        fail_msg("%s: %s", name, err.msg);
    assert_string_equal(got.s, text);
    buf_release(&got);
    free(path);
}

// ---- reading and writing

static void log_entry(void *arg, const struct tar_entry *e)
{
    buf_printf(arg, "%d %s %s %llu %o %lld%s\n", e->type, e->name, e->link, (unsigned long long)e->size, e->mode,
        (long long)e->mtime, e->cut ? " cut" : "");
}

static void log_data(void *arg, const char *data, size_t n)
{
    buf_add(arg, data, n);
}

static void log_end(void *arg)
{
    buf_puts(arg, ".\n");
}

static void read_all(const struct buf *archive, size_t step, struct buf *out, bool *ended)
{
    static const struct tar_handlers h = { log_entry, log_data, log_end };
    struct tar_reader *r = tar_reader_new(&h, out);
    struct err err;
    for (size_t i = 0; i < archive->n; i += step)
        if (!tar_feed(r, archive->s + i, step < archive->n - i ? step : archive->n - i, &err))
            fail_msg("%s", err.msg);
    *ended = tar_ended(r);
    tar_reader_free(r);
}

static void add(struct buf *out, enum tar_type type, const char *name, const char *link, const char *data)
{
    tar_put_entry(out, &(struct tar_entry) { .type = type, .name = name, .link = link, .size = strlen(data),
                           .mode = 0644, .mtime = 1000 });
    buf_puts(out, data);
    tar_put_padding(out, strlen(data));
}

static void test_round(void **state)
{
    char name[301], link[151];
    struct buf archive = BUF_INIT, want = BUF_INIT;
    bool ended;
    (void)state;
    memset(name, 'n', 300);
    memset(link, 'l', 150);
    name[300] = link[150] = '\0';
    add(&archive, TAR_DIR, "d", "", "");
    add(&archive, TAR_FILE, name, "", "content");
    add(&archive, TAR_SYMLINK, "d/l", link, "");
    add(&archive, TAR_FILE, "empty", "", "");
    tar_put_entry(&archive, &(struct tar_entry) { .type = TAR_FILE, .name = "huge", .size = UINT64_C(9) << 30,
                                .mode = 0755, .mtime = INT64_C(1) << 33 });
    buf_printf(&want, "%d d  0 644 1000\n.\n%d %s  7 644 1000\ncontent.\n%d d/l %s 0 644 1000\n.\n"
                      "%d empty  0 644 1000\n.\n%d huge  9663676416 755 8589934592\n",
        TAR_DIR, TAR_FILE, name, TAR_SYMLINK, link, TAR_FILE, TAR_FILE);
    for (size_t step = 1; step < 2000; step = step * 3 + 1) {
        struct buf got = BUF_INIT;
        read_all(&archive, step, &got, &ended);
        assert_string_equal(got.s, want.s);
        assert_false(ended);
        buf_release(&got);
    }
    buf_release(&archive);
    buf_release(&want);
}

static void test_pax(void **state)
{
    struct buf archive = BUF_INIT, got = BUF_INIT;
    static const char records[] = "17 path=a/long/b\n22 mtime=12345.678901\n30 comment=of no interest ...\n";
    bool ended;
    (void)state;
    add(&archive, TAR_FILE, "pax", "", records);
    archive.s[156] = 'x'; // the type, and the checksum again
    unsigned sum = 0;
    memset(archive.s + 148, ' ', 8);
    for (int i = 0; i < 512; i++)
        sum += (unsigned char)archive.s[i];
    snprintf(archive.s + 148, 8, "%06o", sum);
    add(&archive, TAR_FILE, "short", "", "x");
    add(&archive, TAR_FILE, "next", "", "");
    tar_put_end(&archive);
    read_all(&archive, 100, &got, &ended);
    assert_true(ended);
    assert_string_equal(got.s, "0 a/long/b  1 644 12345\nx.\n0 next  0 644 1000\n.\n");
    buf_release(&archive);
    buf_release(&got);
}

static void test_no_archive(void **state)
{
    static const struct tar_handlers h = { log_entry, log_data, log_end };
    struct buf out = BUF_INIT, text = BUF_INIT;
    struct err err;
    (void)state;
    for (int i = 0; i < 100; i++)
        buf_puts(&text, "tar: not a tar at all\n");
    struct tar_reader *r = tar_reader_new(&h, &out);
    assert_false(tar_feed(r, text.s, text.n, &err));
    assert_non_null(strstr(err.msg, "no tar archive"));
    tar_reader_free(r);
    buf_release(&out);
    buf_release(&text);
}

// ---- onto the disk

static struct untar *extract(const struct buf *archive, const char *local, bool force, bool whole)
{
    struct err err = { 0 };
    char *path = at(local);
    struct untar *u = untar_new(path, "src", force, &err);
    if (!u)
        fail_msg("%s", err.msg);
    if (!untar_feed(u, archive->s, archive->n, &err) || !untar_finish(u, whole, &err))
        if (whole)
            fail_msg("%s", err.msg);
    free(path);
    return u;
}

static bool refused(const struct untar *u, const char *text)
{
    for (size_t i = 0; i < untar_note_count(u); i++)
        if (strstr(untar_note(u, i), text))
            return true;
    return false;
}

static void test_stays_inside(void **state)
{
    static const struct {
        enum tar_type type;
        const char *name, *link, *why; // why NULL: it is kept
    } cases[] = {
        { TAR_DIR, "src", "", NULL },
        { TAR_FILE, "src/good", "", NULL },
        { TAR_FILE, "../evil", "", "../evil: its name leads out" },
        { TAR_FILE, "src/../../evil", "", "src/../../evil: its name leads out" },
        { TAR_FILE, "/tmp/evil", "", "/tmp/evil: an absolute name" },
        { TAR_FILE, "other/evil", "", "other/evil: it is not part" },
        { TAR_SYMLINK, "src/up", "..", "src/up: a link that leads out" },
        { TAR_SYMLINK, "src/abs", "/etc/passwd", "src/abs: a link that leads out" },
        { TAR_SYMLINK, "src/via", "good/../../x", "src/via: a link that leads out" },
        { TAR_SYMLINK, "src/in", "./good", NULL },
        { TAR_SYMLINK, "src/a/b/back", "../../good", NULL },
        { TAR_SYMLINK, "src/a/b/far", "../../../good", "src/a/b/far: a link that leads out" },
        { TAR_SYMLINK, "src/dir", "a", NULL },
        { TAR_FILE, "src/dir/evil", "", "src/dir/evil: on its way here is a link" },
        { TAR_HARDLINK, "src/hard", "src/good", NULL },
        { TAR_HARDLINK, "src/hard-up", "../victim", "src/hard-up: a link that leads out" },
        { TAR_HARDLINK, "src/hard-link", "src/in", "src/hard-link: a link to a file that did not come" },
        { TAR_FILE, "src/bell\a", "", "control bytes" },
        { TAR_FILE, "src/good/below", "", "src/good/below: on its way here is a link or a file" },
    };
    struct buf archive = BUF_INIT;
    size_t bad = 0;
    (void)state;
    write_text("victim", "victim");
    char *path = at("inside");
    mkdir(path, 0755);
    free(path);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        add(&archive, cases[i].type, cases[i].name, cases[i].link, cases[i].type == TAR_FILE ? "x" : "");
        bad += cases[i].why != NULL;
    }
    tar_put_end(&archive);
    struct untar *u = extract(&archive, "inside", false, true);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *name = xasprintf("inside/%s", cases[i].name);
        if (cases[i].why && !refused(u, cases[i].why))
            fail_msg("%s is not refused as \"%s\"", cases[i].name, cases[i].why);
        if (!cases[i].why && !there(name))
            fail_msg("%s is not there", cases[i].name);
        free(name);
    }
    assert_int_equal(untar_count(u)->refused, bad);
    assert_false(there("evil"));
    assert_false(there("inside/evil"));
    assert_false(there("inside/src/a/evil"));
    expect_text("victim", "victim");
    untar_free(u);
    buf_release(&archive);
}

static void test_what_is_there(void **state)
{
    struct buf archive = BUF_INIT;
    (void)state;
    add(&archive, TAR_FILE, "src", "", "new text");
    tar_put_end(&archive);
    write_text("kept", "old");
    struct untar *u = extract(&archive, "kept", false, true);
    assert_true(refused(u, "--force writes over it"));
    expect_text("kept", "old");
    untar_free(u);
    u = extract(&archive, "kept", true, true);
    assert_int_equal(untar_count(u)->files, 1);
    expect_text("kept", "new text");
    untar_free(u);
    u = extract(&archive, "kept", false, true);
    assert_int_equal(untar_count(u)->skipped, 1); // equal size and time
    untar_free(u);
    buf_release(&archive);
}

static void test_half_a_file(void **state)
{
    struct buf archive = BUF_INIT, cut = BUF_INIT, large = BUF_INIT;
    struct err err;
    uint64_t from = 0;
    (void)state;
    for (int i = 0; i < 800000; i++)
        buf_puts(&large, "0123456789"[i % 10] == '0' ? "line\n" : "word ");
    add(&archive, TAR_FILE, "src", "", large.s);
    tar_put_end(&archive);
    buf_add(&cut, archive.s, archive.n / 2);
    untar_free(extract(&cut, "half", false, false));
    assert_false(there("half"));
    assert_true(there(".half.kview-part"));
    // the next one finds it, and goes on from there
    char *path = at("half");
    struct untar *u = untar_new(path, "src", false, &err);
    assert_true(untar_feed(u, archive.s, 1024, &err));
    assert_true(untar_goes_on(u, &from));
    assert_int_equal(from, cut.n - 512);
    assert_true(untar_feed(u, large.s + from, large.n - from, &err));
    assert_true(untar_finish(u, true, &err));
    struct buf got = BUF_INIT;
    assert_true(file_read(path, 8 << 20, &got, &err));
    assert_int_equal(got.n, large.n);
    assert_memory_equal(got.s, large.s, large.n);
    assert_false(there(".half.kview-part"));
    untar_free(u);
    free(path);
    buf_release(&got);
    buf_release(&archive);
    buf_release(&cut);
    buf_release(&large);
}

// What is packed here is read as the same there.
static void test_pack(void **state)
{
    struct buf out = BUF_INIT, got = BUF_INIT;
    struct err err = { 0 };
    bool done = false, ended;
    (void)state;
    char *dir = at("packed"), *link = at("packed/link");
    mkdir(dir, 0755);
    write_text("packed/same", "same");
    write_text("packed/differs", "text");
    write_text("packed/tab\there", "x");
    write_text("packed/file", "some text");
    assert_int_equal(symlink("/etc", link), 0);
    struct stat st;
    char *same = at("packed/same");
    assert_int_equal(stat(same, &st), 0);
    char *have = xasprintf("D\nT\nE\nF\n4 %lld ./same\n9 1 ./differs\nOK\n", (long long)st.st_mtim.tv_sec);
    struct pack *p = pack_new(dir, have, false, &err);
    assert_non_null(p);
    assert_true(pack_is_dir(p));
    while (!done) {
        struct buf piece = BUF_INIT;
        assert_true(pack_fill(p, 100, &piece, &done, &err));
        buf_add(&out, piece.s, piece.n);
        buf_release(&piece);
    }
    read_all(&out, 512, &got, &ended);
    assert_true(ended);
    assert_non_null(strstr(got.s, "x/file  9 640"));
    assert_non_null(strstr(got.s, "x/link /etc"));
    assert_non_null(strstr(got.s, "whole"));
    assert_null(strstr(got.s, "same"));
    assert_null(strstr(got.s, "differs"));
    assert_int_equal(pack_count(p)->skipped, 1);
    assert_int_equal(pack_count(p)->refused, 2);
    pack_free(p);
    free(have);
    free(same);
    free(dir);
    free(link);
    buf_release(&out);
    buf_release(&got);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
    char *line = xasprintf("rm -rf --one-file-system '%s'", top);
    (void)state;
    int rc = system(line);
    free(line);
    return rc;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_pax),
        cmocka_unit_test(test_no_archive),
        cmocka_unit_test(test_stays_inside),
        cmocka_unit_test(test_what_is_there),
        cmocka_unit_test(test_half_a_file),
        cmocka_unit_test(test_pack),
    };
    return cmocka_run_group_tests_name("tar", tests, set_up, tear_down);
}
