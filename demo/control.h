// The controllers that make a cluster live: deployments, replica sets, scheduler, kubelets, endpoints,
// garbage collection and the others, each in its demo/ctl_*.c, told of every change and driven by the
// cluster's clock.
#ifndef DEMO_CONTROL_H
#define DEMO_CONTROL_H

#include <stdint.h>

#include "demo/cluster.h"

void control_start(struct cluster *cl);
void control_stop(struct cluster *cl);
// The periodic work of a running cluster (heartbeats, CronJobs, metrics): from the end of loading on.
void control_live(struct cluster *cl);
// Changes `rate` Pods a second in a way that clients see (0: stops).
void control_churn(struct cluster *cl, int64_t rate);
// N Pods in Deployments of the namespace "scale", made without the controllers' delays.
void control_scale_pods(struct cluster *cl, int64_t n);

// Each controller: told of events; sees keys "ns/name" through sim_once.
void ctl_claim_event(struct cluster *cl, const struct db_event *ev);
void ctl_deployment_event(struct cluster *cl, const struct db_event *ev);
void ctl_replicaset_event(struct cluster *cl, const struct db_event *ev);
void ctl_statefulset_event(struct cluster *cl, const struct db_event *ev);
void ctl_daemonset_event(struct cluster *cl, const struct db_event *ev);
void ctl_job_event(struct cluster *cl, const struct db_event *ev);
void ctl_scheduler_event(struct cluster *cl, const struct db_event *ev);
void ctl_kubelet_event(struct cluster *cl, const struct db_event *ev);
void ctl_endpoints_event(struct cluster *cl, const struct db_event *ev);
void ctl_gc_event(struct cluster *cl, const struct db_event *ev);
void ctl_namespace_event(struct cluster *cl, const struct db_event *ev);
void ctl_volume_event(struct cluster *cl, const struct db_event *ev);
void ctl_policy_event(struct cluster *cl, const struct db_event *ev);
void ctl_crd_event(struct cluster *cl, const struct db_event *ev);
void ctl_csr_event(struct cluster *cl, const struct db_event *ev);
void ctl_node_event(struct cluster *cl, const struct db_event *ev);
void ctl_node_live(struct cluster *cl);
void ctl_cronjob_live(struct cluster *cl);
void ctl_event_ttl_live(struct cluster *cl);

#endif
