// kubeconfig as client-go reads it (clientcmd loader.go, client_config.go): merge of files, paths
// relative to the file that defines a stanza, precedence and validation. Read only: never written.
#ifndef CLIENT_KUBECONFIG_H
#define CLIENT_KUBECONFIG_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arr.h"
#include "base/err.h"

struct plugins;
struct kube_cluster {
    char *name, *server, *tls_server_name, *proxy_url;
    char *ca_file, *ca_data; // ca_data: PEM, decoded
    bool insecure, disable_compression;
    json_t *exec_config; // extension client.authentication.k8s.io/exec, or NULL
};
struct kube_exec {
    char *api_version, *command, *install_hint, *interactive_mode;
    ARR(char *) args;
    ARR(char *) env; // "NAME=value"
    bool provide_cluster_info;
};
struct kube_user {
    char *name, *token, *token_file, *username, *password;
    char *cert_file, *cert_data, *key_file, *key_data; // *_data: PEM, decoded
    char *act_as, *act_as_uid;
    ARR(char *) act_as_groups;
    json_t *act_as_extra;  // {key: [values]}
    struct kube_exec *exec;
    char *auth_provider;        // "oidc", or one that client-go removed
    json_t *auth_provider_conf; // {key: value}
};
struct kube_context {
    char *name, *cluster, *user, *ns, *file; // file: that defined it
};
struct kubeconfig {
    ARR(struct kube_cluster) clusters;
    ARR(struct kube_user) users;
    ARR(struct kube_context) contexts;
    struct plugins *plugins; // the runs of their credential plugins
    json_t *places[3]; // of the three: name -> index
    char *current;      // may be NULL
    ARR(char *) files;  // that were read
    ARR(char *) warnings;
    bool in_cluster;
};
// What one connection needs, resolved and validated. Borrows from the kubeconfig.
struct kube_target {
    const struct kube_context *context;
    const struct kube_cluster *cluster;
    const struct kube_user *user; // never NULL
    const char *ns;               // the namespace to begin in, never NULL
    struct plugins *plugins;      // shared by all contexts; NULL: none are
};

// path: --kubeconfig or NULL for KUBECONFIG, ~/.kube/config, in-cluster. NULL with err set when nothing
// can be read: err names the files looked for and, for broken YAML, file:line:column.
struct kubeconfig *kubeconfig_load(const char *path, struct err *err);
void kubeconfig_free(struct kubeconfig *kc); // wipes secrets
// context NULL: current-context. err names the nearest context when it does not exist.
bool kubeconfig_resolve(const struct kubeconfig *kc, const char *context, struct kube_target *out,
    struct err *err);

#endif
