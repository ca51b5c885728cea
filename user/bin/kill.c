// kill PID...: ends processes.

#include "user/cowshed.h"
#include "user/user.h"

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(2, "usage: kill PID...\n");
        return 1;
    }
    int status = 0;
    for (int i = 1; i < argc; i++) {
        int pid = number_of(argv[i]);
        if (pid <= 0) {
            fprintf(2, "kill: %s is not the number of a process\n", argv[i]);
            status = 1;
        } else if (kill(pid) < 0) {
            fprintf(2, "kill: there is no process %d\n", pid);
            status = 1;
        }
    }
    return status;
}
