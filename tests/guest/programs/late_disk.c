// Init of a machine whose disk does not answer writes: changes files until that is refused, beside
// a process that only computes, so that the machine is never idle.
#include "kernel/fcntl.h"
#include "user/user.h"

int main(void)
{
    int busy = fork();
    if (busy == 0) {
        for (;;)
            ;
    }
    int file;
    while ((file = open("/changed", O_CREATE | O_WRONLY)) >= 0) {
        close(file);
        unlink("/changed");
    }
    printf("refused\n");
    if (open("/tests/late_disk", O_RDONLY) < 0)
        printf("what is in memory cannot be read\n");
    kill(busy);
    return wait(0) == busy ? 0 : 1;
}
