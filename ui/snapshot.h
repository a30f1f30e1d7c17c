// A canvas as text (golden screens, `save as text`) or as SVG (pictures of the documentation).
#ifndef UI_SNAPSHOT_H
#define UI_SNAPSHOT_H

#include "base/buf.h"
#include "ui/canvas.h"
#include "ui/theme.h"

void snapshot_text(const struct canvas *c, struct buf *out);  // one line a row, trailing blanks cut
void snapshot_styles(const struct canvas *c, struct buf *out); // the same with a letter a role
void snapshot_svg(const struct canvas *c, const struct theme *t, const char *title, struct buf *out);

#endif
