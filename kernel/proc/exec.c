#include "proc/exec.h"
#include "arch/csr.h"
#include "fs/namespace.h"
#include "kernel/param.h"
#include "lib/string.h"
#include "mm/user_access.h"
#include "proc/elf.h"

static const char NO_MEMORY[] = "there is not enough memory";

// A program's memory while it is being built. The stack page is filled from its end downward:
// first the arguments' strings, then argv.
struct image {
    struct space *space;
    vaddr_t entry;
    char *stack;      // its page, in kernel addresses
    vaddr_t stack_at; // the same, in the program's
    size_t used;      // bytes of the page, from its end
    size_t dirty;     // bytes of the page, from its start, that passed arguments
    int argc;
    uint64_t argv[MAXARG + 1]; // the first argc are there
};

// argv has nothing in it yet, and need not be cleared.
static bool image_begin(struct image *image, struct proc *proc)
{
    image->used = image->dirty = image->argc = 0;
    image->space = space_create(&proc->counters);
    return image->space;
}

// Text and data from the file; then an unmapped guard page; then the stack; then the heap.
static const char *image_load(struct image *image, const char *path)
{
    struct inode *inode = fs_lookup(descriptors_cwd(proc_current()->descriptors), path);
    if (!inode)
        return "there is no such file";
    inode_lock_shared(inode); // so that the program does not change while it is read
    const char *wrong = elf_load(inode, image->space, &image->entry);
    inode_unlock_shared(inode);
    inode_put(inode);
    if (wrong)
        return wrong;
    image->stack_at = align_up(image->space->size, PAGE_SIZE) + PAGE_SIZE;
    if (image->stack_at > USER_END - PAGE_SIZE ||
        space_map(image->space, image->stack_at, image->stack_at + PAGE_SIZE, PTE_R | PTE_W))
        return NO_MEMORY;
    image->stack = space_page(image->space, image->stack_at);
    image->space->heap = image->space->size;
    return 0;
}

// Reserves bytes at the stack's end, aligned. 0 where the page is full.
static char *stack_take(struct image *image, size_t bytes, size_t alignment)
{
    size_t used = align_up(image->used + bytes, alignment);
    if (used > PAGE_SIZE)
        return 0;
    image->used = used;
    return image->stack + PAGE_SIZE - used;
}

static vaddr_t stack_pointer(const struct image *image)
{
    return image->stack_at + PAGE_SIZE - image->used;
}

// text may lie in the free part of the stack page.
static bool push_argument(struct image *image, const char *text, size_t size)
{
    char *place = image->argc < MAXARG ? stack_take(image, size, 16) : 0;
    if (!place)
        return false;
    memmove(place, text, size);
    image->argv[image->argc++] = stack_pointer(image);
    return true;
}

static bool push_argv(struct image *image)
{
    size_t size = (image->argc + 1) * sizeof image->argv[0];
    char *place = stack_take(image, size, 16);
    if (!place)
        return false;
    image->argv[image->argc] = 0;
    memcpy(place, image->argv, size);
    return true;
}

// The user's argument at address, by way of a free part of the stack page: its lower end.
static bool push_user_argument(struct image *image, vaddr_t address)
{
    size_t room = PAGE_SIZE - image->used;
    int64_t length = copy_string_from_user(image->stack, address, room);
    if (length > (int64_t)image->dirty)
        image->dirty = length;
    return length >= 0 && push_argument(image, image->stack, length + 1);
}

// Wipes what passing arguments through left in the free part of the page.
static void wipe_stack(struct image *image)
{
    size_t room = PAGE_SIZE - image->used;
    memset(image->stack, 0, image->dirty < room ? image->dirty : room);
}

static const char *push_user_arguments(struct image *image, vaddr_t argv)
{
    for (;; argv += sizeof(vaddr_t)) {
        vaddr_t address;
        if (copy_from_user(&address, argv, sizeof address))
            return "argv cannot be read";
        if (!address)
            break;
        if (!push_user_argument(image, address))
            return "an argument cannot be read, or there are too many";
    }
    wipe_stack(image);
    return push_argv(image) ? 0 : "the arguments are too long";
}

static const char *push_kernel_arguments(struct image *image, char *const argv[])
{
    for (; *argv; argv++) {
        if (!push_argument(image, *argv, strlen(*argv) + 1))
            return "there are too many arguments";
    }
    return push_argv(image) ? 0 : "the arguments are too long";
}

// The process becomes the program.
static void image_start(struct image *image, struct proc *proc, const char *path)
{
    *proc->frame = (struct trapframe){
        .epc = image->entry,
        .sp = stack_pointer(image),
        .a0 = image->argc,
        .a1 = stack_pointer(image),
    };
    const char *slash = path;
    for (const char *c = path; *c; c++) {
        if (*c == '/')
            slash = c + 1;
    }
    string_copy(proc->name.text, slash, sizeof proc->name.text);
    space_settle(image->space);
    proc->space = image->space;
    COUNT(&proc->counters, execs, 1);
}

// The calling process becomes the program, and goes on there: its kernel stack is empty then.
static _Noreturn void image_enter(struct image *image, struct proc *proc, const char *path)
{
    struct space *old = proc->space;
    irq_disable();
    image_start(image, proc, path);
    space_activate(proc->space);
    irq_enable();
    if (old)
        space_destroy(old);
    irq_disable();
    trap_enter(proc->frame);
}

int proc_exec(vaddr_t user_path, vaddr_t argv)
{
    struct proc *proc = proc_current();
    char path[MAXPATH];
    if (copy_string_from_user(path, user_path, sizeof path) < 0)
        return -1;
    struct image image;
    if (!image_begin(&image, proc))
        return -1;
    const char *wrong = image_load(&image, path);
    if (!wrong)
        wrong = push_user_arguments(&image, argv);
    if (wrong) {
        space_destroy(image.space);
        return -1;
    }
    image_enter(&image, proc, path);
}

const char *proc_exec_first(const char *path, char *const argv[])
{
    struct proc *proc = proc_current();
    struct image image;
    if (!image_begin(&image, proc))
        return NO_MEMORY;
    const char *wrong = image_load(&image, path);
    if (!wrong)
        wrong = push_kernel_arguments(&image, argv);
    if (wrong)
        return wrong;
    image_enter(&image, proc, path);
}
