#include "fs/namespace.h"
#include "fs/content.h"
#include "fs/directory.h"
#include "fs/inode_table.h"

enum {
    MAX_LINKS = 32767, // what struct stat can tell
    // What an operation reserves, by what it does.
    ADD_BLOCKS = CONTENT_MAKE_BLOCKS + 1,
    CREATE_BLOCKS = ADD_BLOCKS + 1,
    MAKE_DIRECTORY_BLOCKS = CREATE_BLOCKS + 2, // one for the content, one of the bitmap
    LINK_BLOCKS = ADD_BLOCKS + 1,
    UNLINK_BLOCKS = 2,
};

_Static_assert(MAKE_DIRECTORY_BLOCKS <= FS_LOG_MIN - 1, "the smallest log has room for so many");

// Guards the tree: whoever changes which entries there are has it. So only one process at a time
// has two inodes locked, a directory and then what an entry of it leads to; the order does not
// matter, even where damage has closed a circle of directories.
static struct mutex tree_mutex = MUTEX_INITIAL(tree_mutex);

// Paths.

// Takes the next name off the path. Where there is none, false.
static bool take_name(const char **path, union name *name)
{
    const char *c = *path;
    while (*c == '/')
        c++;
    *name = (union name){0};
    unsigned length = 0;
    for (; *c && *c != '/'; c++) {
        if (length < FS_NAME_SIZE)
            name->entry.name[length++] = *c;
    }
    *path = c;
    return length;
}

static bool has_more_names(const char *path)
{
    while (*path == '/')
        path++;
    return *path;
}

// A reference to what an entry leads to, which it keeps: the directory is locked.
static struct inode *find_locked(const struct inode *dir, const union name *name)
{
    struct slot slot;
    if (dir->disk.links == 0 || directory_find(dir, name, &slot) <= 0)
        return 0;
    return inode_get(slot.inode);
}

// The same, and gives up the reference to the directory, which may be something else.
static struct inode *step(struct inode *dir, const union name *name)
{
    struct inode *inode = 0;
    if (inode_type(dir) == FS_DIRECTORY) {
        inode_lock_shared(dir);
        inode = find_locked(dir, name);
        inode_unlock_shared(dir);
    }
    inode_put(dir);
    return inode;
}

static struct inode *start_of(struct inode *cwd, const char *path)
{
    return *path == '/' ? fs_root() : inode_share(cwd);
}

struct inode *fs_lookup(struct inode *cwd, const char *path)
{
    struct inode *inode = start_of(cwd, path);
    union name name;
    while (inode && take_name(&path, &name))
        inode = step(inode, &name);
    return inode;
}

// A reference to the directory in which the path's last name is, or would be, and that name. 0
// where there is no such directory, or no name.
static struct inode *lookup_parent(struct inode *cwd, const char *path, union name *name)
{
    struct inode *inode = start_of(cwd, path);
    bool any = take_name(&path, name);
    while (inode && any && has_more_names(path)) {
        inode = step(inode, name);
        take_name(&path, name);
    }
    if (inode && any && inode_type(inode) == FS_DIRECTORY)
        return inode;
    if (inode)
        inode_put(inode);
    return 0;
}

// Changes.

// A change of a directory's entries, under way. The operation is begun, the tree and the directory
// are locked, and the directory still has a name itself.
struct change {
    struct operation operation;
    struct inode *dir;
    union name name;
    struct slot slot; // where the name is, or could be added
    int found;        // what directory_find() said
};

// 0, or -1: then there is nothing to end.
static int change_begin(struct change *change, struct inode *cwd, const char *path, uint32_t blocks)
{
    change->dir = lookup_parent(cwd, path, &change->name);
    if (!change->dir)
        return -1;
    if (operation_begin(&change->operation, blocks)) {
        inode_put(change->dir);
        return -1;
    }
    mutex_lock(&tree_mutex);
    inode_lock(change->dir);
    change->found = -1;
    if (change->dir->disk.links)
        change->found = directory_find(change->dir, &change->name, &change->slot);
    return 0;
}

// 0, or -1 where the disk fails.
static int change_end(struct change *change)
{
    inode_unlock(change->dir);
    mutex_unlock(&tree_mutex);
    int result = operation_end(&change->operation);
    inode_put(change->dir);
    return result;
}

// Gives a new inode its first name. Where that fails it has no links, and its last reference takes
// it off the disk.
static int name_new(struct change *change, struct inode *inode)
{
    inode_lock(inode);
    int result = 0;
    if (inode_type(inode) == FS_DIRECTORY)
        result = directory_start(&change->operation, inode, change->dir->number);
    if (result == 0)
        result = directory_add(&change->operation, change->dir, &change->slot, &change->name,
                               inode->number);
    if (result == 0) {
        inode->disk.links = 1;
        inode_store(&change->operation, inode); // in the transaction already: does not fail
    }
    inode_unlock(inode);
    return result;
}

// A new inode for the name. 0, or -1; *inode, if any, is to be given up after the change.
static int make_in(struct change *change, const struct fs_inode *initial, struct inode **inode)
{
    *inode = inode_create(&change->operation, initial);
    return *inode ? name_new(change, *inode) : -1;
}

// A reference to a new inode to which the path leads. Where it led to one already, that one, or 0
// unless that will do, too. 0 where there is no room.
static struct inode *make(struct inode *cwd, const char *path, const struct fs_inode *initial,
                          uint32_t blocks, bool old_will_do)
{
    struct change change;
    struct inode *inode = 0;
    if (change_begin(&change, cwd, path, blocks))
        return 0;
    int result = -1;
    if (change.found == 0) {
        result = make_in(&change, initial, &inode);
    } else if (change.found > 0 && old_will_do) {
        inode = inode_get(change.slot.inode);
        result = 0;
    }
    if (change_end(&change))
        result = -1;
    if (inode && result) {
        inode_put(inode);
        inode = 0;
    }
    return inode;
}

static int make_only(struct inode *cwd, const char *path, const struct fs_inode *initial,
                     uint32_t blocks)
{
    struct inode *inode = make(cwd, path, initial, blocks, false);
    if (!inode)
        return -1;
    inode_put(inode);
    return 0;
}

int fs_make_directory(struct inode *cwd, const char *path)
{
    return make_only(cwd, path, &(struct fs_inode){.type = FS_DIRECTORY}, MAKE_DIRECTORY_BLOCKS);
}

int fs_make_device(struct inode *cwd, const char *path, uint16_t major, uint16_t minor)
{
    const struct fs_inode device = {.type = FS_DEVICE, .major = major, .minor = minor};
    return make_only(cwd, path, &device, CREATE_BLOCKS);
}

// Opening.

// What the path leads to, or a new file. Most often it is there, and then no operation is needed.
static struct inode *find_or_make(struct inode *cwd, const char *path)
{
    struct inode *inode = fs_lookup(cwd, path);
    if (inode)
        return inode;
    return make(cwd, path, &(struct fs_inode){.type = FS_FILE}, CREATE_BLOCKS, true);
}

struct inode *fs_open(struct inode *cwd, const char *path, int flags)
{
    struct inode *inode = flags & O_CREATE ? find_or_make(cwd, path) : fs_lookup(cwd, path);
    if (!inode)
        return 0;
    bool bad = inode_type(inode) == FS_DIRECTORY && flags != O_RDONLY;
    if (!bad && flags & O_TRUNC && inode_type(inode) == FS_FILE)
        bad = inode_truncate(inode) != 0;
    if (!bad)
        return inode;
    inode_put(inode);
    return 0;
}

// Links.

// The directory and the inode are locked.
static int add_link(struct change *change, struct inode *inode)
{
    if (change->found || inode->disk.links == 0 || inode->disk.links >= MAX_LINKS)
        return -1;
    if (inode_store(&change->operation, inode) || // from here on, that does not fail
        directory_add(&change->operation, change->dir, &change->slot, &change->name, inode->number))
        return -1;
    inode->disk.links++;
    return inode_store(&change->operation, inode);
}

static int link_inode(struct inode *cwd, struct inode *inode, const char *path)
{
    struct change change;
    if (inode_type(inode) == FS_DIRECTORY || change_begin(&change, cwd, path, LINK_BLOCKS))
        return -1;
    inode_lock(inode);
    int result = add_link(&change, inode);
    inode_unlock(inode);
    return change_end(&change) ? -1 : result;
}

int fs_link(struct inode *cwd, const char *old_path, const char *new_path)
{
    struct inode *inode = fs_lookup(cwd, old_path);
    if (!inode)
        return -1;
    int result = link_inode(cwd, inode, new_path);
    inode_put(inode);
    return result;
}

// The directory and the inode are locked. A directory has its only name in this one.
static int remove_link(struct change *change, struct inode *inode)
{
    if (inode->disk.links == 0)
        return -1;
    if (inode_type(inode) == FS_DIRECTORY && directory_is_empty(inode) <= 0)
        return -1;
    if (inode_store(&change->operation, inode) || // from here on, that does not fail
        directory_remove(&change->operation, change->dir, &change->slot))
        return -1;
    inode->disk.links--;
    return inode_store(&change->operation, inode);
}

static bool is_dot_or_dot_dot(const union name *name)
{
    const char *text = name->entry.name;
    return text[0] == '.' && (text[1] == 0 || (text[1] == '.' && text[2] == 0));
}

int fs_unlink(struct inode *cwd, const char *path)
{
    struct change change;
    if (change_begin(&change, cwd, path, UNLINK_BLOCKS))
        return -1;
    struct inode *inode = 0;
    if (change.found > 0 && !is_dot_or_dot_dot(&change.name))
        inode = inode_get(change.slot.inode);
    int result = -1;
    if (inode && inode != change.dir) { // a directory in itself is damage
        inode_lock(inode);
        result = remove_link(&change, inode);
        inode_unlock(inode);
    }
    if (change_end(&change))
        result = -1;
    if (inode)
        inode_put(inode);
    return result;
}
