// All of user.h as programs of the interface use it. It is compiled for the machine, and not run:
// each name has exactly the type that such a program may count on.

#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/memlayout.h"
#include "kernel/param.h"
#include "kernel/riscv.h"
#include "kernel/syscall.h"
#include "kernel/vm.h"
#include "user/user.h"

int (*const use_fork)(void) = fork;
int (*const use_wait)(int *) = wait;
int (*const use_pipe)(int *) = pipe;
int (*const use_write)(int, const void *, int) = write;
int (*const use_read)(int, void *, int) = read;
int (*const use_close)(int) = close;
int (*const use_kill)(int) = kill;
int (*const use_exec)(const char *, char **) = exec;
int (*const use_open)(const char *, int) = open;
int (*const use_mknod)(const char *, short, short) = mknod;
int (*const use_unlink)(const char *) = unlink;
int (*const use_fstat)(int, struct stat *) = fstat;
int (*const use_link)(const char *, const char *) = link;
int (*const use_mkdir)(const char *) = mkdir;
int (*const use_chdir)(const char *) = chdir;
int (*const use_dup)(int) = dup;
int (*const use_getpid)(void) = getpid;
char *(*const use_sbrk)(int) = sbrk;
char *(*const use_sys_sbrk)(int, int) = sys_sbrk;
char *(*const use_sbrklazy)(int) = sbrklazy;
char *const use_sbrk_error = SBRK_ERROR;
int (*const use_sleep)(int) = sleep;
int (*const use_pause)(int) = pause;
int (*const use_uptime)(void) = uptime;

int (*const use_stat)(const char *, struct stat *) = stat;
char *(*const use_strcpy)(char *, const char *) = strcpy;
void *(*const use_memmove)(void *, const void *, int) = memmove;
char *(*const use_strchr)(const char *, char) = strchr;
int (*const use_strcmp)(const char *, const char *) = strcmp;
void (*const use_fprintf)(int, const char *, ...) = fprintf;
void (*const use_printf)(const char *, ...) = printf;
char *(*const use_gets)(char *, int) = gets;
uint (*const use_strlen)(const char *) = strlen;
void *(*const use_memset)(void *, int, uint) = memset;
void *(*const use_malloc)(uint) = malloc;
void (*const use_free)(void *) = free;
int (*const use_atoi)(const char *) = atoi;
int (*const use_memcmp)(const void *, const void *, uint) = memcmp;
void *(*const use_memcpy)(void *, const void *, uint) = memcpy;

_Static_assert(SYS_fork == 1 && SYS_exit == 2 && SYS_wait == 3 && SYS_pipe == 4, "");
_Static_assert(SYS_read == 5 && SYS_kill == 6 && SYS_exec == 7 && SYS_fstat == 8, "");
_Static_assert(SYS_chdir == 9 && SYS_dup == 10 && SYS_getpid == 11 && SYS_sbrk == 12, "");
_Static_assert(SYS_sleep == 13 && SYS_uptime == 14 && SYS_open == 15 && SYS_write == 16, "");
_Static_assert(SYS_mknod == 17 && SYS_unlink == 18 && SYS_link == 19 && SYS_mkdir == 20, "");
_Static_assert(SYS_close == 21 && SYS_pause == 13, "");
_Static_assert(SBRK_EAGER == 1 && SBRK_LAZY == 2, "");
_Static_assert(O_RDONLY == 0 && O_WRONLY == 1 && O_RDWR == 2, "");
_Static_assert(O_CREATE == 0x200 && O_TRUNC == 0x400, "");
_Static_assert(T_DIR == 1 && T_FILE == 2 && T_DEVICE == 3, "");
_Static_assert(BSIZE == 1024 && DIRSIZ == 14 && NDIRECT == 12 && MAXFILE == 268, "");
_Static_assert(sizeof(struct dirent) == 16 && ROOTINO == 1, "");
_Static_assert(NPROC == 64 && NOFILE == 16 && MAXARG == 32 && MAXPATH == 128, "");
_Static_assert(USERSTACK == 1 && LOGBLOCKS == 30, "");
_Static_assert(PGSIZE == 4096 && MAXVA == 1L << 38 && KERNBASE == 0x80000000, "");
_Static_assert(PGROUNDUP(4097) == 8192 && PGROUNDDOWN(8191) == 4096, "");
_Static_assert(PTE_V == 1 && PTE_R == 2 && PTE_W == 4 && PTE_X == 8 && PTE_U == 16, "");
_Static_assert(PTE2PA(PA2PTE(0x80005000)) == 0x80005000 && PTE_FLAGS(0xfff) == 0x3ff, "");
_Static_assert(PX(2, 3L << 30) == 3 && PX(1, 5 << 21) == 5 && PX(0, 7 << 12) == 7, "");

void f(struct stat *st, struct dirent *entry)
{
    printf("%p %x %s\n", 1, (uint64)st->size, entry->name); // not checked: they do this
    printf("%d %d %d %d %d", st->dev, st->ino, st->type, st->nlink, entry->inum);
    exit(0);
}

void main(void) {}
