#include "kinds/family.h"

#include "kinds/kinds.h"

const struct kind *const kind_family[FAMILY_SIZE] = { &kind_ingresses, &kind_httproutes, &kind_grpcroutes, &kind_services,
    &kind_endpointslices, &kind_deployments, &kind_statefulsets, &kind_daemonsets, &kind_cronjobs, &kind_jobs,
    &kind_replicasets, &kind_replicationcontrollers, &kind_pods, &kind_containers };

bool kind_has_family(const struct kind *kind)
{
    for (int i = 0; i < FAMILY_SIZE; i++)
        if (kind_family[i] == kind)
            return kind != &kind_containers;
    return false;
}
