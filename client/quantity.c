#include "client/quantity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

static const struct {
    const char *suffix;
    double factor;
} suffixes[] = {
    { "", 1 }, { "n", 1e-9 }, { "u", 1e-6 }, { "m", 1e-3 }, { "k", 1e3 }, { "M", 1e6 }, { "G", 1e9 },
    { "T", 1e12 }, { "P", 1e15 }, { "E", 1e18 }, { "Ki", 1024.0 }, { "Mi", 1048576.0 },
    { "Gi", 1073741824.0 }, { "Ti", 1099511627776.0 }, { "Pi", 1125899906842624.0 },
    { "Ei", 1152921504606846976.0 },
};

static bool parse(const char *s, double *out)
{
    if (!s || !*s || strspn(s, "+-.0123456789") == 0)
        return false;
    // strtod would read "0x1f", "inf" and "1e" differently from resource.Quantity
    size_t digits = strspn(s + (*s == '+' || *s == '-'), "0123456789.") + (*s == '+' || *s == '-');
    char *end;
    char number[64];
    if (digits >= sizeof(number) - 16)
        return false;
    if ((s[digits] == 'e' || s[digits] == 'E') && strpbrk(s + digits + 1, "0123456789") == s + digits + 1 +
            (s[digits + 1] == '+' || s[digits + 1] == '-')) {
        *out = strtod(s, &end);
        return *end == '\0';
    }
    memcpy(number, s, digits);
    number[digits] = '\0';
    double v = strtod(number, &end);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
        if (strcmp(s + digits, suffixes[i].suffix) == 0) {
            *out = v * suffixes[i].factor;
            return *end == '\0';
        }
    return false;
}

// Rounds up, but not for the dust that a product of doubles leaves (0.1 * 1000 is 100.00000000000001).
static int64_t ceil_dust(double v)
{
    double r = nearbyint(v);
    if (fabs(v - r) < 1e-12 * (fabs(v) > 1 ? fabs(v) : 1))
        v = r;
    return num_of(ceil(v));
}

bool quantity_milli(const char *s, int64_t *out)
{
    double v;
    if (!parse(s, &v))
        return false;
    *out = ceil_dust(v * 1000);
    return true;
}

bool quantity_bytes(const char *s, int64_t *out)
{
    double v;
    if (!parse(s, &v))
        return false;
    *out = ceil_dust(v);
    return true;
}

void quantity_format_cpu(int64_t milli, char out[24])
{
    snprintf(out, 24, "%lldm", (long long)milli);
}

void quantity_format_mem(int64_t bytes, char out[24])
{
    snprintf(out, 24, "%lldMi", (long long)(bytes >> 20));
}
