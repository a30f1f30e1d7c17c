// What every text view does with its pager: move, search, fold, wrap, copy, follow links, the mouse, save.
// A view embeds `struct pager` first, makes the content, and passes on what it does not handle itself.
#ifndef VIEWS_PAGER_H
#define VIEWS_PAGER_H

#include "ui/text.h"
#include "views/view.h"

struct pager {
    struct view v;
    struct text text;
    bool folded;
};

void pager_init(struct pager *p, struct host *host);
void pager_release(struct pager *p); // the text; the view is released by its owner
// true: done; false: not a command of a pager.
bool pager_command(struct pager *p, const struct call *call, struct err *err);
// For struct view_ops.
bool pager_applies(struct view *v, const char *command);
void pager_paint(struct view *v, struct canvas *c, struct rect r, bool focused);
void pager_mouse(struct view *v, struct rect r, int y, int x, int button, int clicks);
void pager_save(struct view *v, const char *format, struct buf *out);
void pager_insight(struct view *v, struct buf *out, style_t *style);
// New content; the place, folds and search stay. Takes the lines out of fresh and releases it.
void pager_replace(struct pager *p, struct text *fresh);
// A heading, with an empty line before it.
void pager_heading(struct text *out, const char *s);

#endif
