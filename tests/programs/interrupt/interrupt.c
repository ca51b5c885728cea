// What ^C is typed at: tests/user/test_terminal.py. Each says that it is ready once it is.
#include "user/cowshed.h"
#include "user/user.h"

static void spin(void)
{
    printf("ready\n");
    for (;;)
        ;
}

// Three lines of processes, each of which forks and ends, so that most of the time one is in fork.
static void multiply(void)
{
    for (int line = 0; line < 3; line++) {
        if (fork() != 0)
            continue;
        do {
            for (volatile int i = 0; i < 300; i++)
                ;
        } while (fork() <= 0);
        exit(0);
    }
    printf("ready\n");
    sleep(1000000);
}

// Waits for a child that waits for one, and so on.
static void nest(int depth)
{
    if (depth == 0)
        spin();
    if (fork() == 0)
        nest(depth - 1);
    wait(0);
}

// As a program does that wants ^C to end a line, not itself.
static void read_shielded(void)
{
    char line[32];
    shield(SHIELD_SELF);
    printf("ready\n");
    for (int size; (size = read(0, line, sizeof line - 1)) > 0;) {
        line[size] = 0;
        printf("<%s>\n", line);
        if (strcmp(line, "end\n") == 0)
            break;
    }
}

// As a shell from elsewhere does, which knows nothing of ^C.
static void foreign_shell(void)
{
    char line[32];
    printf("? ");
    while (read(0, line, sizeof line) > 0) {
        if (fork() == 0)
            spin();
        wait(0);
        printf("? ");
    }
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    if (strcmp(what, "spin") == 0)
        spin();
    else if (strcmp(what, "multiply") == 0)
        multiply();
    else if (strcmp(what, "nest") == 0)
        nest(5);
    else if (strcmp(what, "shielded") == 0)
        read_shielded();
    else if (strcmp(what, "shell") == 0)
        foreign_shell();
    else
        return 2;
    return 0;
}
