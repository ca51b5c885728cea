#include "fs/descriptors.h"
#include "lib/print.h"
#include "mm/frame.h"

struct descriptors {
    atomic_uint owners;         // processes
    struct inode *cwd;          // a reference
    struct file *files[NOFILE]; // references; 0: not open
    struct list link;           // among the unused
};

static struct spinlock unused_lock;
static struct list unused = LIST_EMPTY(unused); // guarded by unused_lock

// A process refers to one set, and for a moment to two, while it exchanges a shared one for its
// copy. So twice as many sets as processes never run out. Less would not do: while one process
// stands between taking the copy and giving up the old set, all others of the old one may end.
bool descriptors_init(size_t procs)
{
    size_t count = 2 * procs;
    struct descriptors *sets = frame_boot_alloc(count * sizeof *sets);
    for (size_t i = 0; sets && i < count; i++)
        list_append(&unused, &sets[i].link);
    return sets && file_init(procs * NOFILE);
}

// Without files and directory; the caller fills them in.
static struct descriptors *take(void)
{
    uint64_t flags = spin_lock(&unused_lock);
    struct list *link = list_take(&unused);
    spin_unlock(&unused_lock, flags);
    debug_assert(link); // they never run out: see descriptors_init()
    struct descriptors *descriptors = list_entry(link, struct descriptors, link);
    atomic_store_explicit(&descriptors->owners, 1, memory_order_relaxed);
    return descriptors;
}

static void give(struct descriptors *descriptors)
{
    uint64_t flags = spin_lock(&unused_lock);
    list_append(&unused, &descriptors->link);
    spin_unlock(&unused_lock, flags);
}

struct descriptors *descriptors_create(struct inode *cwd)
{
    struct descriptors *descriptors = take();
    descriptors->cwd = cwd;
    for (int i = 0; i < NOFILE; i++)
        descriptors->files[i] = 0;
    return descriptors;
}

struct descriptors *descriptors_share(struct descriptors *descriptors)
{
    atomic_fetch_add_explicit(&descriptors->owners, 1, memory_order_relaxed);
    return descriptors;
}

// The last owner is gone.
static void close_all(struct descriptors *descriptors)
{
    for (int i = 0; i < NOFILE; i++) {
        if (descriptors->files[i])
            file_put(descriptors->files[i]);
    }
    inode_put(descriptors->cwd);
    give(descriptors);
}

// Release: the last owner closes after all others have read for the last time.
void descriptors_put(struct descriptors *descriptors)
{
    if (atomic_fetch_sub_explicit(&descriptors->owners, 1, memory_order_acq_rel) == 1)
        close_all(descriptors);
}

static struct descriptors *copy(const struct descriptors *from)
{
    struct descriptors *to = take();
    to->cwd = inode_share(from->cwd);
    for (int i = 0; i < NOFILE; i++)
        to->files[i] = from->files[i] ? file_share(from->files[i]) : 0;
    return to;
}

// Makes the set the caller's alone. Who finds itself the only owner stays that: only an owner could
// share the set. Acquire: another owner has read for the last time before it gave up the set.
static void own(struct descriptors **descriptors)
{
    struct descriptors *shared = *descriptors;
    if (atomic_load_explicit(&shared->owners, memory_order_acquire) == 1)
        return;
    *descriptors = copy(shared);
    descriptors_put(shared);
}

struct file *descriptors_file(const struct descriptors *descriptors, int descriptor)
{
    return (unsigned)descriptor < NOFILE ? descriptors->files[descriptor] : 0;
}

struct inode *descriptors_cwd(const struct descriptors *descriptors)
{
    return descriptors->cwd;
}

bool descriptors_have_room(const struct descriptors *descriptors, size_t count)
{
    size_t unopened = 0;
    for (int i = 0; i < NOFILE; i++)
        unopened += !descriptors->files[i];
    return unopened >= count;
}

int descriptors_add(struct descriptors **descriptors, struct file *file)
{
    int descriptor = 0;
    while (descriptor < NOFILE && (*descriptors)->files[descriptor])
        descriptor++;
    if (descriptor == NOFILE)
        return -1;
    own(descriptors);
    (*descriptors)->files[descriptor] = file;
    return descriptor;
}

int descriptors_close(struct descriptors **descriptors, int descriptor)
{
    struct file *file = descriptors_file(*descriptors, descriptor);
    if (!file)
        return -1;
    own(descriptors);
    (*descriptors)->files[descriptor] = 0;
    file_put(file);
    return 0;
}

void descriptors_change_directory(struct descriptors **descriptors, struct inode *cwd)
{
    own(descriptors);
    inode_put((*descriptors)->cwd);
    (*descriptors)->cwd = cwd;
}
