// The serial port: a 16550 or compatible.
#pragma once

#include "arch/types.h"

// Takes over the console where the devicetree names such a port as the standard output, or has
// one at all; else the firmware's console stays.
void uart_init(void);
