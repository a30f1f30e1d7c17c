// An OpenID issuer's answers and id-tokens: the reply handler is static in client/oidc.c.
#include "tests/fuzz/fuzz.h"

#include "client/oidc.c"

static void on_token(void *arg, const char *id_token, const struct err *err)
{
    int *calls = arg;
    (*calls)++;
    FUZZ_CHECK((id_token != NULL && *id_token) != (err != NULL));
    oidc_expiry(id_token);
}

void fuzz_oidc(const char *data, size_t n)
{
    int calls = 0;
    struct http_result res = { .ok = true };
    json_t *config = json_pack("{s:s}", "refresh-token", "r");
    struct oidc *o = oidc_new(NULL, config, on_token, &calls);
    oidc_expiry(data);
    o->at_token = true;
    FUZZ_CHECK(on_data(o, data, n));
    on_done(o, &res);
    FUZZ_CHECK(calls == 1);
    oidc_free(o);
    json_decref(config);
}
