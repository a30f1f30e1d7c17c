// What the description of an object needs besides the object: all asked for at once, answers as they come.
#ifndef VIEWS_RELATED_H
#define VIEWS_RELATED_H

#include "client/client.h"
#include "views/describe.h"

struct related;
// fn is called after each answer.
struct related *related_new(struct client *c, void (*fn)(void *arg), void *arg);
void related_free(struct related *r);
void related_ask(
    struct related *r, const json_t *doc); // what is still on its way is not asked again
void related_stop(struct related *r);
bool related_pending(const struct related *r);
const struct describe_answer *related_answers(const struct related *r);

#endif
