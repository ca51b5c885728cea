// Ending the machine.
#pragma once

#include "arch/types.h"

// Powers off. status becomes the emulator's exit status where there is a sifive,test device: 0
// to 255 as they are, other values by their low 8 bits, but 255 where those are 0 and the status
// is not. Else the firmware does it, which cannot carry a status. All that was written to the
// console before is out first. Any context.
_Noreturn void power_off(int status);

// The device that power_off() writes to: its first register, kernel address.
void power_set_device(volatile uint32_t *device);
