// What a directory of one process should hold: a model in plain memory of what the file system
// does.
//
// A model is a value: copying one with model_copy() is cheap, since contents are shared and never
// changed. So the states before and after a change are both at hand when power goes off in between.
#pragma once

#include "random.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TOPS = 6,     // names in the process's directory
    CHILDREN = 4, // names in a directory there
    OBJECTS = TOPS * (1 + CHILDREN) + 2,
    HANDLES = 2, // files that the process has open
};

enum kind { NOTHING, DIRECTORY, PLAIN_FILE, DEVICE };

// What a name leads to.
struct node {
    enum kind kind;
    unsigned object; // of a file
    unsigned minor;  // of a device
};

struct content; // bytes

struct object {
    struct content *content; // 0: not in use
    unsigned links, handles;
};

struct model {
    struct node top[TOPS];
    struct node child[TOPS][CHILDREN];
    struct object objects[OBJECTS];
    int handles[HANDLES]; // objects; -1: none
};

// A name: child -1 is the one at the top.
struct where {
    int top, child;
};

enum action {
    CREATE,
    MAKE_DIRECTORY,
    MAKE_DEVICE,
    LINK,
    UNLINK,
    TRUNCATE,
    WRITE,
    OPEN,
    CLOSE,
    READ
};

struct change {
    enum action action;
    struct where where, other; // other: the old name of LINK
    int handle;                // of OPEN, CLOSE; of WRITE and TRUNCATE, where it is not -1
    unsigned minor;
    bool append;
    uint64_t offset, size, seed; // of WRITE, whose bytes come from the seed
};

void model_init(struct model *model);
struct model model_copy(const struct model *model);
void model_free(struct model *model);

// Chooses something to do, mostly something that can be done.
struct change model_choose(const struct model *model, struct random *random, uint64_t largest);

// Does it. Whether it can be done; of WRITE, all of it.
bool model_apply(struct model *model, const struct change *change);

// The bytes that WRITE writes; free() them.
uint8_t *change_bytes(const struct change *change);

// The object that a change is about; 0 where there is none.
struct object *model_object(struct model *model, const struct change *change);
const struct node *model_node(const struct model *model, struct where where);

const uint8_t *object_bytes(const struct object *object);
uint64_t object_size(const struct object *object);
