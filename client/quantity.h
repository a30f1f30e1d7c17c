// resource.Quantity of apimachinery: "100m", "1.5Gi", "12e3" to whole numbers and back as kubectl prints.
#ifndef CLIENT_QUANTITY_H
#define CLIENT_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

bool quantity_milli(const char *s, int64_t *out); // CPU: "250m" -> 250, "1" -> 1000, rounded up
bool quantity_bytes(const char *s, int64_t *out); // "64Mi" -> 67108864, rounded up; also plain counts
void quantity_format_cpu(int64_t milli, char out[24]);   // kubectl top: "250m"
void quantity_format_mem(int64_t bytes, char out[24]);   // kubectl top: "96Mi"

#endif
