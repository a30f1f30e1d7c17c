// Completion of `:`: kinds, views, commands, namespaces after a kind, contexts after @, by fuzzy match.
#ifndef APP_COMPLETE_H
#define APP_COMPLETE_H

#include "ui/prompt.h"

void complete_command(void *arg, const char *text, struct choices *out); // arg: struct app

#endif
