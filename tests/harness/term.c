#include "tests/harness/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include "base/mem.h"
#include "base/timeutil.h"
#include "base/utf8.h"

static void write_all(int fd, const char *s, size_t n)
{
    while (n) {
        ssize_t w = write(fd, s, n);
        if (w < 0 && errno != EINTR)
            return; // it has ended: seen by the next read
        if (w > 0) {
            s += w;
            n -= (size_t)w;
        }
    }
}

static void on_output(const char *s, size_t n, void *user)
{
    struct term *t = user;
    t->unread = true;
    write_all(t->fd, s, n);
}

static int on_cursor(VTermPos pos, VTermPos old, int visible, void *user)
{
    struct term *t = user;
    (void)old, (void)visible;
    t->cursor_y = pos.row;
    t->cursor_x = pos.col;
    return 1;
}

static int on_prop(VTermProp prop, VTermValue *val, void *user)
{
    struct term *t = user;
    if (prop == VTERM_PROP_CURSORVISIBLE)
        t->cursor_shown = val->boolean;
    return 1;
}

static void run_child(char *const *argv, char *const *env, int slave, int idle_w, const char *err_path)
{
    char fd[16];
    snprintf(fd, sizeof(fd), "%d", idle_w);
    setenv("KVIEW_IDLE_FD", fd, 1);
    for (; env && *env; env++)
        putenv(*env);
    int err = open(err_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    login_tty(slave);
    dup2(err, 2);
    close(err);
    execvp(argv[0], argv);
    dprintf(2, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

bool term_start(struct term *t, char *const *argv, char *const *env, int h, int w)
{
    static const VTermScreenCallbacks callbacks = { .movecursor = on_cursor, .settermprop = on_prop };
    struct winsize ws = { .ws_row = (unsigned short)h, .ws_col = (unsigned short)w };
    char path[] = "/tmp/kview-pty-err-XXXXXX";
    int idle[2], file = mkstemp(path);
    memset(t, 0, sizeof(*t));
    t->h = h;
    t->w = w;
    t->cursor_shown = t->busy = true;
    if (file < 0 || pipe2(idle, O_CLOEXEC) < 0 || openpty(&t->fd, &t->tty, NULL, NULL, &ws) < 0)
        return false;
    close(file);
    t->err_path = xstrdup(path);
    fcntl(t->fd, F_SETFD, FD_CLOEXEC);
    t->pid = fork();
    if (t->pid == 0) {
        fcntl(idle[1], F_SETFD, 0);
        run_child(argv, env, t->tty, idle[1], t->err_path);
    }
    close(idle[1]);
    fcntl(t->tty, F_SETFD, FD_CLOEXEC);
    t->idle_fd = idle[0];
    fcntl(t->fd, F_SETFL, O_NONBLOCK);
    t->vt = vterm_new(h, w);
    vterm_set_utf8(t->vt, 1);
    vterm_output_set_callback(t->vt, on_output, t);
    t->vs = vterm_obtain_screen(t->vt);
    vterm_screen_enable_altscreen(t->vs, 1);
    vterm_screen_set_callbacks(t->vs, &callbacks, t);
    vterm_screen_reset(t->vs, 1);
    return t->pid > 0;
}

static void reap(struct term *t, int flags)
{
    int st;
    if (t->pid <= 0 || t->exited || waitpid(t->pid, &st, flags) != t->pid)
        return;
    t->exited = true;
    t->status = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}

void term_stop(struct term *t)
{
    if (t->pid > 0 && !t->exited) {
        kill(t->pid, SIGKILL);
        reap(t, 0);
    }
    if (t->vt) {
        close(t->fd);
        close(t->tty);
        close(t->idle_fd);
        vterm_free(t->vt);
    }
    if (t->err_path)
        unlink(t->err_path);
    free(t->err_path);
    memset(t, 0, sizeof(*t));
}

static void read_screen(struct term *t)
{
    char buf[16384];
    ssize_t n;
    while ((n = read(t->fd, buf, sizeof(buf))) > 0)
        vterm_input_write(t->vt, buf, (size_t)n);
    vterm_screen_flush_damage(t->vs);
}

static void read_idle(struct term *t)
{
    char buf[256];
    ssize_t n = read(t->idle_fd, buf, sizeof(buf));
    for (ssize_t i = 0; i < n; i++) {
        if (buf[i] == 'k') {
            t->unread = false;
            continue;
        }
        t->busy = buf[i] == 'b';
        t->turns++;
    }
    if (n == 0) { // the other end is closed: it ends
        close(t->idle_fd);
        t->idle_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        t->busy = t->unread = false;
    }
}

void term_pump(struct term *t, int ms)
{
    struct pollfd p[] = { { .fd = t->fd, .events = POLLIN }, { .fd = t->idle_fd, .events = POLLIN } };
    if (t->exited)
        return;
    poll(p, 2, ms);
    if (p[1].revents)
        read_idle(t);
    // What was painted before kview said 'i' is on its way: read after it
    read_screen(t);
    reap(t, WNOHANG);
}

static const struct {
    uint32_t code;
    VTermKey key;
} keys[] = {
    { K_ENTER, VTERM_KEY_ENTER }, { K_ESC, VTERM_KEY_ESCAPE }, { K_TAB, VTERM_KEY_TAB },
    { K_BSPACE, VTERM_KEY_BACKSPACE }, { K_UP, VTERM_KEY_UP }, { K_DOWN, VTERM_KEY_DOWN },
    { K_LEFT, VTERM_KEY_LEFT }, { K_RIGHT, VTERM_KEY_RIGHT }, { K_HOME, VTERM_KEY_HOME },
    { K_END, VTERM_KEY_END }, { K_PGUP, VTERM_KEY_PAGEUP }, { K_PGDN, VTERM_KEY_PAGEDOWN },
    { K_INS, VTERM_KEY_INS }, { K_DEL, VTERM_KEY_DEL },
};

void term_key(struct term *t, struct key k)
{
    VTermModifier mod = (k.mods & MOD_SHIFT ? VTERM_MOD_SHIFT : 0) |
                        (k.mods & MOD_ALT ? VTERM_MOD_ALT : 0) | (k.mods & MOD_CTRL ? VTERM_MOD_CTRL : 0);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (keys[i].code == k.code)
            vterm_keyboard_key(t->vt, keys[i].key, mod);
    if (k.code >= K_F1 && k.code <= K_F12)
        vterm_keyboard_key(t->vt, (VTermKey)VTERM_KEY_FUNCTION(k.code - K_F1 + 1), mod);
    if (k.code < K_BASE)
        vterm_keyboard_unichar(t->vt, k.code, mod);
}

void term_type(struct term *t, const char *text)
{
    write_all(t->fd, text, strlen(text));
}

void term_paste(struct term *t, const char *text)
{
    vterm_keyboard_start_paste(t->vt);
    term_type(t, text);
    vterm_keyboard_end_paste(t->vt);
}

void term_mouse(struct term *t, int button, int y, int x)
{
    vterm_mouse_move(t->vt, y, x, VTERM_MOD_NONE);
    vterm_mouse_button(t->vt, button, true, VTERM_MOD_NONE);
    if (button < 4) // the wheel is never let go
        vterm_mouse_button(t->vt, button, false, VTERM_MOD_NONE);
}

void term_resize(struct term *t, int h, int w)
{
    struct winsize ws = { .ws_row = (unsigned short)h, .ws_col = (unsigned short)w };
    t->h = h;
    t->w = w;
    vterm_set_size(t->vt, h, w);
    ioctl(t->fd, TIOCSWINSZ, &ws); // sends SIGWINCH
}

static bool all_keys_read(const struct term *t)
{
    int left = 0;
    return ioctl(t->tty, FIONREAD, &left) < 0 || left == 0;
}

bool term_wait_idle(struct term *t, unsigned turns, int ms)
{
    int64_t end = time_mono_ms() + ms;
    while (!t->exited) {
        if (!t->busy && !t->unread && t->turns > turns && all_keys_read(t)) {
            term_pump(t, 0); // kview says that it is busy before it takes a key: it may have said so by now
            if (!t->busy)
                return true;
        }
        int64_t left = end - time_mono_ms();
        if (left <= 0)
            return false;
        term_pump(t, left > 100 ? 100 : (int)left);
    }
    return false;
}

bool term_wait_exit(struct term *t, int ms)
{
    int64_t end = time_mono_ms() + ms;
    while (!t->exited && time_mono_ms() < end)
        term_pump(t, 20);
    return t->exited;
}
