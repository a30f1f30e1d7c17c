#include "kinds/cstate.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"

bool cstate_calm(const char *reason)
{
    return !*reason || str_eq(reason, "ContainerCreating") || str_eq(reason, "PodInitializing");
}

static void explain_waiting(struct row_builder *b, const char *what, const json_t *cs, const char *reason)
{
    const char *msg = json_str(cs, "state", "waiting", "message", NULL);
    const char *image = json_str(cs, "image", NULL);
    // the kubelet's messages mostly name the image
    bool add_image = str_icontains(reason, "Image") && *image && !strstr(msg, image);
    rb_insight(b, "%s: %s %s%s%s%s%s", reason, what, json_str(cs, "name", NULL), add_image ? ", image " : "",
        add_image ? image : "", *msg ? ": " : "", msg);
}

static void explain_exit(struct row_builder *b, const char *what, const json_t *spec, const json_t *cs,
    const json_t *term)
{
    struct buf s = BUF_INIT;
    const char *waiting = json_str(cs, "state", "waiting", "reason", NULL);
    const char *why = json_str(term, "reason", NULL), *msg = json_str(term, "message", NULL);
    const char *limit = json_str(spec, "resources", "limits", "memory", NULL);
    int restarts = (int)json_i64(cs, "restartCount", NULL), sig = (int)json_i64(term, "signal", NULL);
    buf_printf(&s, "%s: %s %s exited %d", str_or(str_or(waiting, why), "Error"), what,
        json_str(cs, "name", NULL), (int)json_i64(term, "exitCode", NULL));
    if (*why && *waiting)
        buf_printf(&s, " (%s)", why);
    if (sig)
        buf_printf(&s, " by signal %d", sig);
    if (str_eq(why, "OOMKilled"))
        buf_printf(&s, "%s%s", *limit ? ", memory limit " : ", without a memory limit", limit);
    if (restarts)
        buf_printf(&s, ", %d restart%s", restarts, restarts == 1 ? "" : "s");
    if (*msg)
        buf_printf(&s, ": %.300s", msg);
    rb_insight(b, "%s", s.s);
    buf_release(&s);
}

void cstate_explain_failure(struct row_builder *b, const char *what, const json_t *spec, const json_t *cs)
{
    const char *reason = json_str(cs, "state", "waiting", "reason", NULL);
    const json_t *term = json_at(cs, "state", "terminated", NULL);
    bool calm = cstate_calm(reason);
    if (!calm)
        term = json_at(cs, "lastState", "terminated", NULL);
    // what never ran has no exit to tell of: the message is all there is
    if (!calm && (!term || str_icontains(reason, "Image") || str_icontains(reason, "Create")))
        explain_waiting(b, what, cs, reason);
    else if (term && (json_i64(term, "exitCode", NULL) || !calm))
        explain_exit(b, what, spec, cs, term);
}

void cstate_explain_unready(struct row_builder *b, const char *what, const json_t *cs)
{
    bool starting = json_is_false(json_object_get(cs, "started"));
    int restarts = (int)json_i64(cs, "restartCount", NULL);
    if (json_bool(cs, "ready", NULL) || !json_at(cs, "state", "running", NULL))
        return;
    rb_insight(b, "NotReady: %s %s runs but its %s probe does not pass, %d restart%s", what,
        json_str(cs, "name", NULL), starting ? "startup" : "readiness", restarts, restarts == 1 ? "" : "s");
}
