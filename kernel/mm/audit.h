// The audit: are all frames accounted for, and all counts right?
#pragma once

#include "arch/types.h"

struct space;

// Boot: memory for the audit, 4 bytes a frame, so that it never has to allocate. False: not
// enough.
bool audit_init(void);

// Boot: a layer above takes frames from mm/frame.h for itself. visit_frames() calls visit()
// for each that it has, in an audit, on the only hart that runs; so who takes such a frame must
// have interrupts off until visit_frames() knows of it, and who gives it back, the same.
void audit_add_frames(void (*visit_frames)(void (*visit)(pfn_t)));

#define AUDIT_AGAIN (-1)

// Stops all other harts, walks every page table, recounts each frame's owners, compares with the
// strategy's counts and with the lists of free frames, prints the first frames that disagree,
// and lets the harts go on. Returns how many disagree; AUDIT_AGAIN when a process is in the middle
// of changing its space: let others run, then try again. self: the caller's space. Interrupts
// are on.
int64_t audit(const struct space *self);

// In the interrupt handler, for IPI_STOP: stands still while another hart audits.
void audit_stop(void);
