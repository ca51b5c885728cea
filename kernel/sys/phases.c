// The system call of a kernel with marks (mm/phases.h).

#include "arch/hart.h"
#include "mm/phases.h"
#include "mm/user_access.h"
#include "sys/calls.h"

int64_t sys_phases(struct trapframe *frame)
{
    int32_t op = frame->a0;
    vaddr_t out = frame->a1;
    if ((op != PHASES_START && op != PHASES_STOP) || hart_count > 1)
        return -1;
    if (op == PHASES_START) {
        phases_start();
        return 0;
    }
    // Stopped before anything is written to the process, since a write may be a fault with marks.
    struct phases phases;
    phases_stop(&phases);
    return out ? copy_to_user(out, &phases, sizeof phases) : 0;
}
