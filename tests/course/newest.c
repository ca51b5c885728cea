// As a program for the interface of 2025: pause(), and two ways to grow the heap.
#include "kernel/param.h"
#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/vm.h"
#include "kernel/riscv.h"
#include "user/user.h"

#define LARGE (1024 * 1024 * 1024) // of a machine with 64 MiB

int main(int argc, char *argv[])
{
  char *lazy, *eager, *end;
  int pid, status;

  printf("%d %d %d\n", USERSTACK, LOGBLOCKS, (int)sizeof(pde_t));
  printf("pause: %d %d\n", pause(1), pause(-1));
  if((lazy = sbrklazy(LARGE)) == SBRK_ERROR)
    exit(1);
  printf("eager: %d\n", sbrk(LARGE) == SBRK_ERROR ? -1 : 0);
  for(end = lazy + LARGE; lazy < end; lazy += 1024 * PGSIZE)
    *(char **)lazy = lazy;
  lazy -= LARGE;
  if((pid = fork()) == 0){
    for(; lazy < end; lazy += 1024 * PGSIZE)
      if(*(char **)lazy != lazy || lazy[PGSIZE] != 0)
        exit(2);
    exit(0);
  }
  wait(&status);
  printf("child: %d\n", status);
  eager = sys_sbrk(PGSIZE, SBRK_EAGER);
  printf("%d %d\n", eager == end, sbrk(-LARGE) == eager + PGSIZE);
  return 0;
}
