// Turns by the clock: each ends at a multiple of the quantum.
#pragma once

// Before anything has been executed.
void clock_begin(void);

// The region has begun or ended: from the end of the current block on turns are of another length.
// The clock cannot be read in the middle of a block.
void clock_start_anew(void);

// From time to time: QEMU's own timer takes no turn from a hart.
void clock_hold(void);
