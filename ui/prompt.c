#include "ui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

enum { MAX_TEXT = 4096 };

void choices_add(struct choices *cs, const char *text, const char *note)
{
    struct choice c = { xstrdup(text), xstrdup_null(note), false };
    arr_push(&cs->items, c);
}

void choices_release(struct choices *cs)
{
    for (size_t i = 0; i < cs->items.n; i++) {
        free(cs->items.v[i].text);
        free(cs->items.v[i].note);
    }
    arr_release(&cs->items);
}

static void recomplete(struct prompt *p)
{
    choices_release(&p->completions);
    p->selected = -1;
    p->back = 0;
    if (p->complete)
        p->complete(p->arg, p->text.s, &p->completions);
}

static void set_text(struct prompt *p, const char *s)
{
    buf_clear(&p->text);
    buf_puts(&p->text, s);
    p->cursor = p->text.n;
}

void prompt_open(struct prompt *p, const char *label, const char *initial)
{
    prompt_close(p);
    snprintf(p->label, sizeof(p->label), "%s", label);
    set_text(p, initial ? initial : "");
    p->error[0] = '\0';
    buf_release(&p->mine);
    buf_init(&p->mine);
    recomplete(p);
}

void prompt_close(struct prompt *p)
{
    buf_release(&p->text);
    buf_release(&p->mine);
    choices_release(&p->completions);
    p->cursor = 0;
    p->selected = -1;
}

static size_t prev_grapheme(const struct prompt *p)
{
    size_t at = 0, last = 0;
    while (at < p->cursor) {
        int w;
        last = at;
        at += utf8_grapheme(p->text.s + at, p->text.n - at, &w);
    }
    return last;
}

static size_t next_grapheme(const struct prompt *p)
{
    int w;
    if (p->cursor >= p->text.n)
        return p->text.n;
    return p->cursor + utf8_grapheme(p->text.s + p->cursor, p->text.n - p->cursor, &w);
}

static void erase_range(struct prompt *p, size_t from, size_t to)
{
    memmove(p->text.s + from, p->text.s + to, p->text.n - to + 1);
    p->text.n -= to - from;
    p->cursor = from;
}

static size_t word_start(const struct prompt *p)
{
    size_t at = p->cursor;
    while (at && p->text.s[at - 1] == ' ')
        at--;
    while (at && p->text.s[at - 1] != ' ')
        at--;
    return at;
}

static void insert(struct prompt *p, const char *s, size_t n)
{
    if (p->text.n + n > MAX_TEXT)
        return;
    buf_reserve(&p->text, n);
    memmove(p->text.s + p->cursor + n, p->text.s + p->cursor, p->text.n - p->cursor + 1);
    memcpy(p->text.s + p->cursor, s, n);
    p->text.n += n;
    p->cursor += n;
}

static void history_move(struct prompt *p, int delta)
{
    if (!p->history || (delta > 0 && !p->back))
        return;
    size_t back = delta < 0 ? p->back + 1 : p->back - 1;
    const char *line = back ? p->history(p->arg, back) : p->mine.s;
    if (!line)
        return;
    if (!p->back) {
        buf_clear(&p->mine);
        buf_puts(&p->mine, p->text.s);
    }
    p->back = back;
    set_text(p, line);
    choices_release(&p->completions); // up and down go on through what was typed
    p->selected = -1;
}

static void select_completion(struct prompt *p, int delta)
{
    long n = (long)p->completions.items.n;
    if (!n)
        return;
    p->selected = p->selected < 0 ? (delta > 0 ? 0 : n - 1) : (p->selected + delta + n) % n;
    set_text(p, p->completions.items.v[p->selected].text);
}

static void up_down(struct prompt *p, int delta)
{
    if (p->completions.items.n && *p->text.s && !p->back)
        select_completion(p, delta);
    else
        history_move(p, delta);
}

static bool edit_key(struct prompt *p, struct key k)
{
    bool ctrl = k.mods == MOD_CTRL;
    if (k.code == K_BSPACE && p->cursor)
        erase_range(p, prev_grapheme(p), p->cursor);
    else if (k.code == K_DEL || (ctrl && k.code == 'd'))
        erase_range(p, p->cursor, next_grapheme(p));
    else if (ctrl && k.code == 'u')
        erase_range(p, 0, p->cursor);
    else if (ctrl && k.code == 'k')
        erase_range(p, p->cursor, p->text.n), p->cursor = p->text.n;
    else if (ctrl && k.code == 'w')
        erase_range(p, word_start(p), p->cursor);
    else if (k.code < K_BASE && k.code >= ' ' && !(k.mods & (MOD_CTRL | MOD_ALT))) {
        char utf8[4];
        insert(p, utf8, utf8_encode(k.code, utf8));
    } else
        return false;
    return true;
}

static bool move_key(struct prompt *p, struct key k)
{
    bool ctrl = k.mods == MOD_CTRL;
    if (k.code == K_LEFT || (ctrl && k.code == 'b'))
        p->cursor = prev_grapheme(p);
    else if (k.code == K_RIGHT || (ctrl && k.code == 'f'))
        p->cursor = next_grapheme(p);
    else if (k.code == K_HOME || (ctrl && k.code == 'a'))
        p->cursor = 0;
    else if (k.code == K_END || (ctrl && k.code == 'e'))
        p->cursor = p->text.n;
    else if (k.code == K_TAB)
        select_completion(p, k.mods & MOD_SHIFT ? -1 : 1);
    else if (k.code == K_UP || (ctrl && k.code == 'p'))
        up_down(p, -1);
    else if (k.code == K_DOWN || (ctrl && k.code == 'n'))
        up_down(p, 1);
    else
        return false;
    return true;
}

enum prompt_result prompt_key(struct prompt *p, struct key k)
{
    if (k.code == K_ENTER)
        return PROMPT_ACCEPTED;
    if (k.code == K_ESC || (k.mods == MOD_CTRL && (k.code == 'c' || k.code == 'g')))
        return PROMPT_CANCELLED;
    if (k.code == K_BSPACE && p->text.n == 0)
        return PROMPT_CANCELLED;
    if (!move_key(p, k) && edit_key(p, k)) {
        p->error[0] = '\0';
        recomplete(p);
    }
    return PROMPT_EDITING;
}

void prompt_paste(struct prompt *p, const char *text, size_t n)
{
    struct buf clean = BUF_INIT;
    utf8_sanitise(&clean, text, n > MAX_TEXT ? MAX_TEXT : n);
    insert(p, clean.s, clean.n);
    buf_release(&clean);
    recomplete(p);
}

static void paint_completions(struct prompt *p, struct canvas *c, int y, int max_rows)
{
    int n = (int)p->completions.items.n, top = 0;
    int rows = n < max_rows ? n : max_rows;
    if (p->selected >= rows)
        top = (int)p->selected - rows + 1;
    for (int i = 0; i < rows; i++) {
        const struct choice *ch = &p->completions.items.v[top + i];
        struct rect line = { y - rows + i, 0, 1, c->w };
        canvas_fill(c, line, ROLE_TAB, NULL);
        style_t st = top + i == p->selected ? ROLE_TAB_ACTIVE : ROLE_TAB;
        canvas_fill(c, (struct rect) { line.y, 0, 1, 34 < c->w ? 34 : c->w }, st, NULL);
        canvas_put(c, line.y, 2, 31, st, ch->text);
        if (ch->note)
            canvas_put(c, line.y, 36, c->w - 37, ROLE_TAB, ch->note);
    }
}

void prompt_paint(struct prompt *p, struct canvas *c, int y, int max_list_rows)
{
    paint_completions(p, c, y, max_list_rows);
    canvas_fill(c, (struct rect) { y, 0, 1, c->w }, ROLE_PROMPT, NULL);
    int x = canvas_put(c, y, 0, c->w, ROLE_ACCENT, p->label);
    char head[MAX_TEXT + 1];
    memcpy(head, p->text.s, p->cursor);
    head[p->cursor] = '\0';
    int at = utf8_width(head), room = c->w - x - 1, skip = at > room ? at - room : 0;
    size_t from = skip ? utf8_fit(p->text.s, p->text.n, skip) : 0;
    int used = canvas_put(c, y, x, room, ROLE_PROMPT, p->text.s + from);
    if (!p->text.n && p->hint)
        canvas_put(c, y, x + 1, room - 1, ROLE_DIM, p->hint);
    if (*p->error)
        canvas_printf(c, y, x + used + 2, c->w - x - used - 2, ROLE_BAD, "%s", p->error);
    c->cursor_y = y;
    c->cursor_x = x + at - skip;
}

// ---- picker

void picker_open(struct picker *p, const char *title)
{
    picker_close(p);
    snprintf(p->title, sizeof(p->title), "%s", title);
    prompt_open(&p->prompt, "> ", "");
}

void picker_close(struct picker *p)
{
    prompt_close(&p->prompt);
    choices_release(&p->all);
    arr_release(&p->shown);
    p->selected = p->top = 0;
}

void picker_refresh(struct picker *p)
{
    ARR(int) scores = { 0 };
    p->shown.n = 0;
    for (size_t i = 0; i < p->all.items.n; i++) {
        const struct choice *ch = &p->all.items.v[i];
        int score = p->prompt.text.n ? str_fuzzy(p->prompt.text.s, ch->text) : 0;
        if (score < 0 && ch->note && str_icontains(ch->note, p->prompt.text.s))
            score = 0;
        if (score < 0)
            continue;
        size_t at = p->shown.n;
        while (p->prompt.text.n && at > 0 && scores.v[at - 1] < score)
            at--;
        arr_insert(&p->shown, at, i);
        arr_insert(&scores, at, score);
    }
    arr_release(&scores);
    if (p->selected >= p->shown.n)
        p->selected = p->shown.n ? p->shown.n - 1 : 0;
}

static void picker_move(struct picker *p, long delta)
{
    long at = (long)p->selected + delta, n = (long)p->shown.n;
    p->selected = at < 0 || n == 0 ? 0 : at >= n ? (size_t)(n - 1) : (size_t)at;
}

enum prompt_result picker_key(struct picker *p, struct key k)
{
    if (k.code == K_UP || k.code == K_MOUSE_WHEEL_UP || (k.mods == MOD_CTRL && k.code == 'p'))
        picker_move(p, -1);
    else if (k.code == K_DOWN || k.code == K_MOUSE_WHEEL_DOWN || (k.mods == MOD_CTRL && k.code == 'n'))
        picker_move(p, 1);
    else if (k.code == K_PGUP)
        picker_move(p, -10);
    else if (k.code == K_PGDN)
        picker_move(p, 10);
    else if (k.code == K_TAB)
        picker_move(p, k.mods & MOD_SHIFT ? -1 : 1);
    else {
        if (k.code == K_BSPACE && p->prompt.text.n == 0)
            return PROMPT_EDITING;
        enum prompt_result r = prompt_key(&p->prompt, k);
        if (r != PROMPT_EDITING)
            return r;
        p->selected = 0;
        picker_refresh(p);
    }
    return PROMPT_EDITING;
}

const struct choice *picker_choice(const struct picker *p)
{
    return p->selected < p->shown.n ? &p->all.items.v[p->shown.v[p->selected]] : NULL;
}

static struct rect picker_box(const struct picker *p, struct rect screen)
{
    int w = screen.w < 76 ? screen.w : 76;
    int rows = (int)p->all.items.n + 4, h = rows < screen.h - 2 ? rows : screen.h - 2;
    if (h < 6)
        h = screen.h < 6 ? screen.h : 6;
    return (struct rect) { screen.y + (screen.h - h) / 2, screen.x + (screen.w - w) / 2, h, w };
}

enum prompt_result picker_click(struct picker *p, struct rect screen, struct key k)
{
    struct rect r = picker_box(p, screen);
    if (k.y < r.y || k.y >= r.y + r.h || k.x < r.x || k.x >= r.x + r.w)
        return PROMPT_CANCELLED;
    size_t at = p->top + (size_t)(k.y - r.y - 3);
    if (k.y < r.y + 3 || k.y >= r.y + r.h - 1 || at >= p->shown.n)
        return PROMPT_EDITING;
    p->selected = at;
    return PROMPT_ACCEPTED;
}

void picker_paint(struct picker *p, struct canvas *c, struct rect screen)
{
    struct rect r = picker_box(p, screen);
    int list = r.h - 4 < 1 ? 1 : r.h - 4;
    canvas_box(c, r, ROLE_BORDER, p->title);
    int x = r.x + 2 + canvas_put(c, r.y + 1, r.x + 2, 2, ROLE_ACCENT, "> ");
    canvas_put(c, r.y + 1, x, r.w - 6, ROLE_PROMPT, p->prompt.text.s);
    c->cursor_y = r.y + 1;
    c->cursor_x = x + utf8_width(p->prompt.text.s);
    canvas_fill(c, (struct rect) { r.y + 2, r.x + 1, 1, r.w - 2 }, ROLE_BORDER, "─");
    if (p->selected < p->top)
        p->top = p->selected;
    if (p->selected >= p->top + (size_t)list)
        p->top = p->selected - (size_t)list + 1;
    int name_w = r.w - 4 > 40 ? (r.w - 4) * 3 / 5 : r.w - 4;
    for (int i = 0; i < list && p->top + (size_t)i < p->shown.n; i++) {
        const struct choice *ch = &p->all.items.v[p->shown.v[p->top + (size_t)i]];
        bool sel = p->top + (size_t)i == p->selected;
        style_t st = (ch->disabled ? ROLE_DIM : ROLE_TEXT) | (sel ? STYLE_SELECTED : 0);
        int y = r.y + 3 + i;
        if (sel)
            canvas_put(c, y, r.x + 1, 1, ROLE_ACCENT, "▌");
        canvas_put(c, y, r.x + 2, name_w, st, ch->text);
        if (ch->note && r.w - 4 > name_w)
            canvas_put(c, y, r.x + 3 + name_w, r.w - 5 - name_w, ROLE_DIM, ch->note);
    }
    if (p->shown.n == 0)
        canvas_put(c, r.y + 3, r.x + 2, r.w - 4, ROLE_DIM, "nothing matches");
}
