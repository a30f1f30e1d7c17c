// What a PodSpec uses (ConfigMaps, Secrets, claims, ServiceAccount), shared by Pods and all templates.
#ifndef KINDS_PODSPEC_H
#define KINDS_PODSPEC_H

#include "client/row.h"

// The paths podspec_links reads under a template's PodSpec at `at`; Pods may have ephemeral containers too.
#define PODSPEC_LINK_PATHS(at)                                                                     \
    PODSPEC_ENV_PATHS(at ".containers[]"), PODSPEC_ENV_PATHS(at ".initContainers[]"),              \
        at ".volumes[].configMap.name",                                                            \
        at ".volumes[].secret.secretName", at ".volumes[].persistentVolumeClaim.claimName",        \
        at ".volumes[].projected.sources[].configMap.name",                                        \
        at ".volumes[].projected.sources[].secret.name", at ".imagePullSecrets",                   \
        at ".serviceAccountName", at ".resourceClaims[].resourceClaimName", at ".priorityClassName", \
        at ".runtimeClassName"
#define PODSPEC_ENV_PATHS(c)                                                                       \
    c ".env[].valueFrom.configMapKeyRef.name", c ".env[].valueFrom.secretKeyRef.name",             \
        c ".envFrom[].configMapRef.name", c ".envFrom[].secretRef.name"
// Names and images of the containers of a PodSpec.
#define PODSPEC_IMAGE_PATHS(at) at ".containers[].name", at ".containers[].image"

// What podspec_links may lead to (kind.refers).
#define PODSPEC_REFERS                                                                             \
    "configmaps", "secrets", "persistentvolumeclaims", "resourceclaims", "serviceaccounts", "priorityclasses", "runtimeclasses"

void podspec_links(struct row_builder *b, const char *ns, const json_t *spec);
// "app,sidecar" and "img:1,img:2" of a template's containers, as kubectl -o wide prints them.
void podspec_containers(const json_t *spec, struct buf *names, struct buf *images);

#endif
