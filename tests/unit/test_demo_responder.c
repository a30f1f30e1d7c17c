// What answers on the ports of demo Pods: requests in any pieces, several on a connection, and more bytes than memory.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/str.h"
#include "demo/responder.h"

static void pull_all(struct responder *r, struct buf *out)
{
    char part[100];
    size_t n;
    while ((n = responder_pull(r, part, sizeof(part))))
        buf_add(out, part, n);
}

static void test_pieces_and_keep_alive(void **state)
{
    static const char two[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /c HTTP/1.1\r\n"
                              "connection: Close\r\n\r\n";
    struct responder *r = responder_new("web-0", 8080);
    struct buf out = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof(two) - 1; i++) {
        responder_feed(r, two + i, 1);
        pull_all(r, &out);
    }
    const char *a = strstr(out.s, "web-0, port 8080"), *b = strstr(out.s, "asked for POST /b\n"),
               *c = strstr(out.s, "Connection: close\r\n");
    assert_true(str_starts(out.s, "HTTP/1.1 200 OK\r\n"));
    assert_true(a && b && c && a < b && b < c);
    assert_true(str_ends(out.s, "asked for GET /c\n"));
    assert_true(responder_over(r));
    buf_release(&out);
    responder_free(r);
}

static void test_many_bytes(void **state)
{
    static const char ask[] = "GET /bytes?n=5000000000 HTTP/1.1\r\n\r\n", head[] = "HEAD /bytes?n=7 HTTP/1.0\r\n\r\n";
    static char part[1 << 20];
    struct responder *r = responder_new("web-0", 80);
    uint64_t total = 0;
    size_t n;
    (void)state;
    responder_feed(r, ask, sizeof(ask) - 1);
    n = responder_pull(r, part, sizeof(part));
    part[n] = '\0';
    assert_non_null(strstr(part, "Content-Length: 5000000000\r\n"));
    while ((n = responder_pull(r, part, sizeof(part))))
        total += n;
    assert_int_equal(total, 5000000000);
    assert_false(responder_over(r));
    responder_feed(r, head, sizeof(head) - 1);
    n = responder_pull(r, part, sizeof(part));
    part[n] = '\0';
    assert_non_null(strstr(part, "Content-Length: 7\r\n"));
    assert_int_equal(responder_pull(r, part, sizeof(part)), 0);
    assert_true(responder_over(r)); // HTTP/1.0
    responder_free(r);
}

static void test_refused(void **state)
{
    static const struct {
        const char *said;
        size_t n;
        const char *status;
    } cases[] = { { "\0\0\0\x08\x04\xd2", 6, "HTTP/1.1 400 " }, { "hello\r\n\r\n", 9, "HTTP/1.1 400 " },
        { "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 38, "HTTP/1.1 400 " },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 48, "HTTP/1.1 411 " } };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct responder *r = responder_new("web-0", 80);
        struct buf out = BUF_INIT;
        responder_feed(r, cases[i].said, cases[i].n);
        pull_all(r, &out);
        assert_true(str_starts(out.s, cases[i].status));
        assert_true(responder_over(r));
        buf_release(&out);
        responder_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_pieces_and_keep_alive), cmocka_unit_test(test_many_bytes),
        cmocka_unit_test(test_refused) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
