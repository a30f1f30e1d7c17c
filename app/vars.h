// The variables of a configured command ($NAME, $COL-STATUS …) and what they are put into: one argument each, never text
// that a shell reads again. Code given to an interpreter (sh -c CODE) is left as it is; it reads them from the environment.
#ifndef APP_VARS_H
#define APP_VARS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/err.h"

struct var {
    char *name, *value; // value NULL: what is selected has none of it
};
struct vars {
    ARR(struct var) v;
};
struct var_help { // for the manual
    const char *name, *means;
};
extern const struct var_help vars_help[]; // ends with a NULL name

void vars_set(struct vars *v, const char *name, const char *value);
void vars_cut(struct vars *v, size_t n); // the first n stay
void vars_release(struct vars *v);

// The words of a command with its variables. False: err says which of them is missing, or must not be given.
bool vars_argv(const struct vars *v, const json_t *words, char ***argv, struct err *err);
// The environment of a process with them: COL-READY as COL_READY. Names that it does not use and that mean something
// else to programs (USER) keep their value.
char **vars_env(const struct vars *v, const json_t *words);
void vars_free_list(char **list);
// Whether words[i] is code for an interpreter that words[i - 1] begins: sh -c, python3 -c, perl -e.
bool vars_is_code(const json_t *words, size_t i);
// Whether an interpreter of a command runs on this machine with kview's environment, not in a container.
bool vars_code_is_here(const json_t *words, size_t code);
// Whether code or an argument names the variable: $NAME or ${NAME…}.
bool vars_names(const char *text, const char *name);
bool vars_is(const char *name, size_t n); // a variable's name, other than a column's
// The first name in text, in capitals, that is no variable but nearly one; false: there is none.
bool vars_misspelt(const char *text, char *name, size_t n, const char **near);
// A command as one would type it in a shell.
void vars_put_quoted(struct buf *out, char *const *argv);
// The variables that its code reads, "NAME=web NAMESPACE=shop"; nothing appended: it has no code.
void vars_put_read(const struct vars *v, const json_t *words, struct buf *out);

#endif
