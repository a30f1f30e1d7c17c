// Whether text that a terminal gets now is nothing but text: printed in the default colours from left to right, wrapped at
// the last column, and scrolled off at the last line. Told from the sequences that went through; where it is not known what
// one of them does, it is not plain until the terminal is reset.
#ifndef UI_TERM_MODES_H
#define UI_TERM_MODES_H

#include <stdbool.h>
#include <stddef.h>

struct term_modes {
    unsigned odd; // ODD_ bits of term_modes.c; 0: plain
    bool pen_saved_odd;
    unsigned saves, enters, leaves; // how often the cursor was saved, and the alternate screen (1049) entered and left
};

void modes_sequence(struct term_modes *m, const char *seq, size_t n); // a whole one, from its ESC
void modes_text(struct term_modes *m, const char *text, size_t n);    // what is no sequence: it may shift the character set
void modes_saved(struct term_modes *m); // the cursor was saved with its colours, by no sequence of the application
bool modes_plain(const struct term_modes *m);

#endif
