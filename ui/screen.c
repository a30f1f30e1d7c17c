#include "ui/screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "ui/fatal.h"

enum { MIN_H = 4, MIN_W = 20, MAX_H = 500, MAX_W = 1000, MAX_OSC52 = 74000, PASTE_GAP_MS = 2000, REPLY_GAP_MS = 100 };
enum { CODE_PASTE_BEGIN = 0x2000, CODE_PASTE_END, CODE_EXTRA };
enum { PAIR_CACHE = 1024 };

struct pair {
    int32_t fg, bg;
    int id;
};
struct screen {
    SCREEN *sp;
    WINDOW *keys;    // a pad: reading a key from a window would first refresh it
    uint64_t *shown; // of each cell that the terminal shows, its hash: a second canvas would be four times the size
    int shown_h, shown_w;
    const struct theme *last_theme;
    struct pair pairs[PAIR_CACHE];
    size_t npairs;
    int colors, stderr_copy, stderr_mem;
    bool mouse, left, ascii, titles;
    struct buf title; // as it was given last
    mbstate_t half; // of a character that came in two reads
    bool pasting; // a bracketed paste is coming in, over several reads on a slow link
    struct buf pasted;
    int64_t pasted_at;
    bool returns; // the next refresh comes after an endwin()
    bool reply; // a sequence that is no key is coming in: nothing of it was typed
    int64_t reply_at;
};

// XTWINOPS 22 and 23 keep the terminal's title and give it back: xterm, tmux and those that follow them.
static const char title_keep[] = "\033[22;2t", title_back[] = "\033[23;2t";

static void send_raw(const char *s, size_t n)
{
    while (n) {
        ssize_t w = write(STDOUT_FILENO, s, n);
        if (w < 0 && errno != EINTR && errno != EAGAIN)
            return;
        if (w > 0) {
            s += w;
            n -= (size_t)w;
        }
    }
}

static struct screen *restore_me; // for the panic hook: the only global of ui

static void panic_restore(void)
{
    fatal_arm(false);
    if (restore_me && !restore_me->left && restore_me->titles)
        send_raw(title_back, strlen(title_back));
    if (restore_me && !restore_me->left)
        endwin();
    if (restore_me && restore_me->stderr_copy >= 0)
        dup2(restore_me->stderr_copy, 2);
}

// Modified keys as xterm, tmux and screen send them; curses alone knows few of them.
static const struct {
    const char *letter; // final byte(s) of CSI 1;M X  or  CSI N;M ~
    bool tilde;
    uint32_t code;
} modified[] = {
    { "A", false, K_UP }, { "B", false, K_DOWN }, { "C", false, K_RIGHT }, { "D", false, K_LEFT },
    { "H", false, K_HOME }, { "F", false, K_END }, { "5", true, K_PGUP }, { "6", true, K_PGDN },
    { "2", true, K_INS }, { "3", true, K_DEL },
};

static void define_modified(void)
{
    char seq[24];
    for (size_t i = 0; i < ARRAY_SIZE(modified); i++)
        for (int m = 2; m <= 8; m++) {
            if (modified[i].tilde)
                snprintf(seq, sizeof(seq), "\033[%s;%d~", modified[i].letter, m);
            else
                snprintf(seq, sizeof(seq), "\033[1;%d%s", m, modified[i].letter);
            define_key(seq, CODE_EXTRA + (int)i * 16 + m);
        }
    // Terminals that ignore keypad mode send the cursor keys as CSI, where terminfo says SS3
    static const struct {
        const char *seq;
        int code;
    } plain[] = { { "\033[A", KEY_UP }, { "\033[B", KEY_DOWN }, { "\033[C", KEY_RIGHT },
        { "\033[D", KEY_LEFT }, { "\033[H", KEY_HOME }, { "\033[F", KEY_END }, { "\033OH", KEY_HOME },
        { "\033OF", KEY_END }, { "\033[1~", KEY_HOME }, { "\033[4~", KEY_END }, { "\033[Z", KEY_BTAB } };
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
        define_key(plain[i].seq, plain[i].code);
    define_key("\033[200~", CODE_PASTE_BEGIN);
    define_key("\033[201~", CODE_PASTE_END);
}

// Stray output of libraries must not land in the picture: kept, and shown after the end.
static void capture_stderr(struct screen *s)
{
    s->stderr_copy = s->stderr_mem = -1;
    if (!isatty(2))
        return;
    s->stderr_mem = memfd_create("kview-stderr", MFD_CLOEXEC);
    if (s->stderr_mem < 0)
        return;
    s->stderr_copy = fcntl(2, F_DUPFD_CLOEXEC, 10);
    dup2(s->stderr_mem, 2);
}

static void release_stderr(struct screen *s)
{
    char buf[4096];
    ssize_t n;
    if (s->stderr_copy < 0)
        return;
    dup2(s->stderr_copy, 2);
    close(s->stderr_copy);
    lseek(s->stderr_mem, 0, SEEK_SET);
    while ((n = read(s->stderr_mem, buf, sizeof(buf))) > 0)
        if (write(2, buf, (size_t)n) < 0)
            break;
    close(s->stderr_mem);
    s->stderr_copy = -1;
}

static bool has_paste(void)
{
    const char *term = getenv("TERM");
    return term && strcmp(term, "linux") != 0 && strncmp(term, "vt", 2) != 0;
}

void screen_title(struct screen *s, const char *text)
{
    struct buf out = BUF_INIT;
    if (!s->titles || s->left || str_eq(text, s->title.s)) // each frame asks
        return;
    buf_puts(&out, "\033]2;");
    utf8_sanitise(&out, text, strlen(text));
    buf_puts(&out, "\033\\");
    send_raw(out.s, out.n);
    buf_release(&out);
    buf_clear(&s->title);
    buf_puts(&s->title, text);
}

// ---- a size within bounds

static void put_env(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

// A terminal may say that it is 65535x65535: curses would make three pictures of that, whenever it asks for the size, which is
// when it begins and at each return from endwin(). It takes it from the environment when it may not ask the terminal, of which
// then the upper left part is used. True: said, until unsay_size.
static bool say_size(char *before[2])
{
    static const char *const names[] = { "LINES", "COLUMNS" };
    struct winsize ws;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) != 0 || (ws.ws_row <= MAX_H && ws.ws_col <= MAX_W))
        return false;
    const int sides[] = { ws.ws_row < MAX_H ? ws.ws_row : MAX_H, ws.ws_col < MAX_W ? ws.ws_col : MAX_W };
    for (size_t i = 0; i < 2; i++) {
        char number[16];
        before[i] = xstrdup_null(getenv(names[i]));
        snprintf(number, sizeof(number), "%d", sides[i]);
        put_env(names[i], number);
    }
    use_tioctl(FALSE);
    return true;
}

static void unsay_size(char *before[2])
{
    put_env("LINES", before[0]);
    put_env("COLUMNS", before[1]);
    free(before[0]);
    free(before[1]);
    use_tioctl(TRUE);
}

static SCREEN *bounded_newterm(void)
{
    char *before[2];
    bool said = say_size(before);
    SCREEN *sp = newterm(NULL, stdout, stdin);
    if (said)
        unsay_size(before);
    return sp;
}

static void bounded_refresh(struct screen *s)
{
    char *before[2];
    bool said = s->returns && say_size(before);
    s->returns = false;
    doupdate();
    if (said)
        unsay_size(before);
}

static void begin_modes(struct screen *s)
{
    raw();
    noecho();
    nonl();
    keypad(s->keys, TRUE);
    nodelay(s->keys, TRUE);
    intrflush(s->keys, FALSE);
    leaveok(newscr, FALSE);
    if (s->mouse) {
        mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
        mouseinterval(0);
    }
    if (has_paste())
        send_raw("\033[?2004h", 8);
    if (s->titles)
        send_raw(title_keep, strlen(title_keep));
    buf_clear(&s->title);
}

// Until the first endwin(), ncurses sends its buffer after every movement of the cursor (lib_mvcur.c, ewInitial):
// hundreds of writes a frame. That first end is played to nobody; the next refresh takes the screen back.
static void past_initial_state(void)
{
    int nobody = open("/dev/null", O_WRONLY | O_CLOEXEC), out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    struct termios modes;
    if (nobody >= 0 && out >= 0 && tcgetattr(out, &modes) == 0) {
        dup2(nobody, STDOUT_FILENO);
        endwin();
        dup2(out, STDOUT_FILENO);
        tcsetattr(out, TCSADRAIN, &modes);
    }
    close(nobody);
    close(out);
}

static void add_cap(struct buf *out, const char *name)
{
    const char *s = tigetstr((NCURSES_CONST char *)name);
    if (!s || s == (const char *)-1)
        return;
    for (; *s; s++) { // padding, $<5>, is tputs' business: no terminal that knows these needs it
        const char *end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;
        if (end)
            s = end;
        else
            buf_putc(out, *s);
    }
}

// What a fatal signal writes, in the order of endwin().
static void prepare_fatal(const struct screen *s, const struct termios *modes)
{
    struct buf out = BUF_INIT;
    if (has_paste())
        buf_puts(&out, "\033[?2004l");
    buf_puts(&out, s->titles ? title_back : "");
    if (s->mouse)
        buf_puts(&out, "\033[?1000l\033[?1002l\033[?1003l\033[?1006l");
    add_cap(&out, "sgr0");
    add_cap(&out, "op");
    add_cap(&out, "cnorm");
    add_cap(&out, "rmkx");
    add_cap(&out, "rmcup");
    fatal_prepare(STDOUT_FILENO, out.s, out.n, modes, s->stderr_copy);
    fatal_arm(true);
    buf_release(&out);
}

static bool check_terminal(struct err *err)
{
    const char *term = getenv("TERM");
    int status = 0;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        err_set(err, "kview needs a terminal for its screen");
        return err_hint(err, "in a pipe use `kview --once VIEW`, over ssh use `ssh -t`");
    }
    if (!term || !*term || strcmp(term, "dumb") == 0) {
        err_set(err, term && *term ? "the terminal type TERM=%s cannot show a full screen"
                                   : "the terminal's type, TERM, is not set%s",
            str_or(term, ""));
        return err_hint(err, "set TERM to what your terminal is (xterm-256color fits most), or use --once");
    }
    if (setupterm(NULL, STDOUT_FILENO, &status) != OK) {
        err_set(err, "the terminal type TERM=%s is not known on this machine", term);
        return err_hint(err, "try TERM=xterm-256color, or install ncurses-term");
    }
    del_curterm(cur_term); // newterm reads its own
    struct winsize ws;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row && (ws.ws_row < MIN_H || ws.ws_col < MIN_W)) {
        err_set(err, "the terminal is too small: %dx%d", ws.ws_col, ws.ws_row);
        return err_hint(err, "kview needs at least %dx%d; 80x24 is comfortable", MIN_W, MIN_H);
    }
    return true;
}

static bool utf8_locale(void)
{
    setlocale(LC_ALL, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
        return true;
    // The C locale of a bare ssh session is no choice of the user's: terminals are UTF-8 today
    const char *lang = getenv("LC_ALL");
    lang = lang && *lang ? lang : getenv("LANG");
    if (!lang || !*lang || !strcmp(lang, "C") || !strcmp(lang, "POSIX"))
        if (setlocale(LC_CTYPE, "C.UTF-8"))
            return true;
    return false;
}

struct screen *screen_new(const struct screen_opts *opts, struct err *err)
{
    if (!check_terminal(err))
        return NULL;
    struct screen *s = xcalloc(1, sizeof(*s));
    s->ascii = opts->ascii || !utf8_locale();
    s->mouse = opts->mouse;
    s->titles = opts->title && has_paste();
    buf_init(&s->title);
    use_tioctl(TRUE); // not what LINES and COLUMNS of the environment say
    set_escdelay(25);
    struct termios modes;
    bool known = tcgetattr(STDOUT_FILENO, &modes) == 0;
    s->sp = bounded_newterm();
    if (!s->sp) {
        free(s);
        err_set(err, "the terminal type TERM=%s does not work", str_or(getenv("TERM"), ""));
        return NULL;
    }
    // Cells go into newscr, what the terminal is to show next, at once: stdscr would be one more screen of cells
    wresize(stdscr, 1, 1);
    s->keys = newpad(1, 1);
    capture_stderr(s);
    if (has_colors()) {
        start_color();
        use_default_colors();
        s->colors = COLORS;
    }
    begin_modes(s);
    past_initial_state();
    s->returns = true;
    define_modified();
    if (known)
        prepare_fatal(s, &modes);
    restore_me = s;
    mem_set_panic_hook(panic_restore);
    return s;
}

void screen_free(struct screen *s)
{
    if (!s)
        return;
    screen_leave(s);
    delwin(s->keys);
    delscreen(s->sp);
    restore_me = NULL;
    mem_set_panic_hook(NULL);
    release_stderr(s);
    free(s->shown);
    buf_release(&s->pasted);
    buf_release(&s->title);
    free(s);
}

void screen_size(struct screen *s, int *h, int *w)
{
    struct winsize ws;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row && ws.ws_col) {
        int rows = ws.ws_row > MAX_H ? MAX_H : ws.ws_row, cols = ws.ws_col > MAX_W ? MAX_W : ws.ws_col;
        if (rows != LINES || cols != COLS) {
            resizeterm(rows, cols);
            s->last_theme = NULL; // everything anew
        }
    }
    *h = LINES;
    *w = COLS;
}

int screen_colors(const struct screen *s)
{
    return s->colors;
}

bool screen_is_ascii(const struct screen *s)
{
    return s->ascii;
}

int screen_fd(const struct screen *s)
{
    (void)s;
    return STDIN_FILENO;
}

bool screen_ready(const struct screen *s)
{
    struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
    (void)s;
    return poll(&p, 1, 0) == 1 && p.revents & POLLOUT;
}

// ---- keys

static const struct {
    int curses;
    uint32_t code;
    uint8_t mods;
} key_map[] = {
    { KEY_UP, K_UP, 0 }, { KEY_DOWN, K_DOWN, 0 }, { KEY_LEFT, K_LEFT, 0 }, { KEY_RIGHT, K_RIGHT, 0 },
    { KEY_HOME, K_HOME, 0 }, { KEY_END, K_END, 0 }, { KEY_PPAGE, K_PGUP, 0 }, { KEY_NPAGE, K_PGDN, 0 },
    { KEY_IC, K_INS, 0 }, { KEY_DC, K_DEL, 0 }, { KEY_BACKSPACE, K_BSPACE, 0 }, { KEY_ENTER, K_ENTER, 0 },
    { KEY_BTAB, K_TAB, MOD_SHIFT }, { KEY_SLEFT, K_LEFT, MOD_SHIFT }, { KEY_SRIGHT, K_RIGHT, MOD_SHIFT },
    { KEY_SR, K_UP, MOD_SHIFT }, { KEY_SF, K_DOWN, MOD_SHIFT }, { KEY_FIND, K_HOME, 0 },
    { KEY_SELECT, K_END, 0 }, { KEY_A1, K_HOME, 0 }, { KEY_C1, K_END, 0 },
};

static struct key from_function_key(wint_t ch)
{
    struct key k = { 0 };
    if (ch >= CODE_EXTRA) {
        size_t i = (ch - CODE_EXTRA) / 16;
        unsigned m = (unsigned)(ch - CODE_EXTRA) % 16 - 1; // xterm: 1 + shift 1, alt 2, control 4
        k.code = i < ARRAY_SIZE(modified) ? modified[i].code : 0;
        k.mods = (uint8_t)((m & 1 ? MOD_SHIFT : 0) | (m & 2 ? MOD_ALT : 0) | (m & 4 ? MOD_CTRL : 0));
        return k;
    }
    if (ch >= (wint_t)KEY_F(1) && ch <= (wint_t)KEY_F(12))
        k.code = K_F1 + (uint32_t)(ch - (wint_t)KEY_F(1));
    for (size_t i = 0; i < ARRAY_SIZE(key_map); i++)
        if ((wint_t)key_map[i].curses == ch) {
            k.code = key_map[i].code;
            k.mods = key_map[i].mods;
        }
    return k;
}

static struct key from_char(wint_t ch)
{
    struct key k = { .code = (uint32_t)ch };
    if (ch == '\r' || ch == '\n')
        k.code = K_ENTER;
    else if (ch == '\t')
        k.code = K_TAB;
    else if (ch == 27)
        k.code = K_ESC;
    else if (ch == 127 || ch == 8)
        k.code = K_BSPACE;
    else if (ch == 0)
        k = (struct key) { .code = ' ', .mods = MOD_CTRL };
    else if (ch < 27)
        k = (struct key) { .code = (uint32_t)('a' + ch - 1), .mods = MOD_CTRL };
    else if (ch < 32)
        k = (struct key) { .code = (uint32_t)("\\]^_"[ch - 28]), .mods = MOD_CTRL };
    else if (ch > 0x10ffff) // bytes that are no UTF-8: curses hands out WEOF
        k.code = 0;
    return k;
}

static struct key mouse_key(void)
{
    struct key k = { 0 };
    MEVENT e;
    if (getmouse(&e) != OK)
        return k;
    k.y = (int16_t)e.y;
    k.x = (int16_t)e.x;
    if (e.bstate & BUTTON1_PRESSED)
        k.code = K_MOUSE_CLICK;
    else if (e.bstate & BUTTON4_PRESSED)
        k.code = K_MOUSE_WHEEL_UP;
    else if (e.bstate & BUTTON5_PRESSED)
        k.code = K_MOUSE_WHEEL_DOWN;
    return k;
}

static void end_paste(struct screen *s, void (*paste)(void *arg, const char *text, size_t n), void *arg)
{
    s->pasting = false;
    paste(arg, s->pasted.n ? s->pasted.s : "", s->pasted.n);
    buf_release(&s->pasted);
}

static void add_pasted(struct screen *s, wint_t ch)
{
    char utf8[4];
    if (s->pasted.n < SCREEN_PASTE_MAX)
        buf_add(&s->pasted, utf8, utf8_encode(ch == '\r' ? '\n' : (uint32_t)ch, utf8));
}

// get_wch() would forget the first half of a character when the second is not there yet, and after a byte that is
// no text take up to sixteen keys for the rest of it (ncurses 6.4, lib_get_wch.c).
static int get_char(struct screen *s, wint_t *ch)
{
    int c;
    while ((c = wgetch(s->keys)) != ERR) {
        wchar_t wide;
        char byte = (char)c;
        *ch = (wint_t)c;
        if (c > UCHAR_MAX || byte == '\0') {
            s->half = (mbstate_t){ 0 };
            return c ? KEY_CODE_YES : OK;
        }
        size_t n = mbrtowc(&wide, &byte, 1, &s->half);
        if (n == (size_t)-1) { // what came before it was no text: this may begin anew
            s->half = (mbstate_t){ 0 };
            n = mbrtowc(&wide, &byte, 1, &s->half);
        }
        if (n == 1) {
            *ch = (wint_t)wide;
            return OK;
        }
        if (n == (size_t)-1)
            s->half = (mbstate_t){ 0 };
    }
    return ERR;
}

// What the terminal answers late, or a key that nobody knows: ESC [ with its parameters, up to its final byte. Alt with [
// is that key only when nothing follows at once.
static bool begins_reply(struct screen *s)
{
    wint_t ch;
    int rc = get_char(s, &ch);
    if (rc == KEY_CODE_YES)
        ungetch((int)ch);
    else if (rc == OK && (ch < ' ' || ch > '~'))
        unget_wch((wchar_t)ch);
    if (rc != OK || ch < ' ' || ch > '~')
        return false;
    s->reply = ch < '@';
    s->reply_at = time_mono_ms();
    return true;
}

// Is this character a part of it still? One that is broken off ends with the next control character, or after a while.
static bool in_reply(struct screen *s, int rc, wint_t ch)
{
    if (!s->reply)
        return false;
    s->reply = rc == OK && ch >= ' ' && ch < '@' && time_mono_ms() - s->reply_at <= REPLY_GAP_MS;
    bool end = rc == OK && ch >= '@' && ch <= '~' && time_mono_ms() - s->reply_at <= REPLY_GAP_MS;
    s->reply_at = time_mono_ms();
    return s->reply || end;
}

// Alt sends Esc before the key; before a paste or the mouse it was Esc itself.
static struct key after_esc(struct screen *s, struct key esc)
{
    wint_t ch;
    int rc = get_char(s, &ch);
    if (rc == ERR)
        return esc;
    struct key k = rc == KEY_CODE_YES ? from_function_key(ch) : from_char(ch);
    if (rc == OK && ch == '[' && begins_reply(s))
        return (struct key) { 0 };
    if (!k.code) {
        if (rc == KEY_CODE_YES)
            ungetch((int)ch);
        return esc;
    }
    k.mods |= MOD_ALT;
    return k;
}

void screen_read(struct screen *s, void (*key)(void *arg, struct key k),
    void (*paste)(void *arg, const char *text, size_t n), void *arg)
{
    wint_t ch;
    int rc;
    if (s->pasting && time_mono_ms() - s->pasted_at > PASTE_GAP_MS)
        end_paste(s, paste, arg); // its end mark was lost: what comes now was typed
    while ((rc = get_char(s, &ch)) != ERR) {
        struct key k;
        if ((rc == KEY_CODE_YES && ch == KEY_RESIZE) || in_reply(s, rc, ch))
            continue;
        if (rc == KEY_CODE_YES && ch == CODE_PASTE_BEGIN)
            s->pasting = true;
        else if (rc == KEY_CODE_YES && ch == CODE_PASTE_END && s->pasting)
            end_paste(s, paste, arg);
        else if (s->pasting && rc == OK)
            add_pasted(s, ch);
        if (s->pasting || (rc == KEY_CODE_YES && ch == CODE_PASTE_END)) {
            s->pasted_at = time_mono_ms();
            continue;
        }
        if (rc == KEY_CODE_YES)
            k = ch == KEY_MOUSE ? mouse_key() : from_function_key(ch);
        else
            k = from_char(ch);
        if (k.code == K_ESC)
            k = after_esc(s, k);
        if (k.code)
            key(arg, k);
        if (restore_me == NULL || restore_me->left)
            return;
    }
}

// ---- colours

// The eight colours of old terminals: by hue, so that a pale red is red and not white. Pale blue text is cyan:
// their blue can hardly be read on black.
static int nearest_8(int32_t rgb, bool ground)
{
    int c[3] = { rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255 };
    int max = c[0] > c[1] ? c[0] : c[1], min = c[0] < c[1] ? c[0] : c[1];
    max = max > c[2] ? max : c[2];
    min = min < c[2] ? min : c[2];
    if (max - min < 40)
        return max < 100 ? COLOR_BLACK : ground && max < 180 ? COLOR_BLACK : COLOR_WHITE;
    int mid = (max + min) / 2;
    if (!ground && c[2] == max && c[0] <= mid && c[1] >= 128)
        return COLOR_CYAN;
    return (c[0] > mid ? COLOR_RED : 0) | (c[1] > mid ? COLOR_GREEN : 0) | (c[2] > mid ? COLOR_BLUE : 0);
}

enum { BY_INDEX = 1 << 24 }; // beside 24 bits of RGB: an index into the terminal's palette

static int color_index(const struct screen *s, int32_t rgb, bool ground)
{
    if (rgb < 0)
        return -1;
    if (rgb & BY_INDEX) {
        int i = rgb & 255;
        return i < s->colors ? i : i < 16 ? i & 7 : nearest_8(theme_palette(i), ground);
    }
    return s->colors >= 256 ? theme_color_256(rgb) : nearest_8(rgb, ground);
}

static int pair_for(struct screen *s, int32_t fg, int32_t bg)
{
    if (s->colors < 8 || (fg < 0 && bg < 0))
        return 0;
    for (size_t i = 0; i < s->npairs; i++)
        if (s->pairs[i].fg == fg && s->pairs[i].bg == bg)
            return s->pairs[i].id;
    int id = alloc_pair(color_index(s, fg, false), color_index(s, bg, true));
    if (id < 0)
        return 0;
    if (s->npairs == PAIR_CACHE)
        s->npairs = 0;
    s->pairs[s->npairs++] = (struct pair) { fg, bg, id };
    return id;
}

// A cell of a container's terminal: its own colours, for attr and pair of setcchar.
static attr_t ink_attr(struct screen *s, uint32_t ink, const struct theme *t, int *pair)
{
    unsigned fg = ink & INK_INDEX_MASK, bg = ink >> INK_BG_SHIFT & INK_INDEX_MASK;
    *pair = t->color ? pair_for(s, fg == INK_DEFAULT ? -1 : (int32_t)(BY_INDEX | fg),
                           bg == INK_DEFAULT ? -1 : (int32_t)(BY_INDEX | bg))
                     : 0;
    return (ink & INK_BOLD ? A_BOLD : 0) | (ink & INK_UNDERLINE ? A_UNDERLINE : 0) |
           (ink & INK_REVERSE ? A_REVERSE : 0) | (ink & INK_ITALIC ? A_ITALIC : 0);
}

static void put_cell(
    struct screen *s, int y, int x, const struct canvas_cell *cell, const struct theme *t)
{
    struct theme_style st = theme_resolve(t, cell->style);
    attr_t attr = (st.bold ? A_BOLD : 0) | (st.underline ? A_UNDERLINE : 0) |
                  (st.reverse ? A_REVERSE : 0) | (st.dim ? A_DIM : 0);
    int pair = t->color ? pair_for(s, st.fg, st.bg) : 0;
    if (t->color && pair == 0 && (cell->style & STYLE_SELECTED))
        attr |= A_REVERSE; // a terminal without colours must still show the cursor
    if (cell->ink)
        attr = ink_attr(s, cell->ink, t, &pair);
    wchar_t wc[CCHARW_MAX + 1] = { L' ' };
    size_t n = strlen(cell->text), k = 0;
    for (size_t i = 0; i < n && k < CCHARW_MAX;) {
        uint32_t cp;
        i += utf8_decode(cell->text + i, n - i, &cp);
        wc[k++] = (wchar_t)cp;
    }
    cchar_t cc;
    if (setcchar(&cc, wc, attr, 0, &pair) == OK)
        mvwadd_wch(newscr, y, x, &cc);
}

static uint64_t cell_hash(const struct canvas_cell *cell)
{
    uint64_t part[(sizeof(*cell) + 7) / 8] = { 0 }, h = 0;
    memcpy(part, cell, sizeof(*cell));
    for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
        h = (h ^ part[i]) * 0x9e3779b97f4a7c15U;
        h ^= h >> 32;
    }
    return h;
}

void screen_blit(struct screen *s, const struct canvas *c, const struct theme *t, bool full)
{
    if (s->left)
        return;
    bool all = full || t != s->last_theme || s->shown_h != c->h || s->shown_w != c->w;
    if (all)
        werase(newscr);
    if (full)
        clearok(newscr, TRUE);
    if (s->shown_h != c->h || s->shown_w != c->w)
        s->shown = xrealloc(s->shown, (size_t)c->h * (size_t)c->w * sizeof(*s->shown));
    s->shown_h = c->h;
    s->shown_w = c->w;
    for (int y = 0; y < c->h && y < LINES; y++)
        for (int x = 0; x < c->w && x < COLS; x++) {
            size_t i = (size_t)y * (size_t)c->w + (size_t)x;
            const struct canvas_cell *cell = &c->cells[i];
            uint64_t hash = cell_hash(cell);
            if (!all && hash == s->shown[i])
                continue;
            s->shown[i] = hash;
            if (cell->text[0] != '\1') // the right half comes with the left
                put_cell(s, y, x, cell, t);
        }
    s->last_theme = t;
    leaveok(newscr, c->cursor_y < 0);
    if (c->cursor_y >= 0)
        wmove(newscr, c->cursor_y, c->cursor_x);
    curs_set(c->cursor_y >= 0 ? 1 : 0);
    bounded_refresh(s);
}

void screen_leave(struct screen *s)
{
    if (s->left)
        return;
    if (has_paste())
        send_raw("\033[?2004l", 8);
    if (s->titles)
        send_raw(title_back, strlen(title_back));
    endwin();
    fatal_arm(false);
    s->left = true;
    if (s->stderr_copy >= 0)
        dup2(s->stderr_copy, 2);
}

void screen_enter(struct screen *s)
{
    if (!s->left)
        return;
    s->left = false;
    fatal_arm(true);
    if (s->stderr_copy >= 0)
        dup2(s->stderr_mem, 2);
    s->returns = true;
    bounded_refresh(s);
    begin_modes(s);
    s->last_theme = NULL;
    clearok(newscr, TRUE);
}

void screen_copy(struct screen *s, const char *text, size_t n)
{
    struct buf b64 = BUF_INIT, out = BUF_INIT;
    (void)s;
    b64_encode(text, n > MAX_OSC52 / 4 * 3 ? MAX_OSC52 / 4 * 3 : n, &b64);
    buf_printf(&out, "\033]52;c;%s\a", b64.s);
    if (getenv("TMUX")) { // tmux passes it on with set-clipboard; wrapped it reaches the outer terminal
        struct buf wrapped = BUF_INIT;
        buf_printf(&wrapped, "\033Ptmux;\033\033]52;c;%s\a\033\\", b64.s);
        buf_add(&out, wrapped.s, wrapped.n);
        buf_release(&wrapped);
    }
    send_raw(out.s, out.n);
    buf_release(&b64);
    buf_release(&out);
}
