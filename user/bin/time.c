// time COMMAND [ARGUMENT...]: runs a command, and writes to descriptor 2 how long it took. Its
// status is the command's.
//
// Cycles and instructions are those of the hart that runs this program, so they count the command
// alone only on a machine with one hart; there, with QEMU's -icount, they repeat exactly.

#include "user/cowshed.h"
#include "user/user.h"

struct reading {
    uint64 clock, cycles, instructions;
    int ticks;
};

static struct reading take_reading(void)
{
    return (struct reading){
        .clock = clock_now(),
        .cycles = cycles(),
        .instructions = instructions(),
        .ticks = uptime(),
    };
}

static void show(const struct reading *start, const struct reading *end)
{
    uint64 microseconds = (end->clock - start->clock) / (CLOCK_HZ / 1000000);
    fprintf(2, "%lu.%06lu s, %d ticks, %lu instructions, %lu cycles\n", microseconds / 1000000,
            microseconds % 1000000, end->ticks - start->ticks,
            end->instructions - start->instructions, end->cycles - start->cycles);
}

// As the shell does: by its path, else in /bin.
static void run(char **argv)
{
    static char path[128] = "/bin/";
    exec(argv[0], argv);
    if (!strchr(argv[0], '/') && strlen(argv[0]) < sizeof(path) - 5) {
        strcpy(path + 5, argv[0]);
        exec(path, argv);
    }
    fprintf(2, "time: cannot run %s\n", argv[0]);
    exit(127);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(2, "usage: time COMMAND [ARGUMENT...]\n");
        return 1;
    }
    struct reading start = take_reading();
    int pid = fork();
    if (pid < 0) {
        fprintf(2, "time: cannot start a process\n");
        return 1;
    }
    if (pid == 0)
        run(argv + 1);
    int status = 0;
    while (wait(&status) != pid)
        ;
    struct reading end = take_reading();
    show(&start, &end);
    return status;
}
