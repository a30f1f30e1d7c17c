// The tar format, ustar with the extensions of pax and GNU: a reader that is fed bytes as they come, from a
// container that may lie, and a writer of headers. It touches no file. POSIX.1-2017, pax, "ustar Interchange
// Format"; https://www.gnu.org/software/tar/manual/html_node/Standard.html
#ifndef CLIENT_TAR_H
#define CLIENT_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum tar_type { TAR_FILE, TAR_DIR, TAR_SYMLINK, TAR_HARDLINK, TAR_OTHER }; // other: devices, FIFOs, sparse files

struct tar_entry {
    enum tar_type type;
    const char *name, *link; // link: "" but for links
    uint64_t size; // of the data that follows
    uint32_t mode; // permission bits
    int64_t mtime; // seconds
    bool cut;      // the name or link holds a NUL: it is not what it seems
};
struct tar_handlers {
    void (*on_entry)(void *arg, const struct tar_entry *e); // strings are borrowed for the call
    void (*on_data)(void *arg, const char *data, size_t n);
    void (*on_end)(void *arg); // of the entry
};

struct tar_reader;
struct tar_reader *tar_reader_new(const struct tar_handlers *h, void *arg);
void tar_reader_free(struct tar_reader *r); // NULL is accepted
bool tar_feed(struct tar_reader *r, const char *data, size_t n, struct err *err); // false: no archive
bool tar_ended(const struct tar_reader *r); // the mark of the end was read, nothing is missing

void tar_put_entry(struct buf *out, const struct tar_entry *e); // its data follows, then tar_put_padding
void tar_put_padding(struct buf *out, uint64_t size);
void tar_put_end(struct buf *out);

#endif
