// The audit: are all frames accounted for, and all counts right?
#pragma once

#include "arch/types.h"

struct space;

// Boot: memory for the audit, 4 bytes per frame, so that it never allocates. False: not enough
// memory.
bool audit_init(void);

// Boot: a layer above keeps frames from mm/frame.h. During an audit, visit_frames() calls visit()
// for each of them, on the only hart that runs. So interrupts must be off from taking such a frame
// until visit_frames() knows of it, and likewise for giving it back.
void audit_add_frames(void (*visit_frames)(void (*visit)(pfn_t)));

#define AUDIT_AGAIN (-1)

// Stops all other harts, walks every page table, recounts each frame's owners, compares with the
// strategy's counts and with the lists of free frames, prints the first frames that disagree,
// and lets the harts go on. Returns how many disagree, or AUDIT_AGAIN when a process is in the
// middle of changing its space: let others run, then try again. self: the caller's space.
// Interrupts are on.
int64_t audit(const struct space *self);

// In the interrupt handler, for IPI_STOP: stands still while another hart audits.
void audit_stop(void);
