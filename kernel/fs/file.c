#include "fs/file.h"
#include "dev/character.h"
#include "fs/pipe.h"
#include "kernel/fcntl.h"
#include "kernel/param.h"
#include "kernel/stat.h"
#include "lib/string.h"
#include "mm/frame.h"

enum kind { KIND_DISK, KIND_DEVICE, KIND_PIPE } __attribute__((packed)); // one byte

struct file {
    atomic_uint owners; // descriptors of all sets, and who is just making it
    enum kind kind;
    bool readable, writable;
    bool append; // each write goes to the end
    union {
        struct list link; // of an unused one
        struct {
            struct inode *inode; // a reference; not of a pipe
            union {
                uint64_t offset;                       // on the disk: bytes; guarded by offset_lock
                const struct character_device *device; // 0: nothing serves this number
                struct pipe *pipe; // readable: its read end, or else its write end
            };
        };
    };
    struct mutex offset_lock; // held over a whole read or write; before an inode's
};

static struct spinlock unused_lock;
static struct list unused = LIST_EMPTY(unused); // guarded by unused_lock

bool file_init(size_t limit)
{
    struct file *files = frame_boot_alloc(limit * sizeof *files);
    for (size_t i = 0; files && i < limit; i++) {
        mutex_init(&files[i].offset_lock);
        list_append(&unused, &files[i].link);
    }
    return files;
}

static struct file *take(enum kind kind)
{
    uint64_t flags = spin_lock(&unused_lock);
    struct list *link = list_take(&unused);
    spin_unlock(&unused_lock, flags);
    if (!link)
        return 0;
    struct file *file = list_entry(link, struct file, link);
    atomic_store_explicit(&file->owners, 1, memory_order_relaxed);
    file->kind = kind;
    file->append = false;
    return file;
}

static void give(struct file *file)
{
    uint64_t flags = spin_lock(&unused_lock);
    list_append(&unused, &file->link);
    spin_unlock(&unused_lock, flags);
}

struct file *file_share(struct file *file)
{
    atomic_fetch_add_explicit(&file->owners, 1, memory_order_relaxed);
    return file;
}

void file_put(struct file *file)
{
    if (atomic_fetch_sub_explicit(&file->owners, 1, memory_order_acq_rel) != 1)
        return;
    if (file->kind == KIND_PIPE)
        pipe_close(file->pipe, file->readable ? PIPE_READ : PIPE_WRITE);
    else
        inode_put(file->inode);
    give(file);
}

struct file *file_of_inode(struct inode *inode, int flags)
{
    bool is_device = inode_type(inode) == FS_DEVICE;
    if (is_device && inode_major(inode) >= MAJOR_LIMIT)
        return 0;
    struct file *file = take(is_device ? KIND_DEVICE : KIND_DISK);
    if (!file)
        return 0;
    file->readable = !(flags & O_WRONLY);
    file->writable = flags & (O_WRONLY | O_RDWR);
    file->append = flags & O_APPEND;
    file->inode = inode;
    if (is_device)
        file->device = character_device(inode_major(inode));
    else
        file->offset = 0;
    return file;
}

int file_make_pipe(struct file **read_end, struct file **write_end)
{
    struct file *reader = take(KIND_PIPE), *writer = take(KIND_PIPE);
    struct pipe *pipe = reader && writer ? pipe_create() : 0;
    if (!pipe) {
        if (reader)
            give(reader);
        if (writer)
            give(writer);
        return -1;
    }
    reader->pipe = writer->pipe = pipe;
    reader->readable = writer->writable = true;
    reader->writable = writer->readable = false;
    *read_end = reader;
    *write_end = writer;
    return 0;
}

static int64_t read_disk(struct file *file, struct place to, uint64_t size)
{
    mutex_lock(&file->offset_lock);
    inode_lock_shared(file->inode);
    int64_t count = inode_read(file->inode, to, file->offset, size);
    inode_unlock_shared(file->inode);
    if (count > 0)
        file->offset += count;
    mutex_unlock(&file->offset_lock);
    return count;
}

static int64_t write_disk(struct file *file, struct place from, uint64_t size)
{
    mutex_lock(&file->offset_lock);
    int64_t count = inode_write(file->inode, from, &file->offset, size, file->append);
    mutex_unlock(&file->offset_lock);
    return count;
}

int64_t file_read(struct file *file, struct place to, uint64_t size)
{
    if (!file->readable)
        return -1;
    switch (file->kind) {
    case KIND_PIPE:
        return pipe_read(file->pipe, to, size);
    case KIND_DEVICE:
        return file->device ? file->device->read(to, size) : -1;
    default:
        return read_disk(file, to, size);
    }
}

int64_t file_write(struct file *file, struct place from, uint64_t size)
{
    if (!file->writable)
        return -1;
    switch (file->kind) {
    case KIND_PIPE:
        return pipe_write(file->pipe, from, size);
    case KIND_DEVICE:
        return file->device ? file->device->write(from, size) : -1;
    default:
        return write_disk(file, from, size);
    }
}

int file_stat(struct file *file, struct stat *stat)
{
    if (file->kind == KIND_PIPE)
        return -1;
    struct inode *inode = file->inode;
    memset(stat, 0, sizeof *stat); // the gaps between its fields, too: a user gets to see them
    stat->dev = ROOTDEV;
    stat->ino = inode_number(inode);
    stat->type = inode_type(inode);
    inode_lock_shared(inode);
    stat->nlink = inode_links(inode);
    stat->size = inode_size(inode);
    inode_unlock_shared(inode);
    return 0;
}
