#include "base/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/timeutil.h"

static json_t *walk(const json_t *v, va_list ap)
{
    const char *key;
    while (v && (key = va_arg(ap, const char *)) != NULL)
        v = json_object_get(v, key);
    return (json_t *)v;
}

#define WALK(v, result)                                                                            \
    va_list ap;                                                                                    \
    va_start(ap, v);                                                                               \
    const json_t *result = walk(v, ap);                                                            \
    va_end(ap)

json_t *json_at(const json_t *v, ...)
{
    WALK(v, at);
    return (json_t *)at;
}

const char *json_str(const json_t *v, ...)
{
    WALK(v, at);
    const char *s = json_string_value(at);
    return s ? s : "";
}

int64_t json_i64(const json_t *v, ...)
{
    WALK(v, at);
    int64_t n = json_is_real(at) ? num_of(json_real_value(at)) : json_integer_value(at);
    return n > JSON_I64_MAX ? JSON_I64_MAX : n < -JSON_I64_MAX ? -JSON_I64_MAX : n;
}

bool json_bool(const json_t *v, ...)
{
    WALK(v, at);
    return json_is_true(at);
}

int64_t json_time(const json_t *v, ...)
{
    WALK(v, at);
    int64_t sec;
    return time_parse_rfc3339(json_string_value(at), &sec, NULL) ? sec : 0;
}

// strconv.FormatFloat(v, 'g', -1, 64): the fewest digits that read back as v, an exponent from 1e+06 on.
static void shortest_real(double v, char tmp[32])
{
    int precision = 1;
    while (precision < 17 && (snprintf(tmp, 32, "%.*e", precision - 1, v), strtod(tmp, NULL) != v))
        precision++;
    snprintf(tmp, 32, "%.*e", precision - 1, v);
    int exponent = atoi(strchr(tmp, 'e') + 1);
    if (exponent >= -4 && exponent < 6)
        snprintf(tmp, 32, "%.*f", precision - 1 > exponent ? precision - 1 - exponent : 0, v);
}

const char *json_scalar(const json_t *v, char tmp[32])
{
    if (json_is_string(v))
        return json_string_value(v);
    if (json_is_integer(v))
        snprintf(tmp, 32, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v))
        shortest_real(json_real_value(v), tmp);
    else if (json_is_boolean(v))
        snprintf(tmp, 32, "%s", json_is_true(v) ? "true" : "false");
    else
        tmp[0] = '\0';
    return tmp;
}
