// The cells of each built-in kind's Table row, as pkg/printers/internalversion/printers.go prints them;
// the column names stand in the table of demo/kinds.c.
#ifndef DEMO_PRINT_H
#define DEMO_PRINT_H

#include "demo/kinds.h"

row_fn print_pod, print_pdb, print_replicas, print_daemonset, print_job, print_cronjob, print_service,
    print_ingress, print_ingressclass, print_statefulset, print_endpoints, print_endpointslice,
    print_node, print_event, print_namespace, print_secret, print_name_age, print_pv, print_pvc,
    print_configmap, print_csr, print_lease, print_binding, print_created, print_storageclass,
    print_revision, print_quota, print_priorityclass, print_deployment, print_hpa,
    print_networkpolicy, print_webhooks, print_apiservice, print_volumeattachment, print_csinode,
    print_csidriver, print_runtimeclass, print_flowschema, print_prioritylevel, print_custom,
    print_podtemplate, print_scale, print_servicecidr, print_ipaddress;

void cell_str(struct cell_ctx *c, const char *s);
void cell_int(struct cell_ctx *c, int64_t n);
void cell_age(struct cell_ctx *c); // of the object itself
// The "Completed" row condition of finished Pods, or NULL. A new reference.
json_t *print_pod_conditions(const json_t *pod);

#endif
