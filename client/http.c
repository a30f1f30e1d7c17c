#include "client/http.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <utlist.h>

#include "base/arr.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/http_error.h"

enum {
    DEFAULT_TIMEOUT_MS =
        35000, // above the latency of a slow list page, below the server's own 60 s
    CONNECT_TIMEOUT_MS = 15000,
    IDLE_CONNECTION_S = 45,
    KEPT_CONNECTIONS = 8, // idle ones a lane; libcurl's own limit is four for each request there ever was at once,
                          // and a link that breaks often leaves that many dead ones of 60 KB each
    MAX_ERROR_BODY = 64 << 10,
    MAX_WRITE_ERROR = 4 << 20, // what refuses an object may quote all of it, twice
    MAX_HEADER_TEXT = 512,
    HANDSHAKE_TURNS = 4,
    CALM_BYTES = 8 << 10, // a log that gave less in a turn is left alone for
    CALM_MS = 50,
    SHARED_MAX = 60, // streams; servers take about 100 a connection, and libcurl lets what is beyond wait
    CHUNK = 16 << 10, // handed on between two looks at the terminal; as large as a TLS record
};

// Long-running streams and short requests have a multi each: libcurl queues a request behind endless
// watches when a connection's streams are used up (measured on 7.88.1).
//
// What arrives while the person waits for an answer to a key is held, and the lane reads no more until it
// has been handed on: libcurl goes on for megabytes in one call.
//
// A log comes a line at a time, hundreds a second, and each would wake the program for itself: after a turn that read
// little its socket rests for as long as nobody sees the difference.
struct lane {
    struct http *http;
    CURLM *multi;
    struct loop_timer *timer, *drain, *calm;
    struct sock *socks;
    size_t calm_bytes; // of logs, in this turn
    unsigned made; // sockets that were, and are not among socks yet: a handshake follows
    bool held, timer_due;
};
struct http_req {
    struct http *http;
    struct lane *lane;
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    struct http_handlers h;
    void *arg;
    char *body;
    struct buf error_body, held, lines;
    size_t held_at; // what of `held` was handed on
    CURLcode end;
    char curl_error[CURL_ERROR_SIZE];
    char content_type[MAX_HEADER_TEXT], etag[160], warning[MAX_HEADER_TEXT];
    int status, retry_after;
    int64_t started, first_at;
    size_t body_bytes, max_bytes;
    char what[200]; // "GET /version"
    bool any_status, too_large, cut; // cut: an error's body, of which there is enough
    bool stream, calm, added, dead, head_told, raw, ended;
    struct http_req *prev, *next;
};
struct sock {
    struct lane *lane;
    struct loop_io *io;
    curl_socket_t fd;
    int events, turns;
    bool rests;
    struct sock *prev, *next;
};
struct http {
    struct loop *loop;
    struct lane streams, shorts;
    struct loop_timer *kick; // adds and removes handles outside of libcurl's callbacks
    struct http_req *reqs;
    const struct kube_cluster *cluster;
    char *scheme, *host, *prefix, *origin, *connect_to, *host_header, *proxy, *noproxy, *ca_pem;
    char *authorization, *cert_pem, *key_pem;
    ARR(char *) extra_headers;
    uint64_t bytes_in;
    int64_t heard_ms, any_ms;
    unsigned nstreams;
    bool shares;
    int fresh; // requests that must not reuse a connection, after a reset
};

// ---- libcurl and the loop

static void finish(struct http_req *r, CURLcode rc);

static void check_done(struct lane *lane)
{
    CURLMsg *msg;
    int left;
    while ((msg = curl_multi_info_read(lane->multi, &left))) {
        if (msg->msg != CURLMSG_DONE)
            continue;
        struct http_req *r;
        CURLcode rc = msg->data.result;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&r);
        finish(r, rc);
    }
}

static void sock_poll(struct sock *s)
{
    loop_io_set(s->io, s->lane->held ? 0 : s->rests ? s->events & ~LOOP_READ : s->events);
}

static void rest_if_calm(struct lane *lane, const struct sock *which)
{
    struct sock *s;
    DL_FOREACH(lane->socks, s)
    {
        if (s != which)
            continue;
        s->rests = true;
        sock_poll(s);
        if (!loop_timer_active(lane->calm))
            loop_timer_start(lane->calm, CALM_MS, 0);
    }
}

static void on_calm(void *arg)
{
    struct lane *lane = arg;
    struct sock *s;
    DL_FOREACH(lane->socks, s)
    {
        if (s->rests) {
            s->rests = false;
            sock_poll(s);
        }
    }
}

static void on_socket_ready(void *arg, int events)
{
    struct sock *s = arg;
    struct lane *lane = s->lane; // s may be freed inside
    int mask =
        (events & LOOP_READ ? CURL_CSELECT_IN : 0) | (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0);
    int running;
    if (s->turns < HANDSHAKE_TURNS) { // each step of a TLS handshake has its own corner of OpenSSL
        s->turns++;
        mem_drop_code();
    }
    lane->calm_bytes = 0;
    curl_multi_socket_action(lane->multi, s->fd, mask, &running);
    size_t calm = lane->calm_bytes;
    check_done(lane);
    if (calm && calm < CALM_BYTES)
        rest_if_calm(lane, s);
}

static void on_lane_timer(void *arg)
{
    struct lane *lane = arg;
    int running;
    lane->timer_due = lane->held;
    if (lane->held)
        return;
    curl_multi_socket_action(lane->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    check_done(lane);
}

static int on_curl_timer(CURLM *multi, long ms, void *arg)
{
    struct lane *lane = arg;
    (void)multi;
    if (ms < 0)
        loop_timer_stop(lane->timer);
    else
        loop_timer_start(lane->timer, ms, 0);
    return 0;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *sockp)
{
    struct lane *lane = arg;
    struct sock *s = sockp;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (s) {
            loop_io_free(s->io);
            DL_DELETE(lane->socks, s);
            free(s);
        }
        curl_multi_assign(lane->multi, fd, NULL);
        return 0;
    }
    if (!s) {
        s = xcalloc(1, sizeof(*s));
        s->lane = lane;
        s->fd = fd;
        s->turns = lane->made ? 0 : HANDSHAKE_TURNS; // a connection that was idle comes here again
        lane->made -= lane->made > 0;
        s->io = loop_io_new(lane->http->loop, fd, on_socket_ready, s);
        DL_APPEND(lane->socks, s);
        curl_multi_assign(lane->multi, fd, s);
    }
    s->events = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
    sock_poll(s);
    return 0;
}

// A peer that vanished is noticed in a minute, not after the kernel's quarter of an hour.
static int on_sockopt(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    struct lane *lane = arg;
    int ms = 45000;
    lane->made++;
    (void)purpose;
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
    return CURL_SOCKOPT_OK;
}

static void on_drain(void *arg);

static void lane_init(struct http *h, struct lane *lane)
{
    lane->http = h;
    lane->multi = curl_multi_init();
    BUG_ON(!lane->multi);
    lane->timer = loop_timer_new(h->loop, on_lane_timer, lane);
    lane->drain = loop_timer_new(h->loop, on_drain, lane);
    lane->calm = loop_timer_new(h->loop, on_calm, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(lane->multi, CURLMOPT_SOCKETDATA, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
}

// ---- one server

static void on_kick(void *arg);

static bool parse_server(struct http *h, const char *server, struct err *err)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL, *path = NULL;
    bool ok = curl_url_set(u, CURLUPART_URL, server, CURLU_DEFAULT_SCHEME) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_PATH, &path, 0) == CURLUE_OK &&
              (!strcmp(scheme, "https") || !strcmp(scheme, "http"));
    if (ok) {
        const char *sni = h->cluster->tls_server_name;
        bool rename = sni && *sni && strcmp(scheme, "https") == 0;
        while (*path && path[strlen(path) - 1] == '/')
            path[strlen(path) - 1] = '\0';
        h->scheme = xstrdup(scheme);
        h->host = xstrdup(host);
        h->prefix = xstrdup(path);
        h->origin = xasprintf("%s://%s:%s", scheme, rename ? sni : host, port);
        if (rename) { // libcurl has no SNI option: the URL's host is the certificate's
            h->connect_to = xasprintf("::%s:%s", host, port);
            h->host_header = xasprintf("Host: %s:%s", host, port);
        }
    } else {
        err_set(err, "the server address \"%s\" of cluster \"%s\" is not a URL", server,
            h->cluster->name);
        err_hint(err, "it must look like https://HOST:PORT");
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(path);
    curl_url_cleanup(u);
    return ok;
}

static const char *env_any(const char *lower, const char *upper)
{
    const char *v = getenv(lower);
    return v && *v ? v : getenv(upper);
}

// proxy-url wins; else Go's variables. Go never proxies loopback and has no ALL_PROXY.
static void choose_proxy(struct http *h)
{
    const char *url = h->cluster->proxy_url;
    if (!url || !*url) {
        url = strcmp(h->scheme, "https") == 0 ? env_any("https_proxy", "HTTPS_PROXY")
                                              : env_any("http_proxy", "HTTP_PROXY");
        const char *no = env_any("no_proxy", "NO_PROXY");
        h->noproxy = xasprintf("%s%slocalhost,127.0.0.0/8,::1", no ? no : "", no && *no ? "," : "");
    }
    // Go's socks5 lets the proxy resolve names
    if (url && str_starts(url, "socks5://"))
        h->proxy = xasprintf("socks5h://%s", url + strlen("socks5://"));
    else
        h->proxy = xstrdup(str_or(url, ""));
}

static bool load_ca(struct http *h, struct err *err)
{
    if (h->cluster->ca_data) {
        h->ca_pem = xstrdup(h->cluster->ca_data);
        return true;
    }
    if (!h->cluster->ca_file)
        return true;
    struct buf pem = BUF_INIT;
    if (!file_read(h->cluster->ca_file, 4 << 20, &pem, err)) {
        buf_release(&pem);
        return err_prefix(err, "cannot read the CA of cluster \"%s\"", h->cluster->name);
    }
    h->ca_pem = buf_take(&pem);
    return true;
}

struct http *http_new(struct loop *loop, const struct kube_target *target, struct err *err)
{
    struct http *h = xcalloc(1, sizeof(*h));
    h->loop = loop;
    h->cluster = target->cluster;
    curl_global_init(CURL_GLOBAL_DEFAULT); // counted by libcurl; cheap when done already
    mem_drop_code(); // OpenSSL's tables of everything
    lane_init(h, &h->streams);
    lane_init(h, &h->shorts);
    h->kick = loop_timer_new(loop, on_kick, h);
    if (!parse_server(h, target->cluster->server, err) || !load_ca(h, err)) {
        http_free(h);
        return NULL;
    }
    choose_proxy(h);
    return h;
}

static void free_secret(char **s)
{
    if (*s)
        mem_wipe(*s, strlen(*s));
    free(*s);
    *s = NULL;
}

static void req_free(struct http_req *r);

void http_free(struct http *h)
{
    if (!h)
        return;
    while (h->reqs)
        req_free(h->reqs);
    curl_multi_cleanup(h->streams.multi);
    curl_multi_cleanup(h->shorts.multi);
    loop_timer_free(h->streams.timer);
    loop_timer_free(h->shorts.timer);
    loop_timer_free(h->streams.drain);
    loop_timer_free(h->shorts.drain);
    loop_timer_free(h->streams.calm);
    loop_timer_free(h->shorts.calm);
    loop_timer_free(h->kick);
    char **plain[] = { &h->scheme, &h->host, &h->prefix, &h->origin, &h->connect_to,
        &h->host_header, &h->proxy, &h->noproxy, &h->ca_pem };
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
        free(*plain[i]);
    free_secret(&h->authorization);
    free_secret(&h->cert_pem);
    free_secret(&h->key_pem);
    for (size_t i = 0; i < h->extra_headers.n; i++)
        free(h->extra_headers.v[i]);
    arr_release(&h->extra_headers);
    free(h);
    curl_global_cleanup();
}

static void replace_secret(char **slot, const char *value)
{
    char *copy = xstrdup_null(value);
    free_secret(slot);
    *slot = copy;
}

void http_set_auth(struct http *h, const struct http_auth *auth)
{
    bool cert_changed = !str_eq(h->cert_pem, auth->cert_pem) || !str_eq(h->key_pem, auth->key_pem);
    bool had_cert = h->cert_pem != NULL;
    replace_secret(&h->authorization, auth->authorization);
    replace_secret(&h->cert_pem, auth->cert_pem);
    replace_secret(&h->key_pem, auth->key_pem);
    for (size_t i = 0; i < h->extra_headers.n; i++)
        free(h->extra_headers.v[i]);
    h->extra_headers.n = 0;
    for (size_t i = 0; auth->headers && auth->headers[i]; i++)
        arr_push(&h->extra_headers, xstrdup(auth->headers[i]));
    if (had_cert && cert_changed)
        http_reset_connections(h);
}

// ---- one request

static void heard(struct http_req *r)
{
    struct http *h = r->http;
    h->any_ms = loop_now_ms(h->loop);
    if (r->lane == &h->streams && !r->calm && !r->raw)
        h->heard_ms = h->any_ms;
}

static void note_version(struct http_req *r)
{
    long version = 0;
    curl_easy_getinfo(r->easy, CURLINFO_HTTP_VERSION, &version);
    r->http->shares = version == CURL_HTTP_VERSION_2_0;
}

static void tell_head(struct http_req *r)
{
    if (r->head_told)
        return;
    r->head_told = true;
    long status = 0;
    curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    r->status = (int)status;
    r->first_at = time_mono_ms();
    if (r->stream && !r->calm)
        note_version(r);
    struct http_head head = { .status = r->status,
        .content_type = r->content_type,
        .etag = r->etag,
        .warning = r->warning,
        .retry_after = r->retry_after,
        .lines = r->lines.n ? r->lines.s : "" };
    if (r->h.on_head && !r->dead)
        r->h.on_head(r->arg, &head);
}

static void lane_hold(struct lane *lane, bool held)
{
    struct sock *s;
    lane->held = held;
    DL_FOREACH(lane->socks, s)
    sock_poll(s);
    if (held)
        loop_timer_start(lane->drain, 1, 0);
    else if (lane->timer_due)
        loop_timer_start(lane->timer, 0, 0);
}

// False when the person waits again; then the rest is for the next time.
static bool hand_on(struct http_req *r)
{
    while (r->held_at < r->held.n && !r->dead) {
        if (loop_user_waits(r->http->loop))
            return false;
        size_t n = r->held.n - r->held_at < CHUNK ? r->held.n - r->held_at : CHUNK;
        const char *data = r->held.s + r->held_at;
        r->held_at += n;
        if (r->h.on_data && !r->h.on_data(r->arg, data, n)) {
            r->ended = true;
            r->end = CURLE_WRITE_ERROR;
            break;
        }
    }
    buf_release(&r->held);
    r->held_at = 0;
    return true;
}

static void on_drain(void *arg)
{
    struct lane *lane = arg;
    for (struct http_req *r = lane->http->reqs, *next; r; r = next) {
        next = r->next;
        if (r->lane != lane || !r->held.n)
            continue;
        if (!hand_on(r)) {
            loop_timer_start(lane->drain, 1, 0);
            return;
        }
    }
    lane_hold(lane, false);
    for (struct http_req *r = lane->http->reqs; r; r = r->next)
        if (r->lane == lane && r->ended && !r->dead) {
            finish(r, r->end); // may begin and end requests: the rest is for the next turn
            loop_timer_start(lane->drain, 0, 0);
            return;
        }
}

static size_t on_body(char *data, size_t one, size_t n, void *arg)
{
    struct http_req *r = arg;
    (void)one;
    if (r->dead)
        return 0;
    heard(r);
    tell_head(r);
    if (r->dead)
        return 0;
    bool wanted = r->any_status || (r->status >= 200 && r->status < 300);
    r->body_bytes += n;
    r->lane->calm_bytes += r->calm ? n : 0;
    r->too_large = wanted && r->max_bytes && r->body_bytes > r->max_bytes;
    r->cut = !wanted && r->body_bytes > (r->body ? MAX_WRITE_ERROR : MAX_ERROR_BODY);
    if (r->too_large || r->cut) // a few bytes of gzip can be gigabytes
        return 0;
    if (wanted && (r->lane->held || loop_user_waits(r->http->loop))) {
        buf_add(&r->held, data, n);
        if (!r->lane->held)
            lane_hold(r->lane, true);
        return n;
    }
    if (wanted)
        return !r->h.on_data || r->h.on_data(r->arg, data, n) ? n : 0;
    buf_add(&r->error_body, data, n);
    return n;
}

static void copy_header(char *out, size_t max, const char *line, size_t n)
{
    while (n && (*line == ' ' || *line == '\t')) {
        line++;
        n--;
    }
    while (n && (line[n - 1] == '\r' || line[n - 1] == '\n' || line[n - 1] == ' '))
        n--;
    if (n >= max)
        n = max - 1;
    memcpy(out, line, n);
    out[n] = '\0';
}

// Seconds, or a date (RFC 9110, 10.2.3). -1: neither, or in the past.
static int wait_seconds(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end) {
        time_t then = curl_getdate(text, NULL);
        n = then < 0 ? -1 : (long)(then - time(NULL));
    }
    return n < 0 ? -1 : n > 3600 ? 3600 : (int)n;
}

static size_t on_header(char *line, size_t one, size_t n, void *arg)
{
    struct http_req *r = arg;
    char number[32];
    (void)one;
    heard(r);
    if (n > 5 && strncasecmp(line, "HTTP/", 5) == 0) { // a new answer (after a proxy's CONNECT)
        r->content_type[0] = r->etag[0] = r->warning[0] = '\0';
        r->retry_after = -1;
        buf_clear(&r->lines);
    }
    if (r->any_status && r->lines.n + n < MAX_ERROR_BODY && *line != '\r' && *line != '\n') {
        buf_add(&r->lines, line, n - (n > 1 && line[n - 2] == '\r' ? 2 : 0));
        buf_puts(&r->lines, line[n - 1] == '\n' ? "\n" : "");
    }
    if (n > 13 && strncasecmp(line, "content-type:", 13) == 0) {
        copy_header(r->content_type, sizeof(r->content_type), line + 13, n - 13);
    } else if (n > 5 && strncasecmp(line, "etag:", 5) == 0) {
        copy_header(r->etag, sizeof(r->etag), line + 5, n - 5);
    } else if (n > 8 && strncasecmp(line, "warning:", 8) == 0) {
        copy_header(r->warning, sizeof(r->warning), line + 8, n - 8);
    } else if (n > 12 && strncasecmp(line, "retry-after:", 12) == 0) {
        copy_header(number, sizeof(number), line + 12, n - 12);
        r->retry_after = wait_seconds(number);
    } else if ((line[0] == '\r' || line[0] == '\n') && !r->dead) {
        // The head is complete. A watch in which nothing happens has no body for a minute, but is answered.
        long status = 0;
        curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200)
            tell_head(r);
    }
    return r->dead ? 0 : n;
}

static void set_blob(CURL *easy, CURLoption opt, const char *pem)
{
    struct curl_blob blob = { .data = (void *)pem, .len = strlen(pem), .flags = CURL_BLOB_COPY };
    curl_easy_setopt(easy, opt, &blob);
}

// The steps of a handshake have their own corners of OpenSSL each: left behind one by one, they never add up.
static void on_tls_step(const SSL *ssl, int where, int ret)
{
    (void)ret;
    int state = SSL_get_state(ssl);
    if (where == SSL_CB_HANDSHAKE_START ||
        (where == SSL_CB_CONNECT_LOOP &&
            (state == TLS_ST_CR_CERT || state == TLS_ST_CR_CERT_VRFY || state == TLS_ST_CW_CERT_VRFY)))
        mem_drop_code();
}

static CURLcode on_tls_context(CURL *easy, void *context, void *arg)
{
    (void)easy;
    (void)arg;
    SSL_CTX_set_info_callback(context, on_tls_step);
    return CURLE_OK;
}

static void set_tls(struct http *h, CURL *easy)
{
    const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
    if (v->ssl_version && str_starts(v->ssl_version, "OpenSSL/"))
        curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (h->cluster->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    } else if (h->ca_pem) {
        set_blob(easy, CURLOPT_CAINFO_BLOB, h->ca_pem);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (h->cert_pem && h->key_pem) {
        set_blob(easy, CURLOPT_SSLCERT_BLOB, h->cert_pem);
        set_blob(easy, CURLOPT_SSLKEY_BLOB, h->key_pem);
        curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
        curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
    }
}

static void add_header(struct http_req *r, const char *name, const char *value)
{
    char *line = xasprintf("%s: %s", name, value);
    r->headers = curl_slist_append(r->headers, line);
    mem_wipe(line, strlen(line));
    free(line);
}

static void set_headers(struct http_req *r, const struct http_opts *o)
{
    struct http *h = r->http;
    add_header(r, "Accept", str_or(o->accept, "application/json"));
    if (o->content_type)
        add_header(r, "Content-Type", o->content_type);
    if (o->if_none_match && *o->if_none_match)
        add_header(r, "If-None-Match", o->if_none_match);
    // Credentials go to TLS servers only, as client-go does
    if (h->authorization && strcmp(h->scheme, "https") == 0)
        add_header(r, "Authorization", h->authorization);
    for (size_t i = 0; i < h->extra_headers.n; i++)
        r->headers = curl_slist_append(r->headers, h->extra_headers.v[i]);
    if (h->host_header)
        r->headers = curl_slist_append(r->headers, h->host_header);
    r->headers = curl_slist_append(r->headers, "Expect:");
    curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, r->headers);
}

static void set_body(struct http_req *r, const struct http_opts *o)
{
    if (strcmp(o->method, "GET") != 0)
        curl_easy_setopt(r->easy, CURLOPT_CUSTOMREQUEST, o->method);
    if (!o->body)
        return;
    r->body = xmalloc(o->body_len);
    memcpy(r->body, o->body, o->body_len);
    curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS, r->body);
    curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)o->body_len);
}

static void set_transport(struct http_req *r, const struct http_opts *o)
{
    struct http *h = r->http;
    CURL *e = r->easy;
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(e, CURLOPT_USERAGENT, "kview/" KVIEW_VERSION);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, 30L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, 15L);
    curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)IDLE_CONNECTION_S); // each holds half a megabyte
    curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, on_sockopt);
    curl_easy_setopt(e, CURLOPT_SOCKOPTDATA, r->lane);
    curl_easy_setopt(e, CURLOPT_PROXY, h->proxy);
    if (h->noproxy)
        curl_easy_setopt(e, CURLOPT_NOPROXY, h->noproxy);
    if (h->connect_to) {
        r->connect_to = curl_slist_append(NULL, h->connect_to);
        curl_easy_setopt(e, CURLOPT_CONNECT_TO, r->connect_to);
    }
    if (o->connect_only)
        curl_easy_setopt(e, CURLOPT_CONNECT_ONLY, 1L);
    // libcurl 7.88 crashes in curl_easy_send when HTTP/2 was negotiated on a CONNECT_ONLY connection
    bool http1 = o->one_shot_conn || o->connect_only;
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)(http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    // One connection for all, where there can be one: without TLS (kubectl proxy) libcurl 7.88 lets the others wait
    // for the end of the first, which for a watch is minutes away
    curl_easy_setopt(e, CURLOPT_PIPEWAIT, !http1 && strcmp(h->scheme, "https") == 0 ? 1L : 0L);
    if (http1 || o->fresh_conn) {
        curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(e, CURLOPT_FORBID_REUSE, o->connect_only ? 0L : 1L); // it would be closed when made
    }
    if (h->fresh > 0) {
        h->fresh--;
        curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
    }
    if (!o->stream && !o->connect_only)
        curl_easy_setopt(
            e, CURLOPT_TIMEOUT_MS, (long)(o->timeout_ms ? o->timeout_ms : DEFAULT_TIMEOUT_MS));
    // Never on watches: libcurl cannot decode one gzip member per flush (protocol.md of Kubernetes 1.37)
    if (o->gzip && !h->cluster->disable_compression)
        curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip");
}

// A request beside the streams waits where they are too many: then it has another connection.
static struct lane *choose_lane(struct http *h, const struct http_opts *o)
{
    int streams = 0;
    if (!o->beside)
        return o->stream ? &h->streams : &h->shorts;
    for (const struct http_req *r = h->reqs; r; r = r->next)
        streams += r->stream && !r->calm && !r->raw;
    return h->shares && streams <= SHARED_MAX ? &h->streams : &h->shorts;
}

struct http_req *http_send(
    struct http *h, const struct http_opts *o, const struct http_handlers *handlers, void *arg)
{
    struct http_req *r = xcalloc(1, sizeof(*r));
    r->http = h;
    r->lane = choose_lane(h, o);
    r->h = *handlers;
    r->arg = arg;
    r->stream = o->stream;
    r->calm = o->stream && o->one_shot_conn;
    r->raw = o->connect_only;
    r->retry_after = -1;
    buf_init(&r->error_body);
    buf_init(&r->lines);
    r->max_bytes = o->max_bytes ? o->max_bytes : o->stream ? 0 : HTTP_MAX_BODY;
    snprintf(r->what, sizeof(r->what), "%s %.*s", o->method, (int)strcspn(o->path, "?"), o->path);
    r->any_status = o->any_status;
    r->easy = curl_easy_init();
    BUG_ON(!r->easy);
    r->started = time_mono_ms();
    char *url = xasprintf("%s%s%s", h->origin, h->prefix, o->path);
    curl_easy_setopt(r->easy, CURLOPT_URL, url);
    curl_easy_setopt(r->easy, CURLOPT_PATH_AS_IS, 1L); // an object may be called ".."
    free(url);
    curl_easy_setopt(r->easy, CURLOPT_PRIVATE, r);
    curl_easy_setopt(r->easy, CURLOPT_ERRORBUFFER, r->curl_error);
    curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(r->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(r->easy, CURLOPT_HEADERDATA, r);
    curl_easy_setopt(r->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set_transport(r, o);
    set_tls(h, r->easy);
    set_headers(r, o);
    set_body(r, o);
    r->next = h->reqs;
    if (h->reqs)
        h->reqs->prev = r;
    h->reqs = r;
    h->nstreams += r->stream;
    loop_timer_start(h->kick, 0, 0);
    return r;
}

struct http_req *http_probe(struct http *h, const char *path, bool fresh, int64_t timeout_ms,
    const struct http_handlers *handlers, void *arg)
{
    struct http_opts o = { .method = "GET", .path = path, .beside = !fresh, .fresh_conn = fresh,
        .timeout_ms = timeout_ms };
    return http_send(h, &o, handlers, arg);
}

static void req_free(struct http_req *r)
{
    struct http *h = r->http;
    if (r->added)
        curl_multi_remove_handle(r->lane->multi, r->easy);
    curl_easy_cleanup(r->easy);
    curl_slist_free_all(r->headers);
    curl_slist_free_all(r->connect_to);
    free(r->body);
    buf_release(&r->error_body);
    buf_release(&r->lines);
    buf_release(&r->held);
    if (r->prev)
        r->prev->next = r->next;
    else
        h->reqs = r->next;
    if (r->next)
        r->next->prev = r->prev;
    h->nstreams -= r->stream;
    free(r);
}

static void on_kick(void *arg)
{
    struct http *h = arg;
    for (struct http_req *r = h->reqs, *next; r; r = next) {
        next = r->next;
        if (r->dead) {
            req_free(r);
        } else if (!r->added) {
            r->added = true;
            curl_multi_add_handle(r->lane->multi, r->easy);
        }
    }
}

void http_cancel(struct http_req *r)
{
    if (!r)
        return;
    r->dead = true;
    loop_timer_start(r->http->kick, 0, 0);
}

void http_pause(struct http_req *r, bool paused)
{
    curl_easy_pause(r->easy, paused ? CURLPAUSE_RECV : CURLPAUSE_CONT);
}

long http_raw_send(struct http_req *r, const void *data, size_t n, struct err *err)
{
    size_t sent = 0;
    CURLcode rc = curl_easy_send(r->easy, data, n, &sent);
    if (rc == CURLE_OK)
        return (long)sent;
    if (rc == CURLE_AGAIN)
        return 0;
    http_error_from_curl(err, (int)rc, r->curl_error, r->http->host, r->http->proxy);
    return -1;
}

long http_raw_recv(struct http_req *r, void *data, size_t n, struct err *err)
{
    size_t got = 0;
    CURLcode rc = curl_easy_recv(r->easy, data, n, &got);
    if (rc == CURLE_AGAIN)
        return 0;
    if (rc == CURLE_OK && got)
        return (long)got;
    if (rc == CURLE_OK)
        err_set(err, "the server closed the connection");
    else
        http_error_from_curl(err, (int)rc, r->curl_error, r->http->host, r->http->proxy);
    return -1;
}

int http_raw_fd(struct http_req *r)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    curl_easy_getinfo(r->easy, CURLINFO_ACTIVESOCKET, &fd);
    return fd == CURL_SOCKET_BAD ? -1 : (int)fd;
}

void http_raw_head(struct http *h, const char *path, const char *more, struct buf *out)
{
    const char *authority = strstr(h->origin, "://") + 3;
    buf_printf(out, "GET %s%s HTTP/1.1\r\n", h->prefix, path);
    if (h->host_header)
        buf_printf(out, "%s\r\n", h->host_header);
    else
        buf_printf(out, "Host: %s\r\n", authority);
    buf_puts(out, "User-Agent: kview/" KVIEW_VERSION "\r\n");
    if (h->authorization && strcmp(h->scheme, "https") == 0)
        buf_printf(out, "Authorization: %s\r\n", h->authorization);
    for (size_t i = 0; i < h->extra_headers.n; i++)
        buf_printf(out, "%s\r\n", h->extra_headers.v[i]);
    buf_printf(out, "%s\r\n", more);
}

static void describe_failure(struct http_req *r, CURLcode rc, struct http_result *res)
{
    if (r->too_large) {
        size_t kb = r->max_bytes >> 10;
        err_set(&res->err, "the answer to %s is larger than %zu %s", r->what, kb < 1024 ? kb : kb >> 10,
            kb < 1024 ? "KB" : "MB");
        err_hint(&res->err, "is this a Kubernetes API server?");
        return;
    }
    if (rc == CURLE_OK || r->cut) {
        http_error_from_status(&res->err, r->status, r->error_body.s, r->error_body.n);
        return;
    }
    http_error_from_curl(&res->err, (int)rc, r->curl_error, r->http->host, r->http->proxy);
}

static int64_t took_ms(const struct http_req *r, int64_t until)
{
    return time_stands_still() ? 0 : until - r->started;
}

static void finish(struct http_req *r, CURLcode rc)
{
    if (r->dead) {
        req_free(r);
        return;
    }
    if (r->held.n) { // its end comes after what is held
        r->ended = true;
        r->end = rc;
        return;
    }
    long status = 0;
    curl_off_t bytes = 0;
    curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(r->easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
    if (rc == CURLE_OK && !r->raw)
        tell_head(r);
    r->status = (int)status;
    r->http->bytes_in += (uint64_t)bytes;
    struct http_result res = { .status = r->status,
        .bytes_in = (uint64_t)bytes,
        .ms = took_ms(r, time_mono_ms()),
        .retry_after = r->retry_after };
    res.first_ms = r->first_at ? took_ms(r, r->first_at) : -1;
    res.ok = rc == CURLE_OK && (r->raw || (status >= 200 && status < 300) || status == 304);
    if (!res.ok)
        describe_failure(r, rc, &res);
    if (res.ok && r->raw) { // stays in the multi: removing it closes the connection
        r->h.on_done(r->arg, &res);
        return;
    }
    struct http_handlers h = r->h;
    void *arg = r->arg;
    bool dead = r->dead;
    char warning[MAX_HEADER_TEXT];
    struct buf body = r->error_body;
    memcpy(warning, r->warning, sizeof(warning));
    res.warning = warning;
    res.error_body = body.s;
    buf_init(&r->error_body);
    req_free(r);
    if (!dead)
        h.on_done(arg, &res);
    buf_wipe(&body);
}

// libcurl reuses no connection older than the maximum age: all that are idle now are dropped at their
// next use; running streams are ended by their owners.
void http_reset_connections(struct http *h)
{
    struct lane *lanes[] = { &h->streams, &h->shorts };
    for (size_t i = 0; i < ARRAY_SIZE(lanes); i++) {
        curl_multi_setopt(lanes[i]->multi, CURLMOPT_MAXCONNECTS, 1L);
        curl_multi_setopt(lanes[i]->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
    }
    for (struct http_req *r = h->reqs; r; r = r->next)
        curl_easy_setopt(r->easy, CURLOPT_FORBID_REUSE, 1L);
    h->fresh = 2; // one a lane
}

uint64_t http_bytes_in(const struct http *h)
{
    uint64_t total = h->bytes_in;
    for (const struct http_req *r = h->reqs; r; r = r->next) {
        curl_off_t bytes = 0;
        curl_easy_getinfo(r->easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
        total += (uint64_t)bytes;
    }
    return total;
}

int64_t http_heard_ms(const struct http *h)
{
    return h->heard_ms;
}

int64_t http_any_ms(const struct http *h)
{
    return h->any_ms;
}

bool http_shares(const struct http *h)
{
    return h->shares;
}

bool http_connected(const struct http_req *r)
{
    curl_off_t took = 0;
    return curl_easy_getinfo(r->easy, CURLINFO_CONNECT_TIME_T, &took) == CURLE_OK && took > 0;
}

unsigned http_streams(const struct http *h)
{
    return h->nstreams;
}
