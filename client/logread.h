// The bytes of answers to GET pods/NAME/log with timestamps=true, as lines, over any number of answers: a mark holds
// the lines of the last second that was read, so that the next answer, which begins with that second again, is gone
// on with behind the last of them. Knows neither sockets nor clocks.
#ifndef CLIENT_LOGREAD_H
#define CLIENT_LOGREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arr.h"
#include "base/buf.h"

// sinceTime has a resolution of one second: the lines seen of the last second are kept to know them again.
struct logs_mark {
    int64_t sec, top;  // of the last line, 0: nothing was read yet; the highest: the clock of a node may step back
    bool cut;          // the range began in this second: it has older lines that were not asked for
    size_t partial;    // bytes given of the last line, when its stream broke within it; 0: it is whole
    ARR(uint64_t) seen;
};
void logs_mark_clear(struct logs_mark *m);
void logs_mark_copy(struct logs_mark *to, const struct logs_mark *from);

struct logread_opts {
    bool trust; // go on even where no line is one that the mark knows (the log was rotated)
    bool probe; // only whether there are newer lines: none is given, the mark stays as it is
    bool tail;  // the range begins anywhere in a second
};
enum logread_state {
    LOGREAD_ON,
    LOGREAD_STRANGER, // the mark knows none of its lines: it is another instance, or a rotated log
    LOGREAD_MORE,     // a probe found a line that the mark does not know
};
// stamp: Unix nanoseconds, 0: the server's own words between the lines. part: the line goes on in the next one.
typedef void logread_fn(void *arg, int64_t stamp, const char *text, size_t n, bool part);

struct logread {
    logread_fn *fn;
    void *arg;
    struct logs_mark *mark;
    struct logread_opts opts;
    enum logread_state state;
    struct buf rest;    // of a line that has not come whole
    int64_t resumed;    // the second gone on from, 0: none
    size_t known, next; // of the lines of that second those seen before; where to look for the next of them
    bool met, caught_up; // some of them came again; all that was read lies behind
    bool older;          // lines of before what was asked for came
    bool in_part, skips; // within a line given in parts; its bytes are known
    size_t skip;         // bytes of it to go that were given before
    int64_t part_stamp;
    char second[20]; // of the last stamp, and what it is
    int64_t sec;
};
void logread_init(struct logread *r, struct logs_mark *mark, const struct logread_opts *o, logread_fn *fn, void *arg);
void logread_release(struct logread *r);
// False: enough, state says why.
bool logread_data(struct logread *r, const char *data, size_t n);
// The last line, without its newline: given when it is (the answer was whole), else it comes again.
void logread_rest(struct logread *r);
// The answer was whole: whether the lines of the mark came again is known now.
void logread_end(struct logread *r);

#endif
