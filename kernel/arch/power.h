// Ending the machine.
#pragma once

#include "arch/types.h"

// Powers off. With a sifive,test device, status becomes the emulator's exit status: 0 to 255 as
// they are, other values by their low 8 bits, or 255 if those are 0. Without one, the firmware
// powers off and the status is lost. Everything written to the console before is sent first. Any
// context.
_Noreturn void power_off(int status);

// The device that power_off() writes to: its first register, kernel address.
void power_set_device(volatile uint32_t *device);
