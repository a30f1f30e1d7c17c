#include "demo/quantity.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

// Digits that an int64 holds for certain.
enum { MAX_DIGITS = 18 };

struct number {
    int64_t digits; // value = digits * 10^-fraction
    int fraction;
    bool minus;
    const char *suffix;
};

static bool read_number(const char *s, struct number *n)
{
    int count = 0;
    bool point = false;
    *n = (struct number) { 0 };
    if (*s == '-' || *s == '+')
        n->minus = *s++ == '-';
    for (; (*s >= '0' && *s <= '9') || (*s == '.' && !point); s++) {
        if (*s == '.') {
            point = true;
            continue;
        }
        n->digits = n->digits * 10 + (*s - '0');
        n->fraction += point;
        if (++count > MAX_DIGITS)
            return false;
    }
    n->suffix = s;
    return count > 0;
}

static int find(const char *const *list, size_t n, const char *s)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(list[i], s))
            return (int)i;
    }
    return -1;
}

static const char *const binary[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" };
static const char *const decimal[] = { "n", "u", "m", "", "k", "M", "G", "T", "P", "E" };

static bool write_binary(struct number *n, int power, char *out, size_t size)
{
    for (; n->fraction > 0 && n->digits % 10 == 0; n->fraction--)
        n->digits /= 10;
    while (n->fraction > 0 && power > 0 && n->digits < INT64_MAX / 1024) {
        n->digits *= 1024;
        power--;
        for (; n->fraction > 0 && n->digits % 10 == 0; n->fraction--)
            n->digits /= 10;
    }
    if (n->fraction > 0)
        return false;
    for (; n->digits && n->digits % 1024 == 0 && power < 6; power++)
        n->digits /= 1024;
    snprintf(out, size, "%s%lld%s", n->minus ? "-" : "", (long long)n->digits,
        n->digits ? binary[power] : "");
    return true;
}

static bool write_decimal(struct number *n, int place, char *out, size_t size)
{
    int exponent = (place - 3) * 3 - n->fraction;
    for (; n->digits && n->digits % 10 == 0; exponent++)
        n->digits /= 10;
    for (; exponent % 3 != 0 || exponent > 18; exponent--) {
        if (n->digits > INT64_MAX / 10)
            return false;
        n->digits *= 10;
    }
    if (exponent < -9)
        return false;
    snprintf(out, size, "%s%lld%s", n->minus ? "-" : "", (long long)n->digits,
        n->digits ? decimal[exponent / 3 + 3] : "");
    return true;
}

bool quantity_canonical(const char *text, char *out, size_t size)
{
    struct number n;
    if (!read_number(text, &n))
        return false;
    int power = find(binary, ARRAY_SIZE(binary), n.suffix);
    int place = find(decimal, ARRAY_SIZE(decimal), n.suffix);
    if (power > 0)
        return write_binary(&n, power, out, size);
    return place >= 0 && write_decimal(&n, place, out, size);
}

void quantity_tidy(json_t *map)
{
    const char *key;
    json_t *v;
    void *tmp;
    char raw[40], text[40];
    json_object_foreach_safe (map, tmp, key, v) {
        if (json_is_integer(v))
            snprintf(raw, sizeof(raw), "%lld", (long long)json_integer_value(v));
        else if (json_is_string(v) && json_string_length(v) < sizeof(raw))
            snprintf(raw, sizeof(raw), "%s", json_string_value(v));
        else
            continue;
        if (quantity_canonical(raw, text, sizeof(text)))
            json_object_set_new(map, key, json_string(text));
    }
}
