// What a command of the configuration asks for before it runs (`inputs:`): what they are, whether a text is a value of
// one, and asking for them, one line each. A value is $INPUT_NAME, put in as every variable is (app/vars.h).
#ifndef APP_INPUT_H
#define APP_INPUT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arr.h"
#include "base/err.h"

struct app;

enum { MAX_INPUTS = 5 }; // as k9s
enum input_type { INPUT_STRING, INPUT_NUMBER, INPUT_BOOL, INPUT_DROPDOWN };
struct input {
    char *name, *var, *label, *fallback; // "size", "INPUT_SIZE", "New size", "": none
    enum input_type type;
    bool required;
    json_t *options; // of a dropdown: a list of texts
};
struct inputs {
    ARR(struct input) v;
};
struct answers { // in the order of the inputs; NULL: not given yet
    char *v[MAX_INPUTS];
};
struct inputs_then { // done is not called where one is left with Esc, free_arg in any case
    void (*done)(struct app *app, void *arg, const struct answers *given);
    void *arg;
    void (*free_arg)(void *arg);
};

// Adds one of the configuration; false: err says what is wrong with it.
bool inputs_add(struct inputs *all, const json_t *from, struct err *err);
void inputs_release(struct inputs *all);
// The first $INPUT_… in text that is none of them, to be freed by the caller; NULL: there is none.
char *inputs_unknown(const struct inputs *all, const char *text);
bool input_check(const struct input *in, const char *text, struct err *err);
// Those of a command's line: size=10Gi image="a b".
bool inputs_given(const struct inputs *all, const char *args, struct answers *out, struct err *err);
void answers_release(struct answers *a);
// Asks for those not given, then goes on; takes over what is in given.
void inputs_ask(struct app *app, const struct inputs *all, const struct answers *given, const struct inputs_then *then);

#endif
