#include "kernel/param.h"
#include "user/cowshed.h"
#include "user/user.h"

struct process_info *process_table(int *count)
{
    for (int room = NPROC;; room = *count) {
        struct process_info *table = malloc(room * sizeof(*table));
        if (!table)
            return 0;
        *count = processes(table, room);
        if (*count >= 0 && *count <= room)
            return table;
        free(table);
        if (*count < 0)
            return 0;
    }
}
