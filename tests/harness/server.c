#include "tests/harness/server.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/yaml.h"

enum { START_MS = 30000, REQUEST_MS = 20000 };

static pid_t spawn(const struct server *s, const char *program, const char *scenario, int ready)
{
    char fd[16];
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    snprintf(fd, sizeof(fd), "%d", ready);
    fcntl(ready, F_SETFD, 0);
    execl(program, program, "--kubeconfig", s->kubeconfig, "--scenario", scenario, "--fixed-time",
        HARNESS_NOW, "--frozen", "--ready-fd", fd, (char *)NULL);
    perror(program);
    _exit(127);
}

static bool read_kubeconfig(struct server *s, struct err *err)
{
    struct buf text = BUF_INIT;
    if (!file_read(s->kubeconfig, 1 << 20, &text, err))
        return false;
    json_t *doc = yaml_load(text.s, text.n, s->kubeconfig, err);
    buf_release(&text);
    for (size_t i = 0; doc && i < 3; i++)
        s->url[i] = xstrdup(json_str(json_array_get(json_at(doc, "clusters", NULL), i), "cluster",
            "server", NULL));
    s->token = xstrdup(json_str(json_array_get(json_at(doc, "users", NULL), 0), "user", "token", NULL));
    bool ok = doc != NULL;
    json_decref(doc);
    return ok;
}

bool server_start(struct server *s, const char *program, const char *scenario, struct err *err)
{
    char dir[] = "/tmp/kview-pty-XXXXXX", byte;
    int fds[2];
    memset(s, 0, sizeof(*s));
    if (!mkdtemp(dir) || pipe2(fds, O_CLOEXEC) < 0)
        return err_set(err, "no temporary folder or pipe");
    s->dir = xstrdup(dir);
    s->kubeconfig = xasprintf("%s/kubeconfig", dir);
    s->pid = spawn(s, program, scenario, fds[1]);
    close(fds[1]);
    struct pollfd p = { .fd = fds[0], .events = POLLIN };
    bool ok = s->pid > 0 && poll(&p, 1, START_MS) == 1 && read(fds[0], &byte, 1) == 1;
    close(fds[0]);
    if (!ok)
        return err_set(err, "the demo cluster %s (scenario %s) did not start", program, scenario);
    return read_kubeconfig(s, err);
}

bool server_stop(struct server *s)
{
    int status = 0;
    if (s->pid > 0) {
        kill(s->pid, SIGTERM);
        waitpid(s->pid, &status, 0);
    }
    if (s->kubeconfig)
        unlink(s->kubeconfig);
    if (s->dir)
        rmdir(s->dir);
    for (size_t i = 0; i < 3; i++)
        free(s->url[i]);
    free(s->dir);
    free(s->kubeconfig);
    free(s->token);
    memset(s, 0, sizeof(*s));
    return status == 0;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    buf_add(arg, data, size * n);
    return size * n;
}

bool server_request(struct server *s, const char *method, const char *path, const char *body,
    struct err *err)
{
    struct buf answer = BUF_INIT;
    char *url = xasprintf("%s%s", s->url[0], path), *auth = xasprintf("Authorization: Bearer %s", s->token);
    const char *type = str_eq(method, "PATCH") ? "Content-Type: application/merge-patch+json"
                                               : "Content-Type: application/json";
    struct curl_slist *headers = curl_slist_append(curl_slist_append(NULL, auth), type);
    CURL *c = curl_easy_init();
    long status = 0;
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L); // a loopback child with a certificate of this minute
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)REQUEST_MS);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &answer);
    if (*body)
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
    CURLcode rc = curl_easy_perform(c);
    if (rc == CURLE_GOT_NOTHING && str_eq(path, "/kview-admin/close"))
        rc = CURLE_OK; // it closes this connection too
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    if (rc != CURLE_OK)
        err_set(err, "%s %s: %s", method, path, curl_easy_strerror(rc));
    else if (status >= 300)
        err_set(err, "%s %s: %ld %.400s", method, path, status, answer.s);
    if (rc == CURLE_OK && str_starts(path, "/kview-admin/token?v=")) { // the old one is refused now
        free(s->token);
        s->token = xstrdup(strchr(path, '=') + 1);
    }
    curl_easy_cleanup(c);
    curl_slist_free_all(headers);
    free(url);
    free(auth);
    buf_release(&answer);
    return rc == CURLE_OK && status < 300;
}
