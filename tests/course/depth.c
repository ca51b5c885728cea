// A search as deep as one page of stack lets it be, with a printf at its end, and then deeper.
#include "kernel/types.h"
#include "user/user.h"

int down(char *path, int left)
{
  char buf[512], *p;
  strcpy(buf, path);
  p = buf + strlen(buf);
  *p++ = '/';
  *p++ = 'a' + left;
  *p = 0;
  if(left == 0)
    printf("%s\n", buf);
  return left ? down(buf, left - 1) + buf[0] : 0;
}

int main(int argc, char *argv[])
{
  int status;
  down(".", 5);
  if(fork() == 0){
    down(".", 100);
    exit(0);
  }
  wait(&status);
  if(fork() == 0)
    asm volatile(".word 0");
  wait(0);
  printf("deeper: %d\n", status);
  return status + 1;
}
