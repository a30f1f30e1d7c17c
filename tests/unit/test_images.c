#include "tests/unit/unit.h"

#include "views/images.h"

// https://github.com/distribution/reference/blob/main/normalize_test.go has the rules.
static void parses_as_docker_does(void **state)
{
    static const struct {
        const char *image, *registry, *repository, *tag;
        bool implied;
    } cases[] = {
        { "nginx", "docker.io", "library/nginx", "latest", true },
        { "nginx:1.27", "docker.io", "library/nginx", "1.27", false },
        { "bitnami/redis", "docker.io", "bitnami/redis", "latest", true },
        { "docker.io/library/busybox:1.35", "docker.io", "library/busybox", "1.35", false },
        { "localhost/app", "localhost", "app", "latest", true },
        { "localhost:5000/a/b/c:v1", "localhost:5000", "a/b/c", "v1", false },
        { "127.0.0.1:1/x", "127.0.0.1:1", "x", "latest", true },
        { "ghcr.io/acme/web@sha256:0123", "ghcr.io", "acme/web", "sha256:0123", false },
        { "ghcr.io/acme/web:2.1@sha256:0123", "ghcr.io", "acme/web", "2.1@sha256:0123", false },
        { "", "docker.io", "library/", "latest", true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct image_ref r;
        image_parse(cases[i].image, &r);
        assert_string_equal(r.registry, cases[i].registry);
        assert_string_equal(r.repository, cases[i].repository);
        assert_string_equal(r.tag, cases[i].tag);
        assert_int_equal(r.implied_tag, cases[i].implied);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(parses_as_docker_does) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
