// The fields that a kind wants, as a tree of their names: what prune and proto look into, and nobody else.
#ifndef CLIENT_PRUNE_NODE_H
#define CLIENT_PRUNE_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arr.h"

// What to do with the value found at a place of the document.
enum node_role {
    NODE_KEEP,    // becomes part of the tree when it is wanted
    NODE_EMIT,    // the root of one object: handed out at its end
    NODE_COLUMNS, // columnDefinitions of a Table
    NODE_LIST_META,
    NODE_TYPE, // the type of a watch event
    NODE_SAID, // what the whole document says it is
    NODE_KIND, // what one object says it is; part of its tree as well, where that is wanted
};
struct node {
    char *key; // NULL for the elements of an array
    size_t key_len;
    enum node_role role;
    bool all; // the whole subtree
    ARR(struct node *) children;
};
struct prune_paths {
    struct node *root; // of an object
};

// What of this node's value is wanted under that key, or, where key is NULL, of each element of it; NULL: nothing.
struct node *node_child(const struct node *node, const char *key, size_t n);

#endif
