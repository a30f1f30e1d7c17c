// A scripted API server on loopback: ConfigMaps of a few namespaces with their history, lists in pages, streaming
// lists, watches that go on from a version; and deeds of its own against single requests. It knows the truth, and
// counts what it is asked for. Plain HTTP/1.1, so that every byte of an answer can be the last.
#ifndef TESTS_FAULTS_SERVER_H
#define TESTS_FAULTS_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/loop.h"
#include "client/store.h"

enum ask {
    ASK_STREAM,
    ASK_PAGE,
    ASK_WATCH,
    ASKS
}; // a streaming list, a page of a list, a watch from a version

enum deed {
    DEED_NONE,
    DEED_CUT, // after n bytes the connection is closed
    DEED_RESET, // after n bytes it is reset
    DEED_STATUS, // answers with status n, a further header line and a body
    DEED_GONE, // 410
    DEED_ERROR, // 200, and in the stream an ERROR of code 500 with `text`
    DEED_LENGTH, // claims n bytes more (or less) than come
    DEED_HALF, // the answer ends properly after n bytes of its body
    DEED_JUNK, // after n bytes of the body comes `text`
    DEED_MUTE, // the head of the answer, and never a byte more
    DEED_DEAF, // no answer at all
    DEED_ONCE, // one event, then the watch ends properly
    DEED_TOKENS, // each page goes on: n = 0: with the same token, 1: ever new ones and no items, 2: always the same items
};
struct fault {
    enum ask on;
    enum deed deed;
    long n;
    int times, skip; // so many requests, after so many that are answered
    const char *header, *text; // header "Retry-After: @2": a date, in two seconds
};
struct object {
    char uid[24], name[24];
    long rv;
};
struct event {
    const char *type;
    struct object object;
};
struct space { // a namespace
    char name[24];
    struct server *server;
    ARR(struct object) objects, page; // page: what a list under way reads
    ARR(struct event) history;
    ARR(struct fault) faults;
    long rv, compacted, made;
    bool gone_in_stream; // how 410 is said
    int asked[ASKS], lists, storm; // storm: requests until tests/faults looked
    long list_end; // bytes until the first streaming list was complete
    int64_t asked_at, longest; // between two requests for a watch
};
struct server;

struct server *server_new(struct loop *loop);
// Said to requests for that path and no other answer exists, from then on; body is borrowed.
struct saying {
    const char *path; // borrowed; a prefix
    int status;
    const char *header; // a line without its end, NULL: none
    const char *body;
    size_t n;
    int asked;
};
struct saying *server_say(struct server *s, const char *path, int status, const char *header, const char *body, size_t n);
void server_forget(struct server *s); // what it was told to say
int server_most(const struct server *s); // connections that were open at once
void server_hang(struct server *s, bool hangs); // as a process that is stopped: connections stand, nothing is read
void server_free(struct server *s);
int server_port(const struct server *s);
struct space *server_space(struct server *s, const char *name); // made, with three objects
bool space_is(const struct space *sp,
    const struct store *store); // the store holds the truth, no more and no less

void space_change(struct space *sp, unsigned dice); // adds, changes or deletes something
void space_bookmark(struct space *sp);
void space_odd_bookmark(struct space *sp); // with a version that the server itself would not take
void space_compact(struct space *sp); // versions up to now are forgotten
void space_restore(struct space *sp); // as from a backup: other objects, versions that were before
void space_cut(struct space *sp, bool reset);
void space_mute(struct space *sp); // open watches stay, but nothing comes any more
void space_error(
    struct space *sp, int code, const char *reason, const char *message); // ends the watches

#endif
