#include "compare.h"
#include "fs/namespace.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct path {
    char text[48];
};

static struct path path_of(const struct owner *owner, struct where where)
{
    struct path path;
    if (where.child < 0)
        snprintf(path.text, sizeof path.text, "%s/top%d", owner->directory, where.top);
    else
        snprintf(path.text, sizeof path.text, "%s/top%d/inner-name-%d", owner->directory, where.top,
                 where.child); // of 12 bytes
    return path;
}

static struct inode *file_of(struct owner *owner, const struct change *change)
{
    if (change->handle >= 0)
        return owner->handles[change->handle] ? inode_share(owner->handles[change->handle]) : 0;
    struct inode *root = fs_root();
    struct inode *inode = fs_lookup(root, path_of(owner, change->where).text);
    inode_put(root);
    if (inode && inode_type(inode) == FS_FILE)
        return inode;
    if (inode)
        inode_put(inode);
    return 0;
}

static int64_t write_file(struct inode *inode, const struct change *change)
{
    uint8_t *bytes = change_bytes(change);
    uint64_t offset = change->offset;
    int64_t result = inode_write(inode, kernel_place(bytes), &offset, change->size, change->append);
    free(bytes);
    return result;
}

static int64_t use_file(struct owner *owner, const struct change *change)
{
    struct inode *inode = file_of(owner, change);
    if (!inode)
        return -1;
    int64_t result = 0;
    if (change->action == WRITE)
        result = write_file(inode, change);
    if (change->action == TRUNCATE)
        result = inode_truncate(inode);
    inode_put(inode);
    return result;
}

static int create_file(struct inode *root, const char *path)
{
    struct inode *inode = fs_open(root, path, O_CREATE | O_RDWR);
    if (!inode)
        return -1;
    inode_put(inode);
    return 0;
}

static int open_file(struct owner *owner, const struct change *change)
{
    struct change by_path = *change;
    by_path.handle = -1;
    if (owner->handles[change->handle])
        return -1;
    owner->handles[change->handle] = file_of(owner, &by_path);
    return owner->handles[change->handle] ? 0 : -1;
}

static int close_file(struct owner *owner, int handle)
{
    if (!owner->handles[handle])
        return -1;
    inode_put(owner->handles[handle]);
    owner->handles[handle] = 0;
    return 0;
}

static int64_t perform_at(struct owner *owner, const struct change *change, struct inode *root,
                          const char *path)
{
    switch (change->action) {
    case CREATE:
        return create_file(root, path);
    case MAKE_DIRECTORY:
        return fs_make_directory(root, path);
    case MAKE_DEVICE:
        return fs_make_device(root, path, 3, change->minor);
    case LINK:
        return fs_link(root, path_of(owner, change->other).text, path);
    case UNLINK:
        return fs_unlink(root, path);
    case OPEN:
        return open_file(owner, change);
    case CLOSE:
        return close_file(owner, change->handle);
    case TRUNCATE:
    case WRITE:
    case READ:
        return use_file(owner, change);
    }
    abort();
}

int64_t perform(struct owner *owner, const struct change *change)
{
    struct inode *root = fs_root();
    int64_t result = perform_at(owner, change, root, path_of(owner, change->where).text);
    inode_put(root);
    return result;
}

// Comparing.

static bool differs(bool why, const char *path, const char *what)
{
    if (why)
        fprintf(stderr, "%s: %s\n", path, what);
    return false;
}

static uint8_t *read_all(struct inode *inode, uint64_t *size)
{
    inode_lock(inode);
    *size = inode_size(inode);
    uint8_t *bytes = malloc(*size + 1);
    int64_t result = inode_read(inode, kernel_place(bytes), 0, *size + 1);
    inode_unlock(inode);
    if (result == (int64_t)*size)
        return bytes;
    free(bytes);
    return 0;
}

static bool file_matches(struct inode *inode, const struct object *object, const char *path,
                         bool why)
{
    uint64_t size;
    uint8_t *bytes = read_all(inode, &size);
    if (!bytes)
        return differs(why, path, "cannot be read");
    bool right = size == object_size(object) && memcmp(bytes, object_bytes(object), size) == 0;
    free(bytes);
    if (inode_links(inode) != object->links)
        return differs(why, path, "the number of links is wrong");
    return right || differs(why, path, "the content is wrong");
}

static bool node_matches(struct inode *inode, const struct model *model, const struct node *node,
                         const char *path, bool why)
{
    static const enum fs_type types[] = {[NOTHING] = FS_FREE,
                                         [DIRECTORY] = FS_DIRECTORY,
                                         [PLAIN_FILE] = FS_FILE,
                                         [DEVICE] = FS_DEVICE};
    if ((inode ? inode_type(inode) : FS_FREE) != types[node->kind])
        return differs(why, path, inode ? "is of the wrong type" : "is missing");
    if (node->kind == PLAIN_FILE)
        return file_matches(inode, &model->objects[node->object], path, why);
    if (node->kind == DEVICE && inode->disk.minor != node->minor)
        return differs(why, path, "the device's number is wrong");
    return true;
}

static bool where_matches(const struct owner *owner, const struct model *model, struct where where,
                          bool why)
{
    struct path path = path_of(owner, where);
    struct inode *root = fs_root();
    struct inode *inode = fs_lookup(root, path.text);
    bool right = node_matches(inode, model, model_node(model, where), path.text, why);
    if (inode)
        inode_put(inode);
    inode_put(root);
    return right;
}

static unsigned count_entries(const char *path)
{
    struct inode *root = fs_root();
    struct inode *inode = fs_lookup(root, path);
    inode_put(root);
    uint64_t size;
    struct fs_entry *entries = (struct fs_entry *)read_all(inode, &size);
    unsigned count = 0;
    for (uint64_t i = 0; i < size / sizeof *entries; i++)
        count += entries[i].inode != 0;
    free(entries);
    inode_put(inode);
    return count;
}

static bool count_matches(const char *path, unsigned names, bool why)
{
    return count_entries(path) == 2 + names || differs(why, path, "has a wrong number of entries");
}

static bool top_matches(const struct owner *owner, const struct model *model, int top, bool why)
{
    struct where where = {top, -1};
    if (!where_matches(owner, model, where, why))
        return false;
    if (model->top[top].kind != DIRECTORY)
        return true;
    unsigned names = 0;
    for (int child = 0; child < CHILDREN; child++) {
        if (!where_matches(owner, model, (struct where){top, child}, why))
            return false;
        names += model->child[top][child].kind != NOTHING;
    }
    return count_matches(path_of(owner, where).text, names, why);
}

bool matches(const struct owner *owner, const struct model *model, bool why)
{
    unsigned names = 0;
    for (int top = 0; top < TOPS; top++) {
        if (!top_matches(owner, model, top, why))
            return false;
        names += model->top[top].kind != NOTHING;
    }
    return count_matches(owner->directory, names, why);
}

int64_t written_part(const struct owner *owner, struct model *model, const struct change *change)
{
    struct object *object = model_object(model, change);
    struct change by_path = *change;
    struct inode *inode = 0;
    // A handle is gone after a power cut: the file is found by any name that it has.
    by_path.handle = -1;
    for (int top = 0; top < TOPS && !inode; top++) {
        for (int child = -1; child < CHILDREN && !inode; child++) {
            struct where where = {top, child};
            const struct node *node = model_node(model, where);
            if (node->kind != PLAIN_FILE || &model->objects[node->object] != object)
                continue;
            by_path.where = where;
            inode = file_of((struct owner *)owner, &by_path);
        }
    }
    if (!inode)
        return 0;
    uint64_t size;
    uint8_t *bytes = read_all(inode, &size), *wanted = change_bytes(change);
    inode_put(inode);
    uint64_t offset = change->append ? object_size(object) : change->offset, part = 0;
    while (part < change->size && offset + part < size && bytes[offset + part] == wanted[part])
        part++;
    free(bytes);
    free(wanted);
    return part;
}
