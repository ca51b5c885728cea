// memstat [PID | -r]: what the kernel counts about memory, of the whole system or of a process.
// -r shows the whole system's and starts the counts of events again.

#include "user/cowshed.h"
#include "user/user.h"

#define FIELD(name) __builtin_offsetof(struct counters, name)

enum scope { SYSTEM, BOTH }; // who has a value of his own

static const struct row {
    uint offset;
    enum scope scope;
    const char *unit, *meaning;
} rows[] = {
    {FIELD(frames_total), SYSTEM, "frames", "of 4 KiB, that there are"},
    {FIELD(frames_free), SYSTEM, "frames", "free now"},
    {FIELD(frames_free_low), SYSTEM, "frames", "free at the least"},
    {FIELD(table_frames), BOTH, "frames", "hold page tables"},
    {FIELD(metadata_bytes), SYSTEM, "bytes", "hold reference counts now"},
    {FIELD(metadata_bytes_peak), SYSTEM, "bytes", "held reference counts at the most"},
    {FIELD(faults_copy), BOTH, "faults", "copied a shared page"},
    {FIELD(faults_reuse), BOTH, "faults", "made the last owner's page writable"},
    {FIELD(faults_zero), BOTH, "faults", "gave a lazily allocated page"},
    {FIELD(faults_spurious), BOTH, "faults", "had nothing to do"},
    {FIELD(faults_killed), BOTH, "faults", "killed the process"},
    {FIELD(pages_copied), BOTH, "pages", "copied, by fork and by faults"},
    {FIELD(pages_shared), BOTH, "pages", "shared by fork"},
    {FIELD(pages_zeroed), BOTH, "pages", "filled with zeroes"},
    {FIELD(forks), BOTH, "forks", "that made a process"},
    {FIELD(execs), BOTH, "execs", "that started a program"},
    {FIELD(exits), BOTH, "exits", "of processes, killed ones too"},
    {FIELD(switches), BOTH, "times", "a process was given a hart"},
    {FIELD(ticks), BOTH, "ticks", "of the timer"},
    {FIELD(flushes_local), BOTH, "flushes", "of translations, for a change of the hart's own"},
    {FIELD(flushes_switch), BOTH, "flushes", "of translations, when a process was given a hart"},
};

static void show(const struct counters *counters, enum scope least)
{
    for (uint i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].scope >= least)
            printf("%12lu %-8s%s\n", *(const uint64 *)((const char *)counters + rows[i].offset),
                   rows[i].unit, rows[i].meaning);
    }
}

static int show_system(int op)
{
    struct counters now;
    if (counters(op, &now) < 0) {
        fprintf(2, "memstat: the system does not tell\n");
        return 1;
    }
    show(&now, SYSTEM);
    return 0;
}

static int show_process(int pid)
{
    int count;
    const struct process_info *table = process_table(&count);
    if (!table) {
        fprintf(2, "memstat: cannot read the table of processes\n");
        return 1;
    }
    for (int i = 0; i < count; i++) {
        if (table[i].pid == pid) {
            show(&table[i].counters, BOTH);
            return 0;
        }
    }
    fprintf(2, "memstat: there is no process %d\n", pid);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc == 1)
        return show_system(COUNTERS_SYSTEM);
    if (argc == 2 && strcmp(argv[1], "-r") == 0)
        return show_system(COUNTERS_RESET);
    if (argc == 2 && number_of(argv[1]) > 0)
        return show_process(number_of(argv[1]));
    fprintf(2, "usage: memstat [PID | -r]\n");
    return 1;
}
