// System calls: the table.
#pragma once

#include "arch/trapframe.h"

// Serves the call in the frame of the current process and puts the result into it. Interrupts
// are on.
void syscall(struct trapframe *frame);
