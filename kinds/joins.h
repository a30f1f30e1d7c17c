// What one list knows of another (struct joins of kind.h): Pods and requests on a node, ready endpoints of
// a Service, how many Pods use an object. Counted from watches held only while a list wants them.
#ifndef KINDS_JOINS_H
#define KINDS_JOINS_H

#include <stdbool.h>

#include "client/client.h"
#include "kinds/kind.h"

struct join_set;

struct join_set *join_set_new(struct client *c, void (*changed)(void *arg), void *arg);
void join_set_free(struct join_set *s);
// A list of this kind is shown in ns ("" or NULL: all), with kubectl's columns alone or with its own: the other kinds
// these ask about are watched until the matching join_release.
void join_acquire(struct join_set *s, const struct kind *kind, bool kubectl, const char *ns);
void join_release(struct join_set *s, const struct kind *kind, bool kubectl);
bool join_set_pending(const struct join_set *s); // a count is under way: what is shown is not the last word
const struct joins *join_set_table(struct join_set *s);

#endif
