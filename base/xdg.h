// Where kview's files are, after the XDG Base Directory Specification.
#ifndef BASE_XDG_H
#define BASE_XDG_H

// $XDG_CONFIG_HOME/kview/NAME, $XDG_STATE_HOME/kview/NAME; a variable that is no absolute path is ignored, as the
// specification says. The caller frees. Nothing is made.
char *xdg_config(const char *name);
char *xdg_state(const char *name);
// A path as typed: "~/x" is $HOME/x. The caller frees.
char *path_typed(const char *typed);

#endif
