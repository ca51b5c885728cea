// Interrupts of devices: the platform-level interrupt controller (RISC-V PLIC specification
// 1.0.0). Every running hart takes them; the first one serves each.
#pragma once

#include "dev/devicetree.h"

// Called on some hart with interrupts off and no lock held, and never while it runs
// on another hart. It must make its device take the interrupt back. It may take spinlocks and wake
// processes; it may not sleep.
typedef void interrupt_handler(void *argument);

// Boot: finds the controller, once the harts are known. If there is no
// usable one, says so on the console, and no device has interrupts.
void plic_init(void);

// Has handler called with argument at interrupt number index of a device, by interrupts or
// interrupts-extended of its node. At boot, before the other harts run. False: no such interrupt
// leads to the controller, or another device has it, so this one must be polled.
bool plic_register(dt_node device, unsigned index, interrupt_handler *handler, void *argument);

// Boot: this hart takes the interrupts of devices from now on.
void plic_start_hart(void);

// At an external interrupt: calls the handlers of all pending ones. If they keep coming, or the
// timer's interrupt is due, this hart takes no more of them until plic_resume().
void plic_serve(void);

// At each tick: this hart takes the interrupts of devices again.
void plic_resume(void);
