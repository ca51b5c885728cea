// init [PROGRAM [ARGUMENT...]]: the first process.
//
// Without arguments it runs the shell on the console, again whenever it ends. With arguments it
// runs that program once, and ends with its status, which ends the machine. Either way it waits
// for all processes whose parents are gone.

#include "kernel/fcntl.h"
#include "user/user.h"

#define CONSOLE 1          // major number of the device
#define CANNOT_RUN 0x1007f // no status by custom, which is 0 to 255; but its lowest byte is

// Descriptors 0, 1 and 2 are the console. The kernel has opened them, if there is a console.
static void open_console(void)
{
    int fd = dup(0);
    if (fd < 0)
        fd = open("/console", O_RDWR);
    if (fd < 0) {
        mknod("/console", CONSOLE, 0);
        fd = open("/console", O_RDWR);
    }
    while (fd >= 0 && fd < 2)
        fd = dup(fd);
    if (fd > 2)
        close(fd);
}

// Runs a program and returns its status; CANNOT_RUN where it cannot be run. Reaps what else ends.
static int run(char **argv)
{
    int pid = fork();
    if (pid < 0) {
        printf("init: there is no memory to start %s\n", argv[0]);
        exit(1);
    }
    if (pid == 0) {
        exec(argv[0], argv);
        printf("init: cannot run %s\n", argv[0]);
        exit(CANNOT_RUN);
    }
    int status;
    for (;;) {
        int ended = wait(&status);
        if (ended == pid)
            return status;
        if (ended < 0) {
            printf("init: %s is lost\n", argv[0]);
            exit(1);
        }
    }
}

static int end_with(int status)
{
    return status == CANNOT_RUN ? 127 : status;
}

int main(int argc, char **argv)
{
    static char *shell[] = {"/bin/sh", 0};
    open_console();
    if (argc > 1)
        return end_with(run(argv + 1));
    for (;;) {
        printf("init: starting sh\n");
        int status = run(shell);
        if (status == CANNOT_RUN)
            return end_with(status);
        printf("init: sh ended with status %d\n", status);
    }
}
