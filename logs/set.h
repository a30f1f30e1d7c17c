// The logs of many containers as one: those of the Pods that were named, that a selector or an object selects, as
// they come and go. Instances are told apart by container ID: a restarted container's previous instance is read to
// its end before the current one, broken streams are gone on with, and lines are merged by the server's timestamps.
#ifndef LOGS_SET_H
#define LOGS_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"

enum logset_flags {
    LOG_NOTE = 1,   // kview's own words about a source
    LOG_BAR = 2,    // between two instances: why the first one ended
    LOG_BAD = 4,    // something is wrong, or missing
    LOG_PART = 8,   // the line goes on in the next one of this source
    LOG_EVENT = 16, // with LOG_NOTE: an event of its Pod
};
struct logset_line {
    int64_t stamp; // Unix nanoseconds
    unsigned source, flags;
    const char *text;
    size_t n;
};
struct logset_source {
    const char *ns, *pod, *container;
    bool reading, done;
};
struct logset_opts {
    const char *container; // only it; NULL: all of them
    bool previous;         // only the instance before
    int64_t tail, since;   // as in struct logs_opts; of what is there at the start
    bool events;           // of the same Pods, among the lines as notes
    bool ends;             // not followed: what there is now is read
    bool current;          // at the start not the instance before the current one
    bool by_default;       // of a Pod that names its default container only that one
};
struct logset_handlers {
    void (*on_line)(void *arg, const struct logset_line *line);
    void (*on_change)(void *arg); // sources or status
};
struct logset_status {
    size_t sources, reading;
    size_t lost;           // streams that broke and are not open again yet
    size_t unread;         // sources with more of what is there now: 0 ends what is not followed
    bool finding, backlog; // its Pods are not known yet; lines wait to be merged
    struct err err;        // the Pods cannot be read, or none of the logs
    char waiting[200];     // what is waited for, "web-1/app: ContainerCreating"
    int64_t complete_to;   // Unix nanoseconds: the oldest time, over the sources read, up to which each is proven
                           // complete; 0: not known yet
    int64_t gap_from, gap_to; // Unix nanoseconds of the newest gap (last line held, first line got), 0: none
    unsigned gaps;            // how many so far
    char gap_why[160];        // of the newest, in words: "its log was rotated meanwhile: web-1/app"
};

struct logset;
struct logset *logset_new(struct client *c, const struct logset_opts *o, const struct logset_handlers *h, void *arg);
void logset_free(struct logset *s);
// What to follow; several may be added. ns "": all namespaces.
void logset_add_pod(struct logset *s, const char *ns, const char *name);
void logset_add_selector(struct logset *s, const char *ns, const char *labels, const char *fields);
void logset_add_cronjob(struct logset *s, const char *ns, const char *name);
void logset_add_object(struct logset *s, const struct gvr *gvr, const char *ns, const char *name);

// Nothing is given meanwhile, and soon nothing is read: the servers wait.
void logset_pause(struct logset *s, bool paused);
void logset_flush(struct logset *s); // gives what waits to be merged

void logset_get_status(const struct logset *s, struct logset_status *out);
size_t logset_count(const struct logset *s);
void logset_source(const struct logset *s, unsigned source, struct logset_source *out);

#endif
