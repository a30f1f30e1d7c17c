// What Service, Ingress and Gateway share: the addresses a load balancer gave.
#ifndef KINDS_NETWORK_H
#define KINDS_NETWORK_H

#include <jansson.h>

#include "base/buf.h"

// IPs, else host names, of status.loadBalancer, sorted, each once (printers.go
// loadBalancerStatusStringer; the server never shortens them in Tables).
void lb_addresses(const json_t *obj, struct buf *out);

#endif
