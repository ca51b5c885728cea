// Registers of devices.
#pragma once

// Orders all accesses before it, to memory and to registers, before all after it: between memory
// that a device reads or writes and the register that announces it, and between two devices (RISC-V
// unprivileged specification, section 2.7).
static inline void mmio_fence(void)
{
    __asm__ volatile("fence iorw, iorw" ::: "memory");
}
