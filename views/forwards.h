// Port-forwards: those that run (they belong to the program, not to a view, and go on when context and view
// change), the view that lists them, and the questions on the way to one (which port, which local port).
#ifndef VIEWS_FORWARDS_H
#define VIEWS_FORWARDS_H

#include "views/view.h"

struct forwards;
struct kind;
struct spec;

struct forwards *forwards_new(struct host *host);
void forwards_free(struct forwards *all); // before the contexts
void forwards_stakes(
    const struct forwards *all, struct buf *out); // a line for each, as for at_stake
// "svc/web", "web-0" (a Pod): name points into target. False: nothing of that kind can be forwarded to.
bool forwards_read_target(const char *target, const struct kind **kind, const char **name, struct err *err);
// "8080:80", "80" (the same here), ":80" (any free one), "8080:http": what is listened on here, 0 any, and the port there.
bool forwards_read_ports(const char *text, int *local, char *remote, size_t n, struct err *err);
// `forward svc/web 8080:80 -n shop`: starts it. Without ports: asks for one of those it has.
// Appends what forwards_command takes for these, quoted as needed; ports "": they are asked for.
void forwards_target(struct buf *out, const char *target, const char *ports, const char *ns, const struct ctx *cx);
bool forwards_command(struct host *host, const char *args, struct err *err);
// `forwards-save NAME` keeps those that run, `forwards-restore NAME` starts them again.
bool forwards_save(struct host *host, const char *args, struct err *err);
bool forwards_restore(struct host *host, const char *args, struct err *err);
struct view *forwards_view_new(
    struct host *host, struct ctx *cx, const struct spec *spec, struct err *err);

#endif
