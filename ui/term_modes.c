#include "ui/term_modes.h"

#include <stdlib.h>
#include <string.h>

enum {
    ODD_PEN = 1,
    ODD_REGION = 2,
    ODD_WRAP = 4,
    ODD_CHARSET = 8,
    ODD_UNKNOWN = 16, // margins, tab stops, character sets and what else only a reset takes back for sure
};
enum { SHIFT_OUT = 0x0e };

static void set(struct term_modes *m, unsigned bit, bool odd)
{
    m->odd = odd ? m->odd | bit : m->odd & ~bit;
}

static void save_pen(struct term_modes *m)
{
    m->pen_saved_odd = m->odd & ODD_PEN;
    m->saves++;
}

static void restore_pen(struct term_modes *m)
{
    set(m, ODD_PEN, m->pen_saved_odd);
}

void modes_saved(struct term_modes *m)
{
    save_pen(m);
}

// What else there is changes nothing of whole lines below each other on a screen without a region.
static void mode(struct term_modes *m, bool dec, long number, bool on)
{
    if (dec && number == 7)
        set(m, ODD_WRAP, !on);
    if (dec && (number == 1048 || number == 1049))
        (on ? save_pen : restore_pen)(m);
    if (dec && number == 1049)
        ++*(on ? &m->enters : &m->leaves);
}

static void modes_of(struct term_modes *m, const char *params, bool on)
{
    bool dec = *params == '?';
    for (const char *p = params + dec; *p;) {
        char *end;
        mode(m, dec, strtol(p, &end, 10), on);
        p = *end == ';' ? end + 1 : "";
    }
}

// The final bytes that write, erase or move, or ask and answer.
static bool is_harmless(char final)
{
    return strchr("ABCDEFGHIJKLMPSTXZ@`acdefnq", final) != NULL;
}

// With bytes of 0x20 to 0x2f before its final one a sequence is another: "CSI ? 7 SP h" sets no mode. The shape of the
// cursor (DECSCUSR) and the question for a mode (DECRQM) leave all as it is.
static bool other_sequence(struct term_modes *m, const char *params, char final)
{
    size_t n = strcspn(params, " !\"#$%&'()*+,-./");
    if (!params[n])
        return false;
    if (!(params[n] == ' ' && final == 'q') && !(params[n] == '$' && final == 'p'))
        m->odd |= ODD_UNKNOWN;
    return true;
}

static void csi(struct term_modes *m, const char *params, char final)
{
    bool private = *params && strchr("<=>?", *params);
    if (other_sequence(m, params, final))
        return;
    if (private && strchr("mup", final)) // keyboards and questions, which libvterm does not know
        return;
    if (final == 'm')
        set(m, ODD_PEN, strspn(params, "0;") != strlen(params));
    else if (final == 'r')
        set(m, ODD_REGION, *params);
    else if (final == 'h' || final == 'l')
        modes_of(m, params, final == 'h');
    else if (!is_harmless(final))
        m->odd |= ODD_UNKNOWN;
}

static void esc(struct term_modes *m, const char *s)
{
    if (s[0] == 'c')
        m->odd = m->pen_saved_odd = 0;
    else if (s[0] == '7')
        save_pen(m);
    else if (s[0] == '8')
        restore_pen(m);
    else if (s[0] == '(')
        set(m, ODD_CHARSET, s[1] != 'B');
    else if (!strchr("DEM=>)*+", s[0])) // other sets of characters are shifted to first
        m->odd |= ODD_UNKNOWN;
}

void modes_sequence(struct term_modes *m, const char *seq, size_t n)
{
    char text[64];
    if (n < 2 || seq[1] == ']' || seq[1] == 'P') // titles and questions
        return;
    if (n >= sizeof(text)) {
        m->odd |= ODD_UNKNOWN;
        return;
    }
    memcpy(text, seq, n);
    text[n] = '\0';
    if (text[1] != '[') {
        esc(m, text + 1);
        return;
    }
    char final = text[n - 1];
    text[n - 1] = '\0';
    csi(m, text + 2, final);
}

void modes_text(struct term_modes *m, const char *text, size_t n)
{
    if (memchr(text, SHIFT_OUT, n))
        m->odd |= ODD_UNKNOWN;
}

bool modes_plain(const struct term_modes *m)
{
    return !m->odd;
}
