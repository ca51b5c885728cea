// The C of old: a main without types that ends without a value, a function that is not declared,
// names that are also in the library, and a look at address 0.
#include "kernel/types.h"
#include "user/user.h"

typedef enum { false, true } bool;
typedef unsigned long size_t;

struct counters { int value; };
int audit = 3, cycles, processes;

char *
strcpy(char *to, const char *from)
{
  write(1, "mine\n", 5);
  return memmove(to, from, strlen(from) + 1);
}

int log(int n) { return n > 1 ? 1 + log(n / 2) : 0; }

main(argc, argv)
int argc;
char **argv;
{
  char text[16];
  char *null = 0;
  printf("at 0: %d\n", *(volatile char*)null == *(volatile char*)null);
  strcpy(text, "a copy");
  printf("%s %d %d\n", text, log(1024), later(argc));
}

int later(int n) { return n + audit; }
