// System calls about files.

#include "fs/descriptors.h"
#include "fs/namespace.h"
#include "kernel/stat.h"
#include "proc/proc.h"
#include "sys/calls.h"

static struct inode *current_directory(void)
{
    return descriptors_cwd(proc_current()->descriptors);
}

static struct file *argument_file(uint64_t argument)
{
    return descriptors_file(proc_current()->descriptors, (int32_t)argument);
}

// Whether the path at a user address could be read and is not too long. path: MAXPATH bytes.
static bool argument_path(char *path, vaddr_t address)
{
    return copy_string_from_user(path, address, MAXPATH) >= 0;
}

int64_t sys_read(struct trapframe *frame)
{
    struct file *file = argument_file(frame->a0);
    int32_t size = frame->a2;
    return file && size >= 0 ? file_read(file, user_place(frame->a1), size) : -1;
}

int64_t sys_write(struct trapframe *frame)
{
    struct file *file = argument_file(frame->a0);
    int32_t size = frame->a2;
    return file && size >= 0 ? file_write(file, user_place(frame->a1), size) : -1;
}

// Takes over the reference to the file.
static int64_t add_file(struct file *file)
{
    return descriptors_add(&proc_current()->descriptors, file);
}

// Room for the descriptor is looked for first: a file that was created or emptied for an open()
// that fails then would be half a call.
int64_t sys_open(struct trapframe *frame)
{
    char path[MAXPATH];
    int32_t flags = frame->a1;
    if (!argument_path(path, frame->a0) || !descriptors_have_room(proc_current()->descriptors, 1))
        return -1;
    struct inode *inode = fs_open(current_directory(), path, flags);
    if (!inode)
        return -1;
    struct file *file = file_of_inode(inode, flags);
    if (file)
        return add_file(file);
    inode_put(inode);
    return -1;
}

int64_t sys_close(struct trapframe *frame)
{
    return descriptors_close(&proc_current()->descriptors, (int32_t)frame->a0);
}

int64_t sys_dup(struct trapframe *frame)
{
    struct file *file = argument_file(frame->a0);
    if (!file || !descriptors_have_room(proc_current()->descriptors, 1))
        return -1;
    return add_file(file_share(file));
}

int64_t sys_pipe(struct trapframe *frame)
{
    struct file *reader, *writer;
    if (!descriptors_have_room(proc_current()->descriptors, 2) || file_make_pipe(&reader, &writer))
        return -1;
    int ends[2] = {add_file(reader), add_file(writer)};
    if (!copy_to_user(frame->a0, ends, sizeof ends))
        return 0;
    descriptors_close(&proc_current()->descriptors, ends[0]);
    descriptors_close(&proc_current()->descriptors, ends[1]);
    return -1;
}

int64_t sys_fstat(struct trapframe *frame)
{
    struct file *file = argument_file(frame->a0);
    struct stat stat;
    if (!file || file_stat(file, &stat))
        return -1;
    return copy_to_user(frame->a1, &stat, sizeof stat);
}

int64_t sys_chdir(struct trapframe *frame)
{
    char path[MAXPATH];
    if (!argument_path(path, frame->a0))
        return -1;
    struct inode *inode = fs_lookup(current_directory(), path);
    if (!inode)
        return -1;
    if (inode_type(inode) != FS_DIRECTORY) {
        inode_put(inode);
        return -1;
    }
    descriptors_change_directory(&proc_current()->descriptors, inode);
    return 0;
}

int64_t sys_mkdir(struct trapframe *frame)
{
    char path[MAXPATH];
    return argument_path(path, frame->a0) ? fs_make_directory(current_directory(), path) : -1;
}

int64_t sys_mknod(struct trapframe *frame)
{
    char path[MAXPATH];
    return argument_path(path, frame->a0)
               ? fs_make_device(current_directory(), path, frame->a1, frame->a2)
               : -1;
}

int64_t sys_link(struct trapframe *frame)
{
    char old_path[MAXPATH], new_path[MAXPATH];
    return argument_path(old_path, frame->a0) && argument_path(new_path, frame->a1)
               ? fs_link(current_directory(), old_path, new_path)
               : -1;
}

int64_t sys_unlink(struct trapframe *frame)
{
    char path[MAXPATH];
    return argument_path(path, frame->a0) ? fs_unlink(current_directory(), path) : -1;
}
