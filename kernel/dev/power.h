// The device that ends the machine with a status: sifive,test.
#pragma once

// Finds it for power_off() (arch/power.h).
void power_init(void);
