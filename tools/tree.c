#include "tree.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FILE = FS_MAX_BLOCKS * FS_BLOCK_SIZE, MAX_LINKS = UINT16_MAX };

// A file of the host with several names, and what became of it.
struct shared_file {
    dev_t device;
    ino_t inode;
    struct object *object;
};

static void *grow(void *array, size_t *capacity, size_t element, size_t needed)
{
    if (needed <= *capacity)
        return array;
    *capacity = needed > 2 * *capacity ? needed : 2 * *capacity;
    array = reallocarray(array, *capacity, element);
    if (!array)
        err(1, "no memory for the folder's content");
    return array;
}

static struct object *add_object(struct tree *tree, enum fs_type type, const char *path)
{
    struct object *object = calloc(1, sizeof(*object));
    if (!object || !(object->path = strdup(path)))
        err(1, "no memory for the folder's content");
    object->type = type;
    object->number = tree->count;
    tree->objects = grow(tree->objects, &tree->capacity, sizeof(*tree->objects), tree->count + 1);
    tree->objects[tree->count++] = object;
    return object;
}

static void append(struct object *object, const void *bytes, size_t size)
{
    if (object->size + size > MAX_FILE)
        errx(1, "%s: too large: a file or directory has at most %d bytes", object->path, MAX_FILE);
    object->content = grow(object->content, &object->capacity, 1, object->size + size);
    memcpy(object->content + object->size, bytes, size);
    object->size += size;
}

// path: of the name, for messages.
static void add_entry(struct object *directory, const char *name, struct object *object,
                      const char *path)
{
    struct fs_entry entry = {.inode = (uint16_t)object->number};
    size_t length = strlen(name);
    if (length > FS_NAME_SIZE)
        errx(1, "%s: the name has %zu bytes; a disk's names have at most %d", path, length,
             FS_NAME_SIZE);
    memcpy(entry.name, name, length);
    append(directory, &entry, sizeof(entry));
}

static void add_name(struct object *directory, const char *name, struct object *object,
                     const char *path)
{
    if (object->links == MAX_LINKS)
        errx(1, "%s: a file has at most %d names", path, MAX_LINKS);
    object->links++;
    add_entry(directory, name, object, path);
}

static struct object *add_directory(struct tree *tree, struct object *parent, const char *name,
                                    const char *path)
{
    struct object *directory = add_object(tree, FS_DIRECTORY, path);
    add_entry(directory, ".", directory, path);
    add_entry(directory, "..", parent ? parent : directory, path);
    if (parent)
        add_name(parent, name, directory, path);
    else
        directory->links = 1; // as if a name led to the root: nothing in use has no links
    return directory;
}

static void read_content(struct object *object, const FTSENT *entry)
{
    static uint8_t piece[1 << 16];
    int file = open(entry->fts_accpath, O_RDONLY | O_NOFOLLOW);
    if (file < 0)
        err(1, "%s", object->path);
    if (entry->fts_statp->st_size > MAX_FILE)
        errx(1, "%s: %lld bytes are too many: a file has at most %d", object->path,
             (long long)entry->fts_statp->st_size, MAX_FILE);
    ssize_t got;
    while ((got = read(file, piece, sizeof(piece))) > 0)
        append(object, piece, (size_t)got);
    if (got < 0)
        err(1, "%s", object->path);
    close(file);
}

static int compare_shared(const void *left, const void *right)
{
    const struct shared_file *a = left, *b = right;
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    return a->inode == b->inode ? 0 : a->inode < b->inode ? -1 : 1;
}

// The one record of a file that has several names; its object is 0 at the first of them.
static struct shared_file *find_shared(struct tree *tree, const struct stat *stat)
{
    struct shared_file *new = calloc(1, sizeof(*new));
    if (!new)
        err(1, "no memory for the folder's content");
    *new = (struct shared_file){.device = stat->st_dev, .inode = stat->st_ino};
    struct shared_file **found = tsearch(new, &tree->shared, compare_shared);
    if (!found)
        err(1, "no memory for the folder's content");
    if (*found != new)
        free(new);
    return *found;
}

static void add_file(struct tree *tree, const FTSENT *entry)
{
    struct shared_file *shared = 0;
    if (entry->fts_statp->st_nlink > 1)
        shared = find_shared(tree, entry->fts_statp);
    struct object *file = shared ? shared->object : 0;
    if (!file) {
        file = add_object(tree, FS_FILE, entry->fts_path);
        read_content(file, entry);
    }
    if (shared)
        shared->object = file;
    add_name(entry->fts_parent->fts_pointer, entry->fts_name, file, entry->fts_path);
}

static void add_found(struct tree *tree, FTSENT *entry)
{
    bool is_root = entry->fts_level == FTS_ROOTLEVEL;
    switch (entry->fts_info) {
    case FTS_D:
        entry->fts_pointer = add_directory(tree, is_root ? 0 : entry->fts_parent->fts_pointer,
                                           entry->fts_name, entry->fts_path);
        return;
    case FTS_DP:
        return;
    case FTS_F:
        if (is_root)
            errx(1, "%s: not a folder", entry->fts_path);
        add_file(tree, entry);
        return;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        errno = entry->fts_errno;
        err(1, "%s", entry->fts_path);
    case FTS_DC:
        errx(1, "%s: the folder contains itself", entry->fts_path);
    case FTS_SL:
    case FTS_SLNONE:
        errx(1, "%s: a symbolic link, which a disk cannot hold", entry->fts_path);
    default:
        errx(1,
             "%s: neither file nor folder (devices are made with --device); a disk cannot hold it",
             entry->fts_path);
    }
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

void tree_read(struct tree *tree, const char *folder)
{
    *tree = (struct tree){.count = FS_ROOT};
    char *paths[] = {strdup(folder), 0};
    FTS *walk = paths[0] ? fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW, by_name) : 0;
    if (!walk)
        err(1, "%s", folder);
    FTSENT *entry;
    while (errno = 0, (entry = fts_read(walk)))
        add_found(tree, entry);
    if (errno)
        err(1, "%s", folder);
    fts_close(walk);
    free(paths[0]);
}

static struct object *find_entry(const struct tree *tree, const struct object *directory,
                                 const char *name)
{
    const struct fs_entry *entries = (const struct fs_entry *)directory->content;
    for (size_t i = 0; i < directory->size / sizeof(*entries); i++)
        if (strncmp(entries[i].name, name, FS_NAME_SIZE) == 0 && strlen(name) <= FS_NAME_SIZE)
            return tree->objects[entries[i].inode];
    return 0;
}

void tree_add_device(struct tree *tree, const char *path, uint16_t major, uint16_t minor)
{
    char *rest = strdup(path), *name = 0;
    if (!rest)
        err(1, "no memory for the folder's content");
    char *copy = rest;
    struct object *directory = tree->objects[FS_ROOT];
    for (char *part; (part = strsep(&rest, "/"));) {
        if (!*part)
            continue;
        if (name)
            directory = find_entry(tree, directory, name);
        if (!directory || directory->type != FS_DIRECTORY)
            errx(1, "device %s: %s is no folder in %s", path, name, tree->objects[FS_ROOT]->path);
        name = part;
    }
    if (!name)
        errx(1, "device %s: a name is missing", path);
    if (find_entry(tree, directory, name))
        errx(1, "device %s: there is a file or folder of this name in %s", path, directory->path);
    struct object *device = add_object(tree, FS_DEVICE, path);
    device->major = major;
    device->minor = minor;
    add_name(directory, name, device, path);
    free(copy);
}

static int compare_entries(const void *left, const void *right)
{
    const struct fs_entry *a = left, *b = right;
    return memcmp(a->name, b->name, FS_NAME_SIZE);
}

void tree_sort(struct tree *tree)
{
    for (size_t i = FS_ROOT; i < tree->count; i++) {
        struct object *object = tree->objects[i];
        if (object->type != FS_DIRECTORY)
            continue;
        struct fs_entry *entries = (struct fs_entry *)object->content;
        qsort(entries + 2, object->size / sizeof(*entries) - 2, sizeof(*entries), compare_entries);
    }
}
