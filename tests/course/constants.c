// As a program that lies beside user.h where it comes from, and that takes every header twice.
#include "../kernel/types.h"
#include "kernel/param.h"
#include "kernel/stat.h"
#include "kernel/fcntl.h"
#include "kernel/spinlock.h"
#include "kernel/sleeplock.h"
#include "kernel/fs.h"
#include "kernel/file.h"
#include "kernel/syscall.h"
#include "kernel/memlayout.h"
#include "kernel/riscv.h"
#include "user.h"
#include "user/user.h"
#include "kernel/riscv.h"
#include "kernel/memlayout.h"
#include "kernel/syscall.h"
#include "kernel/file.h"
#include "kernel/fs.h"
#include "kernel/fcntl.h"
#include "kernel/stat.h"
#include "kernel/param.h"
#include "kernel/types.h"

char block[(MAXOPBLOCKS + 2) * BSIZE];

void main(int argc, char **argv)
{
  printf("%d %d %d %d\n", PGSIZE, PGROUNDUP(1), PGROUNDDOWN(8191), (int)sizeof(block));
  printf("%p %p %p\n", MAXVA, KERNBASE, PHYSTOP);
  printf("%d %d %d %d\n", NPROC, NOFILE, MAXARG, MAXPATH);
  printf("%d %d %d\n", DIRSIZ, MAXFILE, (int)sizeof(struct dirent));
  printf("%x %x %x\n", O_RDWR, O_CREATE, O_TRUNC);
  printf("%d %d %d\n", T_DIR, T_FILE, T_DEVICE);
  if(mknod("second", CONSOLE, 0) < 0 || open("second", O_RDWR) != 3)
    exit(1);
  fprintf(3, "device\n");
  exit(3);
}
