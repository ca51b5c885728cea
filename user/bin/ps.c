// ps: the processes that there are.

#include "user/cowshed.h"
#include "user/user.h"

static const char *state_word(char state)
{
    switch (state) {
    case 'R':
        return "runs";
    case 'r':
        return "ready";
    case 'S':
        return "waits";
    case 'Z':
        return "ended";
    default:
        return "?";
    }
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc != 1) {
        fprintf(2, "usage: ps\n");
        return 1;
    }
    int count;
    const struct process_info *table = process_table(&count);
    if (!table) {
        fprintf(2, "ps: cannot read the table of processes\n");
        return 1;
    }
    printf("%5s %6s %-5s %9s %8s %8s %s\n", "PID", "PARENT", "STATE", "SIZE/KiB", "SWITCHES",
           "TICKS", "NAME");
    for (const struct process_info *process = table; process < table + count; process++)
        printf("%5d %6d %-5s %9lu %8lu %8lu %s\n", process->pid, process->parent,
               state_word(process->state), process->size / 1024, process->counters.switches,
               process->counters.ticks, process->name);
    return 0;
}
