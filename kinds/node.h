// The fields of a Node's row (kinds/cluster.c), for what adds nodes up.
#ifndef KINDS_NODE_H
#define KINDS_NODE_H

enum node_field {
    N_STATUS,
    N_ROLES,
    N_VERSION,
    N_INTERNAL,
    N_EXTERNAL,
    N_OS,
    N_KERNEL,
    N_RUNTIME,
    N_POOL,
    N_ZONE,
    N_TYPE,
    N_TAINTS,
    N_CPU, // millicores that can be allocated, -1 unknown
    N_MEM, // bytes
    N_PODS,
    N_CAP, // "spot", "od", ""
    N_ARCH,
    N_COUNT
};

#endif
