// What the files of the logs view share: logs.c follows, logcmd.c is told what to do, logmove.c moves the cursor, logsearch.c
// filters and looks for things in slices, logmodel.c says which lines are shown and how, logpaint.c draws, logsave.c gives
// the lines to files and the clipboard. Private to them.
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

// Flags of a line, beside enum logset_flags: it goes on the one before (a stack trace); it is a part of it (LOG_PART).
enum { LOGVIEW_GOES_ON = 128, LOGVIEW_IN_LINE = 64 };
enum log_seek { SEEK_NOTHING, SEEK_TEXT, SEEK_ERROR };

struct logview {
    struct view v;
    char *name;      // the title without the state
    char *container; // of these alone; NULL: all
    bool previous, events;
    int64_t tail, since;
    bool head; // the range is read from its begin, so nothing is followed
    struct logset *set;
    struct loglines *lines;
    ARR(char *) tags; // of the sources
    int tag_width;
    size_t tag_shared; // bytes that all tags begin with: a narrow screen does without
    ARR(struct log_before {
        uint8_t level;
        bool part;
    }) before; // of each source: the last line's
    // what is shown of them
    struct logfilter *filter;
    char *filter_text;
    enum log_level floor; // LEVEL_NONE: all
    ARR(uint32_t) shown;  // numbers of the lines that pass
    size_t scanned, passed, context_left;
    // where
    bool follow, wrap, hide_tags, show_hist;
    struct loghist hist;
    struct rect hist_at; // on the screen; no height: nowhere
    ARR(char *) fields; // shown of lines that have them, in place of the line
    ARR(int) field_w;   // columns of each: the widest value seen so far
    bool record;        // JSON, logfmt and klog lines as level, message, k=v
    enum stamps stamps;
    size_t top; // line number, while not following; the cursor's is one more, 0: it has none
    size_t cursor;
    ARR(uint32_t) rows; // the line of each row on the screen
    int rows_y;
    int left, page, text_w;
    size_t arrived; // lines that had come when following ended
    ARR(uint32_t) marks; // line numbers, in order
    int64_t anchor;      // while older lines are read: the time of the first line before; 0: they are not
    ARR(int64_t) marked; // then: the times of the marks
    bool oldest;         // the server has no older ones
    // what is looked for
    struct logpattern *search;
    ARR(uint32_t) hits; // of the search, in order: line numbers, counted in slices
    size_t counted;     // up to this line number
    enum log_seek seek; // under way
    int seek_dir;
    size_t seek_at; // in the order of what is shown
    size_t seek_left; // lines to look at
    struct loop_timer *worker;
    struct logtext text; // of the line being painted
    size_t counts[LEVEL_FATAL + 1], written;
};

bool logs_start(struct logview *l, struct err *err); // reads anew, by what the view holds of range and instance
void logs_set_title(struct logview *l);
void logs_keep_look(struct logview *l); // the next log looks so

// ---- logcmd.c
bool logs_command(struct view *v, const struct call *call, struct err *err);
void logs_set_fields(struct logview *l, const char *text);
bool logs_set_filter(struct logview *l, const char *text, struct err *err);
// "01:23", "01:23:45" of today or of the day before when that is still to come, or RFC 3339; Unix seconds.
bool logs_parse_when(const char *s, bool utc, int64_t *out);

// ---- logmove.c
void logs_halt(struct logview *l);
void logs_go_on(struct logview *l);
void logs_move(struct logview *l, long by);
void logs_scroll(struct logview *l, long by); // the mouse: the cursor stays where it is as long as it is seen
void logs_set_cursor(struct logview *l, size_t index);
void logs_go_to(struct logview *l, size_t line);
void logs_go_to_time(struct logview *l, int64_t stamp, struct err *err); // the first line then or later
void logs_toggle_mark(struct logview *l);
void logs_to_mark(struct logview *l, int dir, struct err *err);
size_t logs_came_since(const struct logview *l); // lines that are shown, since the pause

// ---- logolder.c
void logs_older(struct logview *l);      // reads more from the server, if the range leaves any
void logs_older_came(struct logview *l); // when it is looked at

// ---- logsearch.c
void logs_work(void *arg); // of the worker
void logs_want_work(struct logview *l);
bool logs_behind(const struct logview *l);    // not all lines went through the filter
bool logs_counting(const struct logview *l);  // the hits
void logs_filter_anew(struct logview *l);     // after a change of filter or floor
void logs_count_anew(struct logview *l);      // after a change of what lines look like
void logs_set_search(struct logview *l, const char *text, struct err *err);
void logs_seek(struct logview *l, enum log_seek what, int dir);
void logs_cancel(struct logview *l);
size_t logs_hit_rank(const struct logview *l); // 1 for the first; 0: the cursor is on none

// What is shown is all lines, or those that pass the filter; an index counts those.
bool logs_filtered(const struct logview *l);
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

void logs_paint_foot(struct logview *l, struct canvas *c, struct rect r);
// "complete to 14:02:11 ✓", or what is missing, not yet harmless for a screen.
void logs_put_count(size_t n, struct buf *out); // "1 234 567"
void logs_paint_empty(struct logview *l, struct canvas *c, struct rect r); // why there are no lines
style_t logs_put_complete(const struct logset_status *st, bool utc, struct buf *out);

void logs_save(struct view *v, const char *format, struct buf *out);
void logs_copy(struct logview *l);

// One line by itself: when and where it was written, its fields. The line's text is copied.
void logs_open_line(struct logview *l, const struct logline *line);

#endif
