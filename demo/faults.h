// Faults that tests switch on through /kview-admin/ (demo/README.md lists them), each for one cluster,
// optionally for paths that contain a text, and for a number of requests.
#ifndef DEMO_FAULTS_H
#define DEMO_FAULTS_H

#include "demo/cluster.h"
#include "demo/server.h"

struct faults;
struct faults *faults_new(struct server *s);
void faults_free(struct faults *f);
// From the beginning, for every request. False: there is no such kind.
bool faults_add(struct faults *f, const struct cluster *cl, const char *kind, int64_t value);
// Serves /kview-admin/...
void faults_admin(struct faults *f, struct cluster *cl, struct req *rq, const char *path);
void faults_plan(struct faults *f, struct cluster *cl, struct req *rq, const struct req_info *info,
    const char *path, struct fault_plan *plan);
// The reply of a failing API server, as the real one words it.
void faults_reply(struct req *rq, int status);

#endif
