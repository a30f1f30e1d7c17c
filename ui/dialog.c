#include "ui/dialog.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

enum { MAX_W = 76, MARGIN = 3, FRAME = 4, MAX_HANG = 14 }; // FRAME: border, blank, answers, border

void dialog_open(struct dialog *d, const struct dialog_text *t)
{
    struct buf clean = BUF_INIT;
    dialog_close(d);
    snprintf(d->title, sizeof(d->title), "%s", t->title);
    snprintf(d->yes, sizeof(d->yes), "%s", str_or(t->yes, "yes"));
    snprintf(d->no, sizeof(d->no), "%s", str_or(t->no, "no"));
    snprintf(d->word, sizeof(d->word), "%s", str_or(t->word, ""));
    for (const char *p = t->body; *p;) { // lines are ours, what is in them may be the cluster's
        size_t n = strcspn(p, "\n");
        utf8_sanitise(&clean, p, n);
        p += n;
        if (*p) {
            buf_putc(&clean, '\n');
            p++;
        }
    }
    d->body = buf_take(&clean);
    buf_init(&d->typed);
    d->danger = t->danger;
    d->busy = t->busy;
}

static void drop_lines(struct dialog *d)
{
    for (size_t i = 0; i < d->lines.n; i++)
        free(d->lines.v[i]);
    arr_release(&d->lines);
}

void dialog_close(struct dialog *d)
{
    drop_lines(d);
    free(d->body);
    buf_release(&d->typed);
    *d = (struct dialog) { 0 };
}

// ---- where things are

// Bytes of one line of `width` columns: up to the last blank, or in the middle of what has none.
static size_t line_length(const char *s, size_t n, int width)
{
    size_t fits = utf8_fit(s, n, width);
    if (fits == n || fits == 0)
        return n; // 0: narrower than one character
    for (size_t i = fits; i > 0; i--)
        if (s[i] == ' ')
            return i;
    return fits;
}

// Where the rest of a long line goes: under its text, when it is a word and a text two blanks apart.
static size_t hang(const char *s, size_t n)
{
    size_t indent = strspn(s, " "), i = indent;
    while (i + 1 < n && !(s[i] == ' ' && s[i + 1] == ' '))
        i++;
    while (i < n && s[i] == ' ')
        i++;
    return i < n && i <= MAX_HANG && indent ? i : indent;
}

static void wrap(struct dialog *d, int width)
{
    drop_lines(d);
    d->width = width;
    for (const char *p = d->body; *p;) {
        size_t n = strcspn(p, "\n"), indent = hang(p, n), take = line_length(p, n, width);
        char *line = xstrndup(p, take);
        arr_push(&d->lines, line);
        while (take < n) { // the rest under the beginning
            p += take + (p[take] == ' ');
            n -= take + (p[-1] == ' ');
            take = line_length(p, n, width - (int)indent);
            line = xasprintf("%*s%.*s", (int)indent, "", (int)take, p);
            arr_push(&d->lines, line);
        }
        p += n + (p[n] == '\n');
    }
}

static int widest(const struct dialog *d)
{
    int w = utf8_width(d->title) + 4;
    int answers = utf8_width(d->yes) + utf8_width(d->no) + 16;
    w = answers > w ? answers : w;
    if (*d->word)
        w = utf8_width(d->word) * 2 + 24 > w ? utf8_width(d->word) * 2 + 24 : w;
    for (const char *p = d->body; *p;) {
        size_t n = strcspn(p, "\n");
        char *line = xstrndup(p, n);
        w = utf8_width(line) > w ? utf8_width(line) : w;
        free(line);
        p += n + (p[n] == '\n');
    }
    return w;
}

static struct rect box_of(struct dialog *d, struct rect screen)
{
    int w = widest(d) + 2 * MARGIN, extra = FRAME + (*d->word ? 2 : 0);
    w = w > MAX_W ? MAX_W : w;
    w = w > screen.w ? screen.w : w;
    if (d->width != w - 2 * MARGIN)
        wrap(d, w - 2 * MARGIN);
    int h = (int)d->lines.n + extra;
    h = h > screen.h ? screen.h : h;
    d->rows = h > extra ? h - extra : 1;
    int most = (int)d->lines.n - d->rows;
    d->top = d->top > most ? most : d->top;
    d->top = d->top < 0 ? 0 : d->top;
    return (struct rect) { screen.y + (screen.h - h) / 2, screen.x + (screen.w - w) / 2, h, w };
}

// "[ n: stay ]", "[ Esc: stay ]", "[ Enter: delete ]"
static int answer_width(const struct dialog *d, bool yes)
{
    int key = *d->word ? (int)strlen(yes ? "Enter" : "Esc") : 1;
    return utf8_width(yes ? d->yes : d->no) + key + 6;
}

// ---- keys

static enum dialog_result say_yes(struct dialog *d)
{
    if (d->busy)
        return DIALOG_OPEN;
    if (!*d->word || str_eq(d->typed.s, d->word))
        return DIALOG_YES;
    d->wrong = true;
    return DIALOG_OPEN;
}

static enum dialog_result click(struct dialog *d, struct rect screen, struct key k)
{
    struct rect r = box_of(d, screen);
    int no = r.x + MARGIN, yes = no + answer_width(d, false) + 2;
    if (k.y != r.y + r.h - 2)
        return DIALOG_OPEN;
    if (k.x >= no && k.x < no + answer_width(d, false))
        return DIALOG_NO;
    if (k.x >= yes && k.x < yes + answer_width(d, true))
        return say_yes(d);
    return DIALOG_OPEN;
}

static bool scroll(struct dialog *d, struct key k)
{
    static const struct {
        uint32_t code;
        int by;
    } keys[] = { { K_UP, -1 }, { K_DOWN, 1 }, { K_PGUP, -10 }, { K_PGDN, 10 }, { K_MOUSE_WHEEL_UP, -3 },
        { K_MOUSE_WHEEL_DOWN, 3 } };
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (k.code == keys[i].code) {
            d->top += keys[i].by;
            return true;
        }
    return false;
}

static void type(struct dialog *d, struct key k)
{
    char utf8[4];
    d->wrong = false;
    if (k.code == K_BSPACE) {
        size_t n = d->typed.n;
        while (n && ((unsigned char)d->typed.s[--n] & 0xc0) == 0x80)
            ;
        buf_truncate(&d->typed, n);
    } else if (k.code == 'u' && k.mods == MOD_CTRL) {
        buf_clear(&d->typed);
    } else if (k.code < K_BASE && k.code >= ' ' && !(k.mods & (MOD_CTRL | MOD_ALT)) &&
               d->typed.n + 4 < sizeof(d->word)) {
        buf_add(&d->typed, utf8, utf8_encode(k.code, utf8));
    }
}

enum dialog_result dialog_key(struct dialog *d, struct rect screen, struct key k)
{
    bool ctrl = k.mods & MOD_CTRL;
    if (k.code == K_ESC || (ctrl && (k.code == 'c' || k.code == 'g')))
        return DIALOG_NO;
    if (k.code == K_MOUSE_CLICK)
        return click(d, screen, k);
    if (scroll(d, k))
        return DIALOG_OPEN;
    if (*d->word) {
        if (k.code == K_ENTER)
            return say_yes(d);
        type(d, k);
        return DIALOG_OPEN;
    }
    if (k.code == K_ENTER)
        return d->on_yes ? say_yes(d) : DIALOG_NO;
    if (k.code == K_LEFT || k.code == K_RIGHT || k.code == K_TAB)
        d->on_yes = k.code == K_TAB ? !d->on_yes : k.code == K_RIGHT;
    else if (k.mods == 0 && (k.code == 'y' || k.code == 'Y'))
        return say_yes(d);
    else if (k.mods == 0 && (k.code == 'n' || k.code == 'N' || k.code == 'q'))
        return DIALOG_NO;
    return DIALOG_OPEN;
}

void dialog_paste(struct dialog *d, const char *text, size_t n)
{
    if (*d->word && d->typed.n + n < sizeof(d->word))
        utf8_sanitise(&d->typed, text, n);
}

// ---- picture

static void paint_word(struct dialog *d, struct canvas *c, struct rect r)
{
    int y = r.y + r.h - 4, x = r.x + MARGIN, room = r.w - 2 * MARGIN;
    x += canvas_printf(c, y, x, room, d->wrong ? ROLE_BAD : ROLE_TEXT, "type %s to confirm: ", d->word);
    room = r.x + r.w - MARGIN - x;
    c->cursor_y = y;
    c->cursor_x = x + canvas_put(c, y, x, room, ROLE_PROMPT, d->typed.s);
}

void dialog_paint(struct dialog *d, struct canvas *c, struct rect screen)
{
    struct rect r = box_of(d, screen);
    int x = r.x + MARGIN, room = r.w - 2 * MARGIN, y = r.y + r.h - 2;
    canvas_box(c, r, d->danger ? ROLE_BAD : ROLE_BORDER, d->title);
    for (int i = 0; i < d->rows && d->top + i < (int)d->lines.n; i++)
        canvas_put(c, r.y + 1 + i, x, room, ROLE_TEXT, d->lines.v[d->top + i]);
    int left = (int)d->lines.n - d->top - d->rows;
    if (left > 0 || d->top > 0)
        canvas_printf(c, r.y + r.h - 3, x, room, ROLE_DIM, "%d more lines: Up and Down", left);
    c->cursor_y = c->cursor_x = -1;
    if (*d->word) {
        bool ready = str_eq(d->typed.s, d->word);
        paint_word(d, c, r);
        int used = canvas_printf(c, y, x, room, ready ? ROLE_TAB : ROLE_TAB_ACTIVE, "[ Esc: %s ]", d->no) + 2;
        canvas_printf(c, y, x + used, room - used, ready ? ROLE_TAB_ACTIVE : ROLE_DIM, "[ Enter: %s ]", d->yes);
        return;
    }
    int used = canvas_printf(c, y, x, room, d->on_yes ? ROLE_TAB : ROLE_TAB_ACTIVE, "[ n: %s ]", d->no) + 2;
    style_t yes = d->busy ? ROLE_DIM : d->on_yes ? ROLE_TAB_ACTIVE : ROLE_TAB;
    canvas_printf(c, y, x + used, room - used, yes, "[ y: %s ]", d->yes);
}
