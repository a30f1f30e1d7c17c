#include "ui/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#include "base/arr.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ui/term_guard.h"
#include "ui/theme.h"

enum { MIN_SIDE = 2, MAX_SIDE = 1000, MAX_TITLE = 200 };

struct ink_run { // columns [from, to) of a line that left the screen
    uint16_t from, to;
    uint32_t ink;
};
struct old_line {
    char *text;
    ARR(struct ink_run) runs;
};
struct term {
    VTerm *vt;
    VTermScreen *screen;
    struct term_guard guard;
    struct term_modes modes; // the guard's when the last bytes went through
    int rows, cols;
    struct old_line *ring; // lines that scrolled off, oldest at `first`
    size_t ring_size, first, count, back;
    size_t marked; // line + 1; 0: none
    VTermPos cursor, saved, before_alternate;
    bool cursor_visible, alternate;
    int mouse; // VTERM_PROP_MOUSE_*
    char title[MAX_TITLE];
    struct buf title_raw, out;
};

// ---- cells

static unsigned color_of(const VTermColor *c, bool is_default)
{
    if (is_default)
        return INK_DEFAULT;
    if (VTERM_COLOR_IS_INDEXED(c))
        return c->indexed.idx;
    return (unsigned)theme_color_256(c->rgb.red << 16 | c->rgb.green << 8 | c->rgb.blue);
}

static uint32_t ink_of(const VTermScreenCell *cell)
{
    unsigned fg = color_of(&cell->fg, VTERM_COLOR_IS_DEFAULT_FG(&cell->fg));
    unsigned bg = color_of(&cell->bg, VTERM_COLOR_IS_DEFAULT_BG(&cell->bg));
    return INK_OWN | fg | bg << INK_BG_SHIFT | (cell->attrs.bold ? INK_BOLD : 0) |
           (cell->attrs.underline ? INK_UNDERLINE : 0) | (cell->attrs.reverse ? INK_REVERSE : 0) |
           (cell->attrs.italic ? INK_ITALIC : 0);
}

static size_t cell_text(const VTermScreenCell *cell, char *out) // at least 4 * VTERM_MAX_CHARS_PER_CELL
{
    size_t n = 0;
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++)
        if (cell->chars[i] < 0x110000)
            n += utf8_encode(cell->chars[i], out + n);
    return n;
}

// ---- what libvterm tells; only notes are taken here, nothing is called back

static void drop_line(struct old_line *l)
{
    free(l->text);
    arr_release(&l->runs);
    memset(l, 0, sizeof(*l));
}

// The newest of those that left the screen, empty; the oldest makes room.
static struct old_line *new_line(struct term *t)
{
    struct old_line *l = &t->ring[(t->first + t->count) % t->ring_size];
    if (t->count == t->ring_size) {
        t->first = (t->first + 1) % t->ring_size;
        drop_line(l);
        t->marked -= t->marked > 0;
    } else {
        t->count++;
    }
    if (t->back) // whoever reads back is not pushed forward
        t->back = t->back < t->count ? t->back + 1 : t->count;
    return l;
}

static int on_push(int cols, const VTermScreenCell *cells, void *arg)
{
    struct term *t = arg;
    struct buf text = BUF_INIT;
    size_t end = 0;
    if (!t->ring_size)
        return 0;
    struct old_line *l = new_line(t);
    for (int x = 0; x < cols; x += cells[x].width > 1 ? cells[x].width : 1) {
        char utf8[4 * VTERM_MAX_CHARS_PER_CELL];
        size_t n = cell_text(&cells[x], utf8);
        uint32_t ink = ink_of(&cells[x]);
        buf_add(&text, n ? utf8 : " ", n ? n : 1);
        if (n)
            end = text.n;
        struct ink_run *r = l->runs.n ? &l->runs.v[l->runs.n - 1] : NULL;
        if (r && r->ink == ink)
            r->to = (uint16_t)(x + 1);
        else if (ink != (INK_OWN | INK_DEFAULT | INK_DEFAULT << INK_BG_SHIFT))
            arr_push(&l->runs, ((struct ink_run) { (uint16_t)x, (uint16_t)(x + 1), ink }));
    }
    buf_truncate(&text, end); // blanks to the right are not text
    l->text = buf_take(&text);
    return 1;
}

static void take_title(struct term *t)
{
    struct buf clean = BUF_INIT;
    utf8_sanitise(&clean, t->title_raw.s, t->title_raw.n);
    size_t n = clean.n < sizeof(t->title) ? clean.n : sizeof(t->title) - 1;
    while (n < clean.n && n && ((unsigned char)clean.s[n] & 0xc0) == 0x80)
        n--; // cut between code points
    snprintf(t->title, sizeof(t->title), "%.*s", (int)n, clean.s);
    buf_release(&clean);
}

static int on_prop(VTermProp prop, VTermValue *val, void *arg)
{
    struct term *t = arg;
    if (prop == VTERM_PROP_CURSORVISIBLE) {
        t->cursor_visible = val->boolean;
    } else if (prop == VTERM_PROP_ALTSCREEN) {
        t->alternate = val->boolean;
        t->back = 0;
    } else if (prop == VTERM_PROP_MOUSE) {
        t->mouse = val->number;
    } else if (prop == VTERM_PROP_TITLE) {
        buf_clear(&t->title_raw);
#if VTERM_VERSION_MAJOR == 0 && VTERM_VERSION_MINOR < 2
        buf_puts(&t->title_raw, val->string ? val->string : "");
#else
        buf_add(&t->title_raw, val->string.str, val->string.len);
#endif
        take_title(t);
    }
    return 1; // 0 would keep libvterm from storing it
}

static int on_cursor(VTermPos pos, VTermPos old, int visible, void *arg)
{
    struct term *t = arg;
    (void)old;
    t->cursor = pos;
    t->cursor_visible = visible;
    return 1;
}

static void on_output(const char *s, size_t n, void *arg)
{
    buf_add(&((struct term *)arg)->out, s, n);
}

// ---- life

static int clamp_side(int n)
{
    return n < MIN_SIDE ? MIN_SIDE : n > MAX_SIDE ? MAX_SIDE : n;
}

static void raw(struct term *t, const char *s)
{
    vterm_input_write(t->vt, s, strlen(s));
}

// A glyph to look back at: libvterm's REP and combining marks want one. And a cursor to restore: without one saved libvterm
// goes on in black on black.
static void prime(struct term *t)
{
    raw(t, " \r\0337");
    t->saved = (VTermPos) { 0, 0 };
}

struct term *term_new(int rows, int cols, size_t scrollback)
{
    static const VTermScreenCallbacks callbacks = { .movecursor = on_cursor, .settermprop = on_prop,
        .sb_pushline = on_push };
    struct term *t = xcalloc(1, sizeof(*t));
    t->rows = clamp_side(rows);
    t->cols = clamp_side(cols);
    t->cursor_visible = true;
    t->ring_size = scrollback;
    t->ring = scrollback ? xcalloc(scrollback, sizeof(*t->ring)) : NULL;
    buf_init(&t->out);
    buf_init(&t->title_raw);
    guard_init(&t->guard);
    t->vt = vterm_new(t->rows, t->cols);
    BUG_ON(!t->vt);
    vterm_set_utf8(t->vt, 1);
    vterm_output_set_callback(t->vt, on_output, t);
    t->screen = vterm_obtain_screen(t->vt);
    vterm_screen_set_callbacks(t->screen, &callbacks, t);
    vterm_screen_enable_altscreen(t->screen, 1);
    vterm_screen_set_damage_merge(t->screen, VTERM_DAMAGE_SCROLL);
    vterm_screen_reset(t->screen, 1);
    prime(t);
    return t;
}

void term_free(struct term *t)
{
    if (!t)
        return;
    vterm_free(t->vt);
    for (size_t i = 0; i < t->count; i++)
        drop_line(&t->ring[(t->first + i) % t->ring_size]);
    free(t->ring);
    buf_release(&t->out);
    buf_release(&t->title_raw);
    free(t);
}

static void go_to(struct term *t, VTermPos p)
{
    char at[32];
    p.row = p.row < t->rows ? p.row : t->rows - 1;
    p.col = p.col < t->cols ? p.col : t->cols - 1;
    snprintf(at, sizeof(at), "\033[%d;%dH", p.row + 1, p.col + 1);
    raw(t, at);
}

// The cursor of the main screen is where it was when the other one is left, whatever was saved there meanwhile: libvterm keeps
// one for both.
static void to_vterm(void *arg, const char *data, size_t n, bool reset)
{
    struct term *t = arg;
    struct term_modes *now = &t->guard.modes, *then = &t->modes;
    bool alternate = t->alternate;
    if (now->saves != then->saves)
        t->saved = t->cursor;
    if (now->enters != then->enters && !alternate)
        t->before_alternate = t->cursor;
    vterm_input_write(t->vt, data, n);
    if (now->leaves != then->leaves && alternate && !t->alternate)
        go_to(t, t->before_alternate);
    *then = *now;
    if (reset)
        prime(t);
}

void term_feed(struct term *t, const void *data, size_t n)
{
    guard_feed(&t->guard, data, n, to_vterm, t);
    vterm_screen_flush_damage(t->screen);
}

// ---- plain text that nobody could read as fast as it goes by

enum { TAB_STOP = 8, SKIM_SCREENS = 4, SKIM_HEAD = 4 << 10 };

// Bytes of the line from s, its CR LF included; 0: it is not whole, or there is more than plain text in it. rows: that it takes.
static size_t plain_line(const char *s, size_t n, int cols, size_t *rows)
{
    int x = 0;
    *rows = 1;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\r')
            return i + 1 < n && s[i + 1] == '\n' ? i + 2 : 0;
        if (c == '\t' && x < cols)
            x = (x / TAB_STOP + 1) * TAB_STOP < cols ? (x / TAB_STOP + 1) * TAB_STOP : cols - 1;
        else if (c < ' ' || c > '~')
            return 0;
        else if (x == cols) {
            x = 1;
            ++*rows;
        } else {
            x++;
        }
    }
    return 0;
}

static void keep_row(struct term *t, struct buf *row, size_t end)
{
    buf_truncate(row, end);
    new_line(t)->text = buf_take(row);
}

// A line as the rows that the screen would have made of it.
static void keep_line(struct term *t, const char *s, size_t n)
{
    struct buf row = BUF_INIT;
    size_t end = 0, cols = (size_t)t->cols; // end: of what was printed; a tab only moves
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\t') {
            do
                buf_putc(&row, ' ');
            while (row.n % TAB_STOP && row.n < cols - 1);
            buf_truncate(&row, row.n < cols - 1 ? row.n : cols - 1);
            continue;
        }
        if (row.n == cols) {
            keep_row(t, &row, end);
            buf_init(&row);
        }
        buf_putc(&row, s[i]);
        end = row.n;
    }
    keep_row(t, &row, end);
}

static void keep_lines(struct term *t, const char *s, size_t n)
{
    for (const char *end = s + n; s < end;) {
        const char *lf = memchr(s, '\n', (size_t)(end - s));
        keep_line(t, s, (size_t)(lf - s) - 1);
        s = lf + 1;
    }
}

// The last whole lines of s that fill a screen but for its last row.
static size_t screenful(const struct term *t, const char *s, size_t n)
{
    size_t at = n, rows = 0, one;
    while (at && rows + 1 < (size_t)t->rows) {
        const char *lf = at > 2 ? memrchr(s, '\n', at - 2) : NULL;
        size_t from = lf ? (size_t)(lf - s) + 1 : 0;
        plain_line(s + from, at - from, t->cols, &one);
        rows += one;
        at = from;
    }
    return at;
}

// All rows but the last, which is empty, as if they had gone up.
static void keep_screen(struct term *t)
{
    VTermScreenCell *cells = xcalloc((size_t)t->cols, sizeof(*cells));
    for (int y = 0; y + 1 < t->rows; y++) {
        for (int x = 0; x < t->cols; x++)
            vterm_screen_get_cell(t->screen, (VTermPos) { y, x }, &cells[x]);
        on_push(t->cols, cells, t);
    }
    free(cells);
}

static bool at_the_end(const struct term *t)
{
    return t->cursor.row == t->rows - 1 && guard_plain(&t->guard) && !t->alternate;
}

size_t term_skim(struct term *t, const char *data, size_t n)
{
    const char *lf = memchr(data, '\n', n < SKIM_HEAD ? n : SKIM_HEAD);
    size_t head = lf ? (size_t)(lf - data) + 1 : 0, end, rows = 0, one, len;
    if (!head || !t->ring_size || !at_the_end(t) || !plain_line(data, head, t->cols, &one))
        return 0;
    for (end = head; (len = plain_line(data + end, n - end, t->cols, &one)) > 0; end += len)
        rows += one;
    if (rows < SKIM_SCREENS * (size_t)t->rows)
        return 0;
    term_feed(t, data, head); // to the beginning of the last row, which is empty then
    if (!at_the_end(t) || t->cursor.col != 0)
        return head;
    keep_screen(t);
    raw(t, "\033[H\033[2J");
    size_t shown = head + screenful(t, data + head, end - head);
    keep_lines(t, data + head, shown - head);
    term_feed(t, data + shown, end - shown);
    return end;
}

// The saved cursor and the scroll region are not clamped by libvterm when it shrinks: both are reset first, and the cursor
// saved anew (found by fuzzing; the same fault as neovim's issue 16699).
void term_resize(struct term *t, int rows, int cols)
{
    rows = clamp_side(rows);
    cols = clamp_side(cols);
    if (rows == t->rows && cols == t->cols)
        return;
    VTermPos p = t->cursor;
    raw(t, "\033[?6l\033[?69l\033[r");
    go_to(t, p);
    vterm_set_size(t->vt, rows, cols);
    t->rows = rows;
    t->cols = cols;
    go_to(t, t->saved);
    raw(t, "\0337");
    go_to(t, p);
    modes_saved(&t->guard.modes);
    t->modes = t->guard.modes;
    vterm_screen_flush_damage(t->screen);
}

void term_take_output(struct term *t, struct buf *out)
{
    if (t->out.n)
        buf_add(out, t->out.s, t->out.n);
    buf_clear(&t->out);
}

// ---- in

static const struct {
    uint32_t code;
    VTermKey key;
} named_keys[] = {
    { K_ENTER, VTERM_KEY_ENTER }, { K_ESC, VTERM_KEY_ESCAPE }, { K_TAB, VTERM_KEY_TAB },
    { K_BSPACE, VTERM_KEY_BACKSPACE }, { K_UP, VTERM_KEY_UP }, { K_DOWN, VTERM_KEY_DOWN },
    { K_LEFT, VTERM_KEY_LEFT }, { K_RIGHT, VTERM_KEY_RIGHT }, { K_HOME, VTERM_KEY_HOME },
    { K_END, VTERM_KEY_END }, { K_PGUP, VTERM_KEY_PAGEUP }, { K_PGDN, VTERM_KEY_PAGEDOWN },
    { K_INS, VTERM_KEY_INS }, { K_DEL, VTERM_KEY_DEL },
};

void term_key(struct term *t, struct key k)
{
    VTermModifier mods = (k.mods & MOD_SHIFT ? VTERM_MOD_SHIFT : 0) |
                         (k.mods & MOD_ALT ? VTERM_MOD_ALT : 0) | (k.mods & MOD_CTRL ? VTERM_MOD_CTRL : 0);
    t->back = 0;
    if (k.code < K_BASE) {
        vterm_keyboard_unichar(t->vt, k.code, mods);
        return;
    }
    if (k.code >= K_F1 && k.code <= K_F12) {
        vterm_keyboard_key(t->vt, (VTermKey)VTERM_KEY_FUNCTION((int)(k.code - K_F1) + 1), mods);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(named_keys); i++)
        if (named_keys[i].code == k.code)
            vterm_keyboard_key(t->vt, named_keys[i].key, mods);
}

void term_paste(struct term *t, const char *text, size_t n)
{
    t->back = 0;
    vterm_keyboard_start_paste(t->vt); // nothing where the application did not ask for it
    size_t from = 0;
    for (size_t i = 0; i < n; i++) { // the end mark inside a paste would let the rest run as typed
        if (text[i] != '\033' && text[i] != '\n')
            continue;
        buf_add(&t->out, text + from, i - from);
        if (text[i] == '\n')
            buf_putc(&t->out, '\r'); // what the Enter key sends
        from = i + 1;
    }
    buf_add(&t->out, text + from, n - from);
    vterm_keyboard_end_paste(t->vt);
}

bool term_wants_mouse(const struct term *t)
{
    return t->mouse != VTERM_PROP_MOUSE_NONE;
}

void term_mouse(struct term *t, int y, int x, struct key k)
{
    static const struct {
        uint32_t code;
        int button;
    } buttons[] = { { K_MOUSE_CLICK, 1 }, { K_MOUSE_DOUBLE, 1 }, { K_MOUSE_WHEEL_UP, 4 },
        { K_MOUSE_WHEEL_DOWN, 5 } };
    for (size_t i = 0; i < ARRAY_SIZE(buttons); i++)
        if (buttons[i].code == k.code) {
            vterm_mouse_move(t->vt, y, x, VTERM_MOD_NONE);
            vterm_mouse_button(t->vt, buttons[i].button, true, VTERM_MOD_NONE);
            vterm_mouse_button(t->vt, buttons[i].button, false, VTERM_MOD_NONE);
        }
}

// ---- out

static void set_ink(struct canvas *c, int y, int x, int w, uint32_t ink)
{
    for (int i = x; i < x + w; i++)
        if (y >= 0 && y < c->h && i >= 0 && i < c->w)
            c->cells[y * c->w + i].ink = ink;
}

static void paint_old(const struct old_line *l, struct canvas *c, int y, struct rect r)
{
    canvas_put(c, y, r.x, r.w, ROLE_TEXT, l->text);
    for (size_t i = 0; i < l->runs.n; i++) {
        int from = l->runs.v[i].from, to = l->runs.v[i].to < r.w ? l->runs.v[i].to : r.w;
        if (from < to)
            set_ink(c, y, r.x + from, to - from, l->runs.v[i].ink);
    }
}

static void paint_row(struct term *t, int row, struct canvas *c, int y, struct rect r)
{
    for (int x = 0; x < t->cols && x < r.w;) {
        VTermScreenCell cell;
        char utf8[4 * VTERM_MAX_CHARS_PER_CELL + 1];
        if (!vterm_screen_get_cell(t->screen, (VTermPos) { row, x }, &cell))
            return;
        int w = cell.width > 1 ? cell.width : 1;
        size_t n = cell.chars[0] == (uint32_t)-1 ? 0 : cell_text(&cell, utf8);
        if (n && x + w <= r.w)
            canvas_putn(c, y, r.x + x, w, ROLE_TEXT, utf8, n);
        set_ink(c, y, r.x + x, x + w <= r.w ? w : r.w - x, ink_of(&cell));
        x += w;
    }
}

void term_paint(struct term *t, struct canvas *c, struct rect r, bool focused)
{
    canvas_fill(c, r, ROLE_TEXT, NULL);
    for (int i = 0; i < r.h; i++) {
        long at = (long)t->count - (long)t->back + i; // in the ring, then on the screen
        if (at < (long)t->count)
            paint_old(&t->ring[(t->first + (size_t)at) % t->ring_size], c, r.y + i, r);
        else if (at - (long)t->count < t->rows)
            paint_row(t, (int)(at - (long)t->count), c, r.y + i, r);
        if (t->marked && (size_t)at + 1 == t->marked) { // a hit of a search
            set_ink(c, r.y + i, r.x, r.w, 0);
            canvas_overlay(c, (struct rect) { r.y + i, r.x, 1, r.w }, STYLE_SELECTED);
        }
    }
    if (focused && t->cursor_visible && !t->back && t->cursor.row < r.h && t->cursor.col < r.w) {
        c->cursor_y = r.y + t->cursor.row;
        c->cursor_x = r.x + t->cursor.col;
    }
}

void term_scroll(struct term *t, long lines)
{
    long back = (long)t->back + lines;
    t->back = t->alternate || back < 0 ? 0 : back > (long)t->count ? t->count : (size_t)back;
}

size_t term_scrolled(const struct term *t)
{
    return t->back;
}

const char *term_title(const struct term *t)
{
    return t->title;
}

bool term_alternate(const struct term *t)
{
    return t->alternate;
}

static void screen_line(const struct term *t, int y, struct buf *out)
{
    size_t used = out->n;
    for (int x = 0; x < t->cols;) {
        VTermScreenCell cell;
        char utf8[4 * VTERM_MAX_CHARS_PER_CELL + 1];
        if (!vterm_screen_get_cell(t->screen, (VTermPos) { y, x }, &cell))
            break;
        size_t n = cell.chars[0] == (uint32_t)-1 ? 0 : cell_text(&cell, utf8);
        buf_add(out, n ? utf8 : " ", n ? n : 1);
        if (n)
            used = out->n;
        x += cell.width > 1 ? cell.width : 1;
    }
    buf_truncate(out, used);
}

size_t term_lines(const struct term *t)
{
    return t->count + (size_t)t->rows;
}

void term_line(const struct term *t, size_t line, struct buf *out)
{
    if (line < t->count)
        buf_puts(out, t->ring[(t->first + line) % t->ring_size].text);
    else if (line < term_lines(t))
        screen_line(t, (int)(line - t->count), out);
}

void term_show_line(struct term *t, size_t line)
{
    size_t middle = (size_t)t->rows / 2, end = t->count;
    size_t top = line > middle ? line - middle : 0;
    t->marked = line + 1;
    t->back = t->alternate || top >= end ? 0 : end - top;
}

size_t term_marked(const struct term *t, size_t none)
{
    return t->marked ? t->marked - 1 : none;
}

void term_unmark(struct term *t)
{
    t->marked = 0;
}

void term_text(struct term *t, struct buf *out)
{
    size_t end = out->n; // empty lines at the end are no text
    for (size_t i = 0; i < term_lines(t); i++) {
        size_t from = out->n;
        term_line(t, i, out);
        if (i < t->count || out->n > from)
            end = out->n + 1;
        buf_putc(out, '\n');
    }
    buf_truncate(out, end);
}
