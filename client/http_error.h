// Failures of a request in words: metav1.Status of the server, and libcurl's errors with what to do.
#ifndef CLIENT_HTTP_ERROR_H
#define CLIENT_HTTP_ERROR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

void http_error_from_status(struct err *err, int status, const char *body, size_t n);
// Of a Status that came in another answer; returns its code, 500 where it has none.
int http_error_from_document(struct err *err, const json_t *status);
bool http_error_page(struct err *err);                // HTML where JSON was asked for; always false
bool http_error_nothing(struct err *err, int status); // no body where one was asked for; always false
// code: CURLcode. detail: libcurl's error buffer. proxy: "" when none is used.
void http_error_from_curl(
    struct err *err, int code, const char *detail, const char *host, const char *proxy);

#endif
