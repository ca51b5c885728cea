// Interrupts between harts.
#pragma once

#include "arch/hart.h"

enum ipi {
    IPI_WAKE = 1, // look at the run queues again
    IPI_STOP = 2, // stand still until released (mm/audit.c)
};

// Sends a request to hart. Any context.
void ipi_send(struct hart *hart, enum ipi request);

// In the software-interrupt handler: the requests to this hart, as a set of bits.
uint32_t ipi_take(void);
