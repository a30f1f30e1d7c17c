#include "client/tar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK = 512, META_MAX = 64 << 10 };
#define SIZE_LIMIT (UINT64_C(1) << 62)

// Where the fields of a ustar header are.
enum { AT_NAME = 0, AT_MODE = 100, AT_UID = 108, AT_GID = 116, AT_SIZE = 124, AT_MTIME = 136, AT_SUM = 148,
    AT_TYPE = 156, AT_LINK = 157, AT_MAGIC = 257, AT_PREFIX = 345, NAME_LEN = 100, PREFIX_LEN = 155 };

enum what { READ_HEADER, READ_META, READ_DATA, READ_PADDING, READ_NOTHING };

struct tar_reader {
    struct tar_handlers h;
    void *arg;
    enum what what;
    char block[BLOCK];
    size_t have;           // of the block
    uint64_t left, padding; // of the data of this entry
    char meta_type;
    struct buf meta;       // a long name, or pax records
    struct buf name, link; // from them, for the next entry
    bool has_name, has_link, has_size, has_mtime, cut;
    uint64_t size;
    int64_t mtime;
    int zeros; // blocks of zeros in a row
    bool ended;
};

// ---- reading

static uint64_t octal(const char *p, size_t n, bool *ok)
{
    uint64_t v = 0;
    size_t i = 0;
    if ((unsigned char)p[0] & 0x80) { // GNU: base 256
        v = (unsigned char)p[0] & 0x3f;
        for (i = 1; i < n; i++) {
            *ok &= v < SIZE_LIMIT >> 8;
            v = v << 8 | (unsigned char)p[i];
        }
        return v;
    }
    while (i < n && p[i] == ' ')
        i++;
    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) {
        *ok &= v < SIZE_LIMIT >> 3;
        v = v << 3 | (uint64_t)(p[i] - '0');
    }
    *ok &= i == n || p[i] == ' ' || p[i] == '\0';
    return v;
}

static unsigned checksum(const char *block)
{
    unsigned sum = 0;
    for (int i = 0; i < BLOCK; i++)
        sum += i >= AT_SUM && i < AT_SUM + 8 ? ' ' : (unsigned char)block[i];
    return sum;
}

static void set_text(struct buf *b, const char *s, size_t n)
{
    buf_clear(b);
    buf_add(b, s, n);
}

static void forget_meta(struct tar_reader *r)
{
    r->has_name = r->has_link = r->has_size = r->has_mtime = r->cut = false;
}

static bool decimal(const char *s, const char *end, uint64_t *out)
{
    uint64_t v = 0;
    const char *p = s;
    for (; p < end && *p >= '0' && *p <= '9' && v < SIZE_LIMIT / 10; p++)
        v = v * 10 + (uint64_t)(*p - '0');
    *out = v;
    return p > s && (p == end || *p == '.'); // a fraction of a second is dropped
}

static bool take_record(struct tar_reader *r, const char *key, size_t klen, const char *value, const char *end)
{
    uint64_t v;
    bool is_name = klen == 4 && memcmp(key, "path", 4) == 0, is_link = klen == 8 && memcmp(key, "linkpath", 8) == 0;
    if (is_name || is_link) {
        set_text(is_name ? &r->name : &r->link, value, (size_t)(end - value));
        r->cut |= memchr(value, '\0', (size_t)(end - value)) != NULL;
        *(is_name ? &r->has_name : &r->has_link) = true;
    } else if (klen == 4 && memcmp(key, "size", 4) == 0) {
        r->has_size = true;
        return decimal(value, end, &r->size);
    } else if (klen == 5 && memcmp(key, "mtime", 5) == 0 && *value != '-') {
        r->has_mtime = decimal(value, end, &v);
        r->mtime = (int64_t)v;
    }
    return true;
}

// "27 path=some/where/else\n", the length counting itself
static bool take_pax(struct tar_reader *r)
{
    const char *p = r->meta.s, *all = p + r->meta.n;
    while (p < all) {
        uint64_t len = 0;
        const char *q = p;
        for (; q < all && *q >= '0' && *q <= '9' && len <= META_MAX; q++)
            len = len * 10 + (uint64_t)(*q - '0');
        if (q == all || *q != ' ' || len > (uint64_t)(all - p) || len < (uint64_t)(q - p) + 3)
            return false;
        const char *end = p + len - 1, *eq = memchr(q + 1, '=', (size_t)(end - q - 1));
        if (*end != '\n' || !eq || !take_record(r, q + 1, (size_t)(eq - q - 1), eq + 1, end))
            return false;
        p = end + 1;
    }
    return true;
}

static bool take_meta(struct tar_reader *r, struct err *err)
{
    size_t n = r->meta.n;
    if (r->meta_type == 'x' && !take_pax(r))
        return err_set(err, "the archive has a pax header that cannot be read");
    if (r->meta_type == 'L' || r->meta_type == 'K') {
        n = strnlen(r->meta.s, n);
        set_text(r->meta_type == 'L' ? &r->name : &r->link, r->meta.s, n);
        *(r->meta_type == 'L' ? &r->has_name : &r->has_link) = true;
    }
    return true;
}

static enum tar_type type_of(char flag, const char *name)
{
    size_t n = strlen(name);
    switch (flag) {
    case '0': case '7': case '\0': return n && name[n - 1] == '/' ? TAR_DIR : TAR_FILE;
    case '1': return TAR_HARDLINK;
    case '2': return TAR_SYMLINK;
    case '5': return TAR_DIR;
    default: return TAR_OTHER;
    }
}

static void begin_data(struct tar_reader *r, uint64_t size, enum what what)
{
    r->left = size;
    r->padding = (BLOCK - size % BLOCK) % BLOCK;
    r->what = what;
}

static void take_names(struct tar_reader *r, const char *b)
{
    if (!r->has_name) {
        buf_clear(&r->name);
        if (memcmp(b + AT_MAGIC, "ustar", 6) == 0 && b[AT_PREFIX]) {
            buf_add(&r->name, b + AT_PREFIX, strnlen(b + AT_PREFIX, PREFIX_LEN));
            buf_putc(&r->name, '/');
        }
        buf_add(&r->name, b + AT_NAME, strnlen(b + AT_NAME, NAME_LEN));
    }
    if (!r->has_link)
        set_text(&r->link, b + AT_LINK, strnlen(b + AT_LINK, NAME_LEN));
}

static bool take_header(struct tar_reader *r, struct err *err)
{
    const char *b = r->block;
    bool ok = true, zero = true;
    for (int i = 0; i < BLOCK && zero; i++)
        zero = !b[i];
    if (zero) {
        r->ended = ++r->zeros == 2;
        r->what = r->ended ? READ_NOTHING : READ_HEADER;
        return true;
    }
    r->zeros = 0;
    if (octal(b + AT_SUM, 8, &ok) != checksum(b) || !ok)
        return err_set(err, "what comes is no tar archive (a header's checksum is wrong)");
    uint64_t size = octal(b + AT_SIZE, 12, &ok), mtime = octal(b + AT_MTIME, 12, &ok);
    uint32_t mode = (uint32_t)octal(b + AT_MODE, 8, &ok);
    if (!ok || size >= SIZE_LIMIT)
        return err_set(err, "the archive has a header with a number that cannot be");
    char flag = b[AT_TYPE];
    if (flag == 'x' || flag == 'g' || flag == 'L' || flag == 'K') {
        if (size > META_MAX)
            return err_set(err, "the archive has a name of %llu bytes", (unsigned long long)size);
        r->meta_type = flag;
        buf_clear(&r->meta);
        begin_data(r, size, READ_META);
        return true;
    }
    take_names(r, b);
    struct tar_entry e = { .type = type_of(flag, r->name.s), .name = r->name.s, .link = r->link.s,
        .size = r->has_size ? r->size : size, .mode = mode & 07777, .cut = r->cut,
        .mtime = r->has_mtime ? r->mtime : (b[AT_MTIME] & 0x40 ? 0 : (int64_t)mtime) };
    if (e.type != TAR_FILE && e.type != TAR_OTHER)
        e.size = 0; // some write that of the file linked to, none has data
    if (e.type != TAR_SYMLINK && e.type != TAR_HARDLINK)
        e.link = "";
    r->h.on_entry(r->arg, &e);
    forget_meta(r);
    begin_data(r, e.size, READ_DATA);
    return true;
}

static bool next_part(struct tar_reader *r, struct err *err)
{
    bool ok = true;
    if (r->what == READ_META)
        ok = take_meta(r, err);
    else if (r->what == READ_DATA)
        r->h.on_end(r->arg);
    r->what = r->padding ? READ_PADDING : READ_HEADER;
    r->left = r->padding;
    r->padding = 0;
    return ok;
}

bool tar_feed(struct tar_reader *r, const char *data, size_t n, struct err *err)
{
    while (n && r->what != READ_NOTHING) {
        size_t part = n;
        if (r->what == READ_HEADER) {
            part = n < BLOCK - r->have ? n : BLOCK - r->have;
            memcpy(r->block + r->have, data, part);
            r->have += part;
            if (r->have == BLOCK) {
                r->have = 0;
                if (!take_header(r, err))
                    return false;
            }
        } else {
            part = n < r->left ? n : (size_t)r->left;
            if (r->what == READ_META)
                buf_add(&r->meta, data, part);
            else if (r->what == READ_DATA && part)
                r->h.on_data(r->arg, data, part);
            r->left -= part;
        }
        data += part;
        n -= part;
        while (r->what != READ_HEADER && r->what != READ_NOTHING && !r->left)
            if (!next_part(r, err))
                return false;
    }
    return true;
}

bool tar_ended(const struct tar_reader *r)
{
    return r->ended;
}

struct tar_reader *tar_reader_new(const struct tar_handlers *h, void *arg)
{
    struct tar_reader *r = xcalloc(1, sizeof(*r));
    r->h = *h;
    r->arg = arg;
    buf_init(&r->meta);
    buf_init(&r->name);
    buf_init(&r->link);
    return r;
}

void tar_reader_free(struct tar_reader *r)
{
    if (!r)
        return;
    buf_release(&r->meta);
    buf_release(&r->name);
    buf_release(&r->link);
    free(r);
}

// ---- writing

static void put_octal(char *at, size_t n, uint64_t v)
{
    char text[32];
    if (v >> (3 * (n - 1))) { // GNU's base 256: read by GNU, BSD and busybox
        for (size_t i = n; i-- > 1; v >>= 8)
            at[i] = (char)(v & 0xff);
        at[0] = (char)0x80;
        return;
    }
    snprintf(text, sizeof(text), "%0*llo", (int)n - 1, (unsigned long long)v);
    memcpy(at, text, n);
}

static void put_header(struct buf *out, const struct tar_entry *e, char flag, const char *name, const char *link)
{
    char b[BLOCK] = { 0 };
    memcpy(b + AT_NAME, name, strnlen(name, NAME_LEN));
    memcpy(b + AT_LINK, link, strnlen(link, NAME_LEN));
    put_octal(b + AT_MODE, 8, e->mode & 07777);
    put_octal(b + AT_UID, 8, 0);
    put_octal(b + AT_GID, 8, 0);
    put_octal(b + AT_SIZE, 12, e->size);
    put_octal(b + AT_MTIME, 12, e->mtime > 0 ? (uint64_t)e->mtime : 0);
    b[AT_TYPE] = flag;
    memcpy(b + AT_MAGIC, "ustar  ", 8); // GNU's, as its long names are
    snprintf(b + AT_SUM, 8, "%06o", checksum(b));
    b[AT_SUM + 7] = ' ';
    buf_add(out, b, BLOCK);
}

// GNU's long names and not pax's: busybox has read them since 2003, pax headers it skips.
static void put_long(struct buf *out, char flag, const char *s)
{
    size_t n = strlen(s) + 1;
    if (n <= NAME_LEN)
        return;
    put_header(out, &(struct tar_entry) { .mode = 0644, .size = n }, flag, "././@LongLink", "");
    buf_add(out, s, n);
    tar_put_padding(out, n);
}

void tar_put_entry(struct buf *out, const struct tar_entry *e)
{
    static const char flags[] = { [TAR_FILE] = '0', [TAR_DIR] = '5', [TAR_SYMLINK] = '2', [TAR_HARDLINK] = '1' };
    BUG_ON(e->type >= TAR_OTHER);
    put_long(out, 'K', e->link ? e->link : "");
    put_long(out, 'L', e->name);
    put_header(out, e, flags[e->type], e->name, e->link ? e->link : "");
}

void tar_put_padding(struct buf *out, uint64_t size)
{
    static const char zeros[BLOCK];
    buf_add(out, zeros, (BLOCK - size % BLOCK) % BLOCK);
}

void tar_put_end(struct buf *out)
{
    static const char zeros[2 * BLOCK];
    buf_add(out, zeros, sizeof(zeros));
}
