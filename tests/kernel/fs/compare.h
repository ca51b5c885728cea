// Does what a model does, on the file system, and compares the two. In a process.
#pragma once

#include "fs/inode.h"
#include "model.h"

struct owner {
    char directory[16]; // the path of the process's directory
    struct inode *handles[HANDLES];
};

// 0 or more: it worked (bytes written, with WRITE); -1: it did not.
int64_t perform(struct owner *owner, const struct change *change);

// Whether the file system has exactly what the model says. With why, the first difference is said.
bool matches(const struct owner *owner, const struct model *model, bool why);

// How many bytes of the change, a WRITE, are there: the rest of the file is as in the model. -1:
// the file is something else.
int64_t written_part(const struct owner *owner, struct model *model, const struct change *change);
