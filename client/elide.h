// Takes what stands between the brackets of every "managedFields":[…] out of a JSON text on its way to the tokenizer. It is
// two fifths of a Pod's bytes, no row wants it, and looking for its end costs a tenth of reading it token by token.
#ifndef CLIENT_ELIDE_H
#define CLIENT_ELIDE_H

#include <stdbool.h>
#include <stddef.h>

enum { ELIDE_TAIL = 17 };
struct elide { // zeroed: at the beginning of a text
    long depth; // of the brackets inside; 0: outside
    bool string, escape;
    char tail[ELIDE_TAIL]; // the last bytes seen outside, among which a key may have begun
    size_t tail_n;
};

// The next piece to parse of these n bytes, any split of a text: *data and *n move on behind it. false: no bytes are left,
// or what is left is inside. In a text that is no JSON, what is between such brackets is not looked at.
bool elide_next(struct elide *e, const char **data, size_t *n, const char **piece, size_t *piece_n);

#endif
