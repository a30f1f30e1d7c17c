// The disk's side of a copy from a container: an archive, or the bytes of one file, put under one folder and nowhere
// else. Names that would leave it, links that point out of it and device nodes are refused, counted and named; no
// link is followed on the way. What is there already stays unless force. A file has another name (".X.kview-part")
// until it is complete; of a single large file that part is kept and gone on with. All calls block: they are made
// in the loop's pool, one at a time.
#ifndef CLIENT_UNTAR_H
#define CLIENT_UNTAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arr.h"
#include "base/err.h"

struct untar_count {
    uint64_t bytes;   // of file content, those of before too when it goes on
    uint64_t size;    // of the file that is the whole copy, 0: unknown or several
    unsigned files, dirs, links;
    unsigned skipped; // there already, of equal size and time
    unsigned refused; // also what was there and differed
};
struct untar;

// base: the name of what is copied, which every name in the archive begins with ("." for all of a root). local is
// a folder that is there, and the copy comes into it; or the name of the copy itself. "~/" is the home.
struct untar *untar_new(const char *local, const char *base, bool force, struct err *err);
bool untar_feed(struct untar *u, const char *data, size_t n, struct err *err);
// True: a part of this file is there from before; the rest, from that byte on, is what is fed from now on.
bool untar_goes_on(struct untar *u, uint64_t *from);
bool untar_raw(struct untar *u, struct err *err); // what is fed is no archive but the content of the file `base`
// whole: all that the other side had to say has been fed.
bool untar_finish(struct untar *u, bool whole, struct err *err);
void untar_free(struct untar *u);

const struct untar_count *untar_count(const struct untar *u);
size_t untar_note_count(const struct untar *u);
const char *untar_note(const struct untar *u, size_t i); // what was refused and why, the first hundred
const char *untar_where(const struct untar *u);          // the copy's path

// A local path as typed: "~/" is the home, slashes at the end go. The caller frees.
char *copy_local_path(const char *typed);

#endif
