// What the files of the logs view share: logs.c follows and is told what to do, logmodel.c says which lines are shown and
// how, logpaint.c draws, logsave.c gives the lines to files and the clipboard. Private to them.
#ifndef VIEWS_LOGVIEW_H
#define VIEWS_LOGVIEW_H

#include "base/arr.h"
#include "logs/filter.h"
#include "logs/hist.h"
#include "logs/lines.h"
#include "logs/set.h"
#include "logs/text.h"
#include "views/host.h"
#include "views/view.h"

#define NS_PER_S INT64_C(1000000000)
enum stamps { STAMPS_OFF, STAMPS_LOCAL, STAMPS_UTC, STAMPS_RELATIVE, STAMPS_COUNT };

struct logview {
    struct view v;
    char *container; // of these alone; NULL: all
    bool previous, events;
    int64_t tail, since;
    struct logset *set;
    struct loglines *lines;
    ARR(char *) tags; // of the sources
    int tag_width;
    // what is shown of them
    struct logfilter *filter;
    char *filter_text;
    ARR(uint32_t) shown; // numbers of the lines that pass
    size_t scanned, passed, context_left;
    // where
    bool follow, wrap, hide_tags, show_hist;
    struct loghist hist;
    ARR(char *) fields; // shown of lines that have them, in place of the line
    ARR(int) field_w;   // columns of each: the widest value seen so far
    enum stamps stamps;
    size_t top; // line number, while not following; the cursor's is one more, 0: it has none
    size_t cursor;
    ARR(uint32_t) rows; // the line of each row on the screen
    int rows_y;
    int left, page, text_w;
    size_t arrived; // lines that had come when following ended
    // search
    struct logpattern *search;
    size_t hit; // line number + 1, 0: none
    int search_dir; // under way
    size_t search_at; // in the order of what is shown
    struct loop_timer *worker;
    struct logtext text; // of the line being painted
    size_t counts[LEVEL_FATAL + 1], written;
};

// What is shown is all lines, or those that pass the filter; an index counts those.
size_t logs_shown(const struct logview *l);
size_t logs_line_at(const struct logview *l, size_t index);
size_t logs_index_of(const struct logview *l, size_t line); // or of the first one after it
void logs_set_text(struct logview *l, const struct logline *line); // as it is shown, into l->text
void logs_name_sources(struct logview *l); // those that came since
void logs_prepare(
    struct logview *l); // before it is looked at: what was dropped is forgotten, sources have names

void logs_paint(struct view *v, struct canvas *c, struct rect r, bool focused);
int logs_rows(
    struct logview *l, const struct logline *line, int width); // it takes; l->text is its text then

void logs_save(struct view *v, const char *format, struct buf *out);
void logs_copy(struct logview *l);

// One line by itself: when and where it was written, its fields. The line's text is copied.
void logs_open_line(struct logview *l, const struct logline *line);

#endif
