// What went wrong, in words for a person, and what that person can do about it.
// An operation that can fail takes `struct err *` last and returns bool or a pointer.
// The message of the API server travels verbatim in `msg`. A NULL err is accepted everywhere.
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

struct err {
    int code;        // HTTP status where the failure is an API server's answer, else 0
    char reason[64]; // metav1.Status reason ("Forbidden", "Expired") or ""
    char msg[768];   // the cause, one line, no trailing full stop
    char hint[384];  // what to do about it, or ""
};

// Sets msg (and clears code, reason, hint). Always returns false.
bool err_set(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// Adds what to do about it. Always returns false.
bool err_hint(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// Puts "text: " before msg. Always returns false.
bool err_prefix(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void err_clear(struct err *err);
static inline bool err_is(const struct err *err)
{
    return err->msg[0] != '\0';
}

#endif
