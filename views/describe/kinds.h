// The describers, one a kind: each writes what kubectl's writes, but for the events, which come last anyway.
#ifndef VIEWS_DESCRIBE_KINDS_H
#define VIEWS_DESCRIBE_KINDS_H

#include "views/describe/writer.h"

typedef void describe_fn(struct dw *w, const json_t *doc);

// workloads.c
describe_fn describe_deployment, describe_replicaset, describe_rc, describe_statefulset,
    describe_daemonset, describe_job, describe_cronjob, describe_hpa, describe_pdb;
// network.c
describe_fn describe_service, describe_endpoints, describe_endpointslice, describe_ingress,
    describe_ingressclass, describe_netpol, describe_servicecidr, describe_ipaddress;
// config.c
describe_fn describe_configmap, describe_secret, describe_quota, describe_limitrange,
    describe_namespace, describe_priorityclass;
// storage.c
describe_fn describe_pv, describe_pvc, describe_storageclass, describe_vac, describe_csinode;
// access.c
describe_fn describe_serviceaccount, describe_role, describe_binding, describe_csr;
// node.c
describe_fn describe_node;
// generic.c
describe_fn describe_generic;

#endif
