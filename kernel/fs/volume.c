#include "fs/volume.h"
#include "lib/print.h"
#include <stdatomic.h>

#define MAX_LINES 16

struct volume volume;

void volume_damaged(const char *what, uint64_t number)
{
    static atomic_uint lines;
    unsigned line = atomic_load(&lines);
    while (line < MAX_LINES && !atomic_compare_exchange_weak(&lines, &line, line + 1))
        ;
    if (line < MAX_LINES)
        print("cowshed: file system: %s (%lu)%s\n", what, number,
              line == MAX_LINES - 1 ? "; more of this kind is not told" : "");
}
