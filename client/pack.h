// The disk's side of a copy into a container: a file or a folder read as a tar archive, piece by piece. Links are
// taken as links, devices and sockets are left out and named. All calls block: they are made in the loop's pool,
// one at a time.
#ifndef CLIENT_PACK_H
#define CLIENT_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct pack_count {
    uint64_t bytes, size; // read, and to be read; of file content
    unsigned files, dirs, links, skipped, refused;
};
struct pack;

// Looks through it at once. have: what is there already, lines of "SIZE MTIME PATH", paths relative to the copy with
// "." for itself; files of equal size and time are skipped, others refused unless force. NULL: nothing is there.
struct pack *pack_new(const char *local, const char *have, bool force, struct err *err);
bool pack_is_dir(const struct pack *p);
void pack_raw(struct pack *p); // the content of the one file, no archive
// Appends up to about max bytes. *done: that was the end.
bool pack_fill(struct pack *p, size_t max, struct buf *out, bool *done, struct err *err);
void pack_free(struct pack *p);

const struct pack_count *pack_count(const struct pack *p);
size_t pack_note_count(const struct pack *p);
const char *pack_note(const struct pack *p, size_t i);

#endif
