// Tabs and panes with views that only count: who is told that it is shown, what is kept and what is asked
// before something ends; and the arithmetic of two panes in every size.
#include "tests/unit/unit.h"

#include <string.h>

#include "app/app.h"
#include "app/host.h"
#include "app/overlay.h"
#include "app/tab_command.h"
#include "base/loop.h"
#include "base/str.h"
#include "ui/layout.h"

struct fake {
    struct view v;
    const char *stake; // NULL: none
    int *alive;
    bool shown;
};

static void fake_free(struct view *v)
{
    struct fake *f = (struct fake *)v;
    (*f->alive)--;
    view_release(v);
    free(f);
}

static void fake_show(struct view *v, bool shown)
{
    struct fake *f = (struct fake *)v;
    assert_true(f->shown != shown); // never twice
    f->shown = shown;
}

static void fake_at_stake(struct view *v, struct buf *out)
{
    struct fake *f = (struct fake *)v;
    if (f->stake)
        buf_puts(out, f->stake);
}

static const struct view_ops fake_ops = {
    .mode = "list", .free = fake_free, .show = fake_show, .at_stake = fake_at_stake,
};

struct world {
    struct app app;
    struct ctx cx, other;
    int alive;
};

static int setup(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    w->app.loop = loop_new();
    app_host_init(&w->app);
    w->app.canvas = canvas_new(24, 80);
    w->cx.ns = xstrdup("shop");
    w->other.ns = xstrdup("dev");
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    tabs_free_all(&w->app);
    assert_int_equal(w->alive, 0);
    overlay_release(&w->app);
    canvas_free(w->app.canvas);
    loop_free(w->app.loop);
    free(w->cx.ns);
    free(w->other.ns);
    free(w);
    return 0;
}

static struct fake *fake_new(struct world *w, const char *name, const char *stake)
{
    struct fake *f = xcalloc(1, sizeof(*f));
    view_init(&f->v, &fake_ops, &w->cx, name, name);
    f->stake = stake;
    f->alive = &w->alive;
    w->alive++;
    return f;
}

static struct fake *push(struct world *w, const char *name, const char *stake)
{
    struct fake *f = fake_new(w, name, stake);
    tabs_push(&w->app, tabs_target(&w->app), &f->v);
    return f;
}

static struct fake *split(struct world *w, const char *name, bool below)
{
    struct fake *f = fake_new(w, name, NULL);
    struct pane *p = pane_new();
    tabs_push(&w->app, p, &f->v);
    assert_false(f->shown); // it is nowhere yet
    tabs_split(&w->app, p, below);
    return f;
}

static struct key key_of(const char *s)
{
    struct key k;
    assert_true(key_parse(s, strlen(s), &k));
    return k;
}

static void run(struct world *w, bool (*command)(struct app *, const char *, struct err *), const char *args)
{
    struct err err = { 0 };
    if (!command(&w->app, args, &err))
        fail_msg("%s", err.msg);
}

static void shown_and_hidden(void **state)
{
    struct world *w = *state;
    struct fake *a = push(w, "a", NULL), *b = push(w, "b", NULL);
    assert_false(a->shown);
    assert_true(b->shown);
    struct fake *c = split(w, "c", false);
    assert_true(b->shown && c->shown);
    assert_ptr_equal(app_view(&w->app), &c->v);
    struct fake *d = push(w, "d", NULL); // in its pane
    assert_true(b->shown && d->shown && !c->shown);
    run(w, tab_cmd_pane_next, "");
    assert_ptr_equal(app_view(&w->app), &b->v);
    tabs_step_view(&w->app, -1);
    assert_true(a->shown && d->shown && !b->shown);
    run(w, tab_cmd_pane_zoom, "");
    assert_true(a->shown && !d->shown);
    run(w, tab_cmd_pane_next, ""); // zoomed still, the other one
    assert_true(!a->shown && d->shown);
    run(w, tab_cmd_pane_zoom, "");
    assert_true(a->shown && d->shown);
    run(w, tab_cmd_pane_swap, ""); // the keys stay with the view
    assert_ptr_equal(app_view(&w->app), &d->v);
    assert_ptr_equal(pane_view(tabs_now(&w->app)->panes[0]), &d->v);
    run(w, tab_cmd_pane_tab, "");
    assert_int_equal(w->app.tabs.n, 2);
    assert_true(!a->shown && d->shown);
    run(w, tab_cmd_prev, "");
    assert_true(a->shown && !d->shown);
    run(w, tab_cmd_close, "");
    assert_int_equal(w->app.tabs.n, 1);
    assert_int_equal(w->alive, 2);
    assert_true(d->shown);
}

static void too_small_for_two(void **state)
{
    struct world *w = *state;
    struct place at[LAYOUT_MAX];
    struct fake *a = push(w, "a", NULL), *b = split(w, "b", false);
    assert_int_equal(tabs_places(&w->app, at), 2);
    assert_true(at[1].focused && at[1].pane->stack.v[0] == &b->v);
    assert_int_equal(at[0].whole.w + 1 + at[1].whole.w, 80);
    assert_int_equal(at[0].body.y, 3); // below its title
    canvas_resize(w->app.canvas, 24, 2 * LAYOUT_MIN_W);
    tabs_sync(&w->app);
    assert_int_equal(tabs_places(&w->app, at), 1);
    assert_int_equal(tabs_look(&w->app, tabs_now(&w->app)), TAB_TOO_SMALL);
    assert_true(!a->shown && b->shown);
    canvas_resize(w->app.canvas, 24, 2 * LAYOUT_MIN_W + 1);
    tabs_sync(&w->app);
    assert_true(a->shown && b->shown);
    struct place hit;
    assert_true(tabs_place_at(&w->app, 2, 0, &hit));
    assert_false(hit.focused);
    assert_false(tabs_place_at(&w->app, 2, LAYOUT_MIN_W, &hit)); // between the two
    assert_true(tabs_place_at(&w->app, 2, LAYOUT_MIN_W + 1, &hit));
    assert_true(hit.focused);
    assert_false(tabs_place_at(&w->app, 1, 0, &hit));
    assert_false(tabs_place_at(&w->app, 22, 0, &hit));
}

// Each view is seen again in the namespace that it was opened in, each pane works on in its own.
static void namespaces(void **state)
{
    struct world *w = *state;
    push(w, "a", NULL);
    split(w, "b", false);
    free(w->cx.ns);
    w->cx.ns = xstrdup("payments");
    push(w, "c", NULL);
    run(w, tab_cmd_pane_next, "");
    assert_string_equal(w->cx.ns, "shop");
    run(w, tab_cmd_pane_next, "");
    assert_string_equal(w->cx.ns, "payments");
    tabs_step_view(&w->app, -1);
    assert_string_equal(w->cx.ns, "shop");
    assert_string_equal(w->other.ns, "dev");
}

static void nothing_ends_unasked(void **state)
{
    struct world *w = *state;
    push(w, "a", NULL);
    struct fake *shell = push(w, "shell", "a shell in shop/web-0");
    tabs_step_view(&w->app, -1);
    struct pane *p = tabs_target(&w->app);
    struct fake *b = push(w, "b", NULL); // another way: the shell is ahead, and would be dropped
    assert_int_equal(w->alive, 3);
    assert_ptr_equal(p->stack.v[0], &shell->v);
    assert_ptr_equal(p->stack.v[2], &b->v);
    tabs_step_view(&w->app, -1);
    assert_string_equal(app_view(&w->app)->spec, "a"); // back is where one was
    tabs_step_view(&w->app, 1);
    for (int i = 0; i < 100; i++)
        push(w, "more", NULL);
    assert_int_equal(p->stack.n, 30);
    assert_ptr_equal(p->stack.v[0], &shell->v);
    for (int i = 0; i < 40; i++)
        push(w, "shells", "a shell");
    assert_true(p->stack.n > 40); // all of them
    tabs_step_view(&w->app, -1);
    shell->stake = NULL; // it has ended
    push(w, "last", NULL);
    assert_ptr_not_equal(p->stack.v[0], &shell->v);
}

static void expect_question(struct world *w, const char *title, const char *line, bool there)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < w->app.dialog.lines.n; i++)
        buf_printf(&text, "%s\n", w->app.dialog.lines.v[i]);
    assert_int_equal(w->app.overlay, OVERLAY_DIALOG);
    assert_string_equal(w->app.dialog.title, title);
    if (!strstr(text.s, line) == there)
        fail_msg("\"%s\" is %s in: %s", line, there ? "not" : "", text.s);
    buf_release(&text);
}

static void ask(struct world *w, bool (*command)(struct app *, const char *, struct err *))
{
    run(w, command, "");
    overlay_paint(&w->app, w->app.canvas); // wraps the lines
}

static void closing_asks(void **state)
{
    struct world *w = *state;
    push(w, "a", "a shell in shop/web-0");
    split(w, "b", false);
    struct fake *f = push(w, "c", "a forward of 8080\nanother of 9090\n");
    ask(w, tab_cmd_pane_close);
    expect_question(w, "Close this pane?", "  another of 9090", true);
    expect_question(w, "Close this pane?", "web-0", false); // that is in the other one
    overlay_key(&w->app, key_of("Enter"));
    assert_int_equal(w->app.overlay, OVERLAY_NONE);
    assert_int_equal(w->alive, 3);
    ask(w, tab_cmd_pane_close);
    overlay_key(&w->app, key_of("y"));
    assert_int_equal(w->app.overlay, OVERLAY_NONE);
    assert_int_equal(w->alive, 1);
    split(w, "d", true);
    run(w, tab_cmd_pane_close, ""); // nothing at stake: no question
    assert_int_equal(w->app.overlay, OVERLAY_NONE);
    assert_int_equal(w->alive, 1);
    tabs_add(&w->app, pane_new());
    f = push(w, "e", NULL);
    tabs_go(&w->app, 0);
    ask(w, tab_cmd_close);
    expect_question(w, "Close this tab?", "  a shell in shop/web-0", true);
    overlay_key(&w->app, key_of("Esc"));
    assert_int_equal(w->app.tabs.n, 2);
    ask(w, tab_cmd_close);
    overlay_key(&w->app, key_of("y"));
    assert_int_equal(w->app.tabs.n, 1);
    assert_ptr_equal(app_view(&w->app), &f->v);
    assert_true(f->shown);
}

// All that runs is named, wherever it is: behind the view shown, in a pane that is zoomed away, in another tab.
static void quitting_asks(void **state)
{
    struct world *w = *state;
    push(w, "behind", "a shell behind");
    push(w, "a", NULL);
    split(w, "b", false);
    push(w, "zoomed-away", "a shell zoomed away");
    run(w, tab_cmd_pane_next, "");
    run(w, tab_cmd_pane_zoom, "");
    tabs_add(&w->app, pane_new());
    push(w, "tab", NULL);
    ask(w, tab_cmd_quit);
    expect_question(w, "Quit kview?", "  a shell behind\n", true);
    expect_question(w, "Quit kview?", "  a shell zoomed away\n", true);
    overlay_key(&w->app, key_of("n"));
    assert_false(w->app.quitting);
    ask(w, tab_cmd_quit);
    overlay_key(&w->app, key_of("C-c")); // twice by habit is no yes
    assert_false(w->app.quitting);
    ask(w, tab_cmd_quit);
    overlay_key(&w->app, key_of("y"));
    assert_true(w->app.quitting);
}

static void quitting_does_not_ask_for_nothing(void **state)
{
    struct world *w = *state;
    push(w, "a", NULL);
    run(w, tab_cmd_quit, "");
    assert_true(w->app.quitting);
}

// ---- arithmetic

static void two_fill_the_area(void **state)
{
    (void)state;
    for (int size = 1; size < 400; size++)
        for (int share = 1; share < 1000; share += 37)
            for (int below = 0; below < 2; below++) {
                struct rect area = { 2, 0, below ? size : 30, below ? 100 : size }, out[2];
                struct split s = { 0, below, share };
                bool fits = layout_fits(area, below);
                int room = below ? size : size - 1, min = below ? LAYOUT_MIN_H : LAYOUT_MIN_W;
                assert_int_equal(fits, room >= 2 * min);
                if (!fits)
                    continue;
                layout_split(area, s, out);
                int first = below ? out[0].h : out[0].w, second = below ? out[1].h : out[1].w;
                assert_true(first >= min && second >= min);
                assert_int_equal(first + second, room);
                if (below)
                    assert_int_equal(out[1].y, out[0].y + out[0].h);
                else
                    assert_int_equal(out[1].x, out[0].x + out[0].w + 1);
            }
}

static void border_moves_by_cells(void **state)
{
    (void)state;
    for (int size = 60; size < 400; size += 7)
        for (int step = 1; step < 9; step++) {
            struct rect area = { 2, 0, 30, size }, before[2], after[2];
            struct split s = { 0, false, LAYOUT_HALF };
            layout_split(area, s, before);
            s.share = layout_move(area, s, step);
            layout_split(area, s, after);
            int most = size - 1 - LAYOUT_MIN_W, want = before[0].w + step;
            assert_int_equal(after[0].w, want > most ? most : want);
            s.share = layout_move(area, s, -1000); // to the end, and not beyond
            layout_split(area, s, after);
            assert_int_equal(after[0].w, LAYOUT_MIN_W);
            s.share = layout_move(area, s, -1);
            s.share = layout_move(area, s, 1);
            layout_split(area, s, after);
            assert_int_equal(after[0].w, LAYOUT_MIN_W + 1); // one step back is one step
        }
    struct rect small = { 2, 0, 5, 20 };
    assert_int_equal(layout_move(small, (struct split) { 0, false, 300 }, 4), 300);
}

// Three and four panes: no cell is in two of them, and each stands where it was put.
static void four_panes(void **state)
{
    (void)state;
    struct layout l = { 4, { { 0 }, { 0, false, 500 }, { 0, true, 500 }, { 1, true, 300 } } };
    struct rect area = { 2, 0, 40, 161 }, out[LAYOUT_MAX], both[LAYOUT_MAX];
    assert_true(layout_place(&l, area, out, both));
    const struct rect want[] = { { 2, 0, 20, 80 }, { 2, 81, 12, 80 }, { 22, 0, 20, 80 }, { 14, 81, 28, 80 } };
    assert_memory_equal(out, want, sizeof(want));
    assert_memory_equal(&both[1], &area, sizeof(area));
    assert_int_equal(both[3].h, 40);
    assert_int_equal(layout_border(&l, 0), 2);
    assert_int_equal(layout_border(&l, 1), 3);
    assert_int_equal(layout_border(&l, 2), 2);
    area.h = 12;
    assert_true(layout_place(&l, area, out, NULL));
    area.h = 9;
    assert_false(layout_place(&l, area, out, NULL));
}

// Whichever goes, the others fill the area without a gap, and only who stood beside it becomes larger.
static void any_pane_goes(void **state)
{
    (void)state;
    const struct layout whole = { 4, { { 0 }, { 0, false, 500 }, { 0, true, 500 }, { 2, false, 300 } } };
    struct rect area = { 2, 0, 40, 161 }, before[LAYOUT_MAX], after[LAYOUT_MAX];
    layout_place(&whole, area, before, NULL);
    for (size_t pane = 0; pane < 4; pane++) {
        struct layout l = whole;
        size_t who[] = { 0, 1, 2, 3 }, larger, gone = layout_remove(&l, pane, &larger);
        who[pane] = who[gone];
        memmove(&who[gone], &who[gone + 1], (3 - gone) * sizeof(who[0]));
        assert_int_equal(l.n, 3);
        assert_true(layout_place(&l, area, after, NULL));
        for (size_t i = 0; i < 3; i++) {
            const struct rect *b = &before[who[i]];
            bool same = memcmp(&after[i], b, sizeof(*b)) == 0;
            if (!same && i != larger && pane > 1) // beside the first two stands more than one
                fail_msg("pane %zu is not where it was when %zu goes", who[i], pane);
            assert_true(after[i].h >= b->h && after[i].w >= b->w);
        }
        assert_true(after[larger].h * after[larger].w > before[who[larger]].h * before[who[larger]].w);
        size_t cells = 0;
        for (size_t i = 0; i < 3; i++)
            cells += (size_t)(after[i].h * (after[i].w + (after[i].x > 0)));
        assert_int_equal(cells, 40 * 161);
    }
    struct layout l = whole;
    for (size_t n = 4, larger; n > 1; n--)
        layout_remove(&l, 0, &larger);
    assert_int_equal(l.n, 1);
}

static void several_panes(void **state)
{
    struct world *w = *state;
    struct err err = { 0 };
    struct place at[LAYOUT_MAX];
    canvas_resize(w->app.canvas, 44, 160);
    struct fake *a = push(w, "a", NULL), *b = split(w, "b", false), *c = split(w, "c", true);
    tabs_focus(&w->app, 0);
    struct fake *d = split(w, "d", true);
    assert_int_equal(tabs_places(&w->app, at), 4);
    assert_true(a->shown && b->shown && c->shown && d->shown);
    assert_false(tabs_room(&w->app, false, &err));
    assert_non_null(strstr(err.msg, "4 panes already"));
    struct fake *order[] = { c, a, b, d }; // d is the lower left one
    for (size_t i = 0; i < 4; i++) {
        run(w, tab_cmd_pane_next, "");
        assert_ptr_equal(app_view(&w->app), &order[i]->v);
    }
    run(w, tab_cmd_pane_turn, ""); // a over d becomes a beside d
    tabs_places(&w->app, at);
    assert_int_equal(at[3].whole.y, 2);
    run(w, tab_cmd_pane_close, "");
    assert_ptr_equal(app_view(&w->app), &a->v); // who became larger
    assert_int_equal(w->alive, 3);
    run(w, tab_cmd_pane_close, "");
    assert_int_equal(tabs_places(&w->app, at), 2);
    assert_true(b->shown && c->shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shown_and_hidden, setup, teardown),
        cmocka_unit_test_setup_teardown(too_small_for_two, setup, teardown),
        cmocka_unit_test_setup_teardown(namespaces, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_ends_unasked, setup, teardown),
        cmocka_unit_test_setup_teardown(closing_asks, setup, teardown),
        cmocka_unit_test_setup_teardown(quitting_asks, setup, teardown),
        cmocka_unit_test_setup_teardown(quitting_does_not_ask_for_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(several_panes, setup, teardown),
        cmocka_unit_test(two_fill_the_area),
        cmocka_unit_test(four_panes),
        cmocka_unit_test(any_pane_goes),
        cmocka_unit_test(border_moves_by_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
