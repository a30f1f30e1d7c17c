// Words of k9s and kubectl that kview has otherwise: each says where.
#ifndef APP_FOREIGN_H
#define APP_FOREIGN_H

#include <stdbool.h>

#include "base/err.h"

// Whether it is one of them; then err says what is here in its place.
bool foreign_word(const char *word, struct err *err);

#endif
