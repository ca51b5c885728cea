// Ending the machine.
#pragma once

// Finds the device that does it.
void power_init(void);

// Powers off. status becomes the emulator's exit status where there is a sifive,test device: 0
// to 255 as they are, other values by their low 8 bits, but never 0 for a status that is not.
// power_off() itself is declared in lib/print.h, since panic() ends there.
