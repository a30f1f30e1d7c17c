// Failures of a request in words: the server's Status verbatim, what a bare status means, libcurl's errors.
#include "tests/unit/unit.h"

#include <curl/curl.h>
#include <string.h>

#include "client/http_error.h"

static void test_status(void **state)
{
    static const struct {
        int status;
        const char *body, *msg, *reason;
    } cases[] = {
        { 403, "{\"kind\":\"Status\",\"message\":\"pods is forbidden: User \\\"x\\\" cannot list\",\"reason\":\"Forbidden\"}",
            "pods is forbidden: User \"x\" cannot list", "Forbidden" },
        { 401, "{\"message\":\"Unauthorized\",\"reason\":\"Unauthorized\"}",
            "not logged in: the server does not accept the credentials", "Unauthorized" },
        { 502, "<html>bad gateway</html>", "bad gateway: a proxy before the API server does not reach it", "" },
        { 418, "I am a \033[31mteapot", "I am a \xEF\xBF\xBD[31mteapot", "" },
        { 418, "<html>", "the server answered with HTTP status 418", "" },
        { 599, "", "the server answered with HTTP status 599", "" },
        { 409, "{\"message\":3}", "conflict: the object was changed meanwhile", "" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err;
        http_error_from_status(&err, cases[i].status, cases[i].body, strlen(cases[i].body));
        assert_string_equal(err.msg, cases[i].msg);
        assert_string_equal(err.reason, cases[i].reason);
        assert_int_equal(err.code, cases[i].status);
    }
}

static void test_curl(void **state)
{
    static const struct {
        int code;
        const char *detail, *proxy, *msg;
    } cases[] = {
        { CURLE_COULDNT_RESOLVE_HOST, "", "", "the name api.x is not known to DNS" },
        { CURLE_COULDNT_CONNECT, "Connection refused", "", "connection refused" },
        { CURLE_COULDNT_CONNECT, "Network is unreachable", "", "no route to api.x" },
        { CURLE_COULDNT_RESOLVE_PROXY, "", "http://p", "the name of the proxy http://p is not known to DNS" },
        { CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: certificate has expired", "",
            "the server's certificate has expired" },
        { CURLE_PEER_FAILED_VERIFICATION, "SSL: no alternative certificate subject name matches target host name", "",
            "the server's certificate is not for this host name" },
        { CURLE_OPERATION_TIMEDOUT, "", "", "no answer from api.x in time" },
        { CURLE_FAILED_INIT, "something else", "", "something else" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err;
        http_error_from_curl(&err, cases[i].code, cases[i].detail, "api.x", cases[i].proxy);
        assert_string_equal(err.msg, cases[i].msg);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_curl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
