// Control and status registers (RISC-V Privileged Architecture 1.12, chapter 4).
#pragma once

#define SSTATUS_SIE 0x2     // interrupts enabled
#define SSTATUS_SPIE 0x20   // interrupts enabled after sret
#define SSTATUS_SPP 0x100   // sret returns to S-mode
#define SSTATUS_VS 0x600    // state of the vector registers: off, or else
#define SSTATUS_FS 0x6000   // the same for floating point
#define SSTATUS_SUM 0x40000 // S-mode may reach user pages
#define SSTATUS_MXR 0x80000 // loads may read what can only be executed

#define SIE_SOFTWARE (1 << 1)
#define SIE_TIMER (1 << 5)
#define SIE_EXTERNAL (1 << 9)

#define CAUSE_INTERRUPT (1ul << 63)
#define IRQ_SOFTWARE (CAUSE_INTERRUPT | 1)
#define IRQ_TIMER (CAUSE_INTERRUPT | 5)
#define IRQ_EXTERNAL (CAUSE_INTERRUPT | 9)
#define CAUSE_ECALL_U 8
#define CAUSE_FETCH_PAGE_FAULT 12
#define CAUSE_LOAD_PAGE_FAULT 13
#define CAUSE_STORE_PAGE_FAULT 15

#define SATP_SV39 (8ul << 60)

#define CSR_STIMECMP 0x14d // Sstc

#ifndef __ASSEMBLER__
#include "arch/types.h"

#define STRING_OF(text) #text

#define csr_read(name)                                                                             \
    ({                                                                                             \
        uint64_t value_;                                                                           \
        __asm__ volatile("csrr %0, " #name : "=r"(value_));                                        \
        value_;                                                                                    \
    })
#define csr_write(name, value)                                                                     \
    ({ __asm__ volatile("csrw " STRING_OF(name) ", %0" ::"rK"((uint64_t)(value)) : "memory"); })
#define csr_set(name, bits)                                                                        \
    ({ __asm__ volatile("csrs " #name ", %0" ::"rK"((uint64_t)(bits)) : "memory"); })
#define csr_clear(name, bits)                                                                      \
    ({ __asm__ volatile("csrc " #name ", %0" ::"rK"((uint64_t)(bits)) : "memory"); })

// Turns interrupts off on this hart. The result is for irq_restore().
static inline uint64_t irq_save(void)
{
    uint64_t flags;
    __asm__ volatile("csrrci %0, sstatus, %1" : "=r"(flags) : "K"(SSTATUS_SIE) : "memory");
    return flags;
}

static inline void irq_restore(uint64_t flags)
{
    __asm__ volatile("csrs sstatus, %0" ::"r"(flags & SSTATUS_SIE) : "memory");
}

static inline void irq_enable(void)
{
    csr_set(sstatus, SSTATUS_SIE);
}

static inline void irq_disable(void)
{
    csr_clear(sstatus, SSTATUS_SIE);
}

static inline bool irq_enabled(void)
{
    return csr_read(sstatus) & SSTATUS_SIE;
}

// Other harts and table walks see the stores before it earlier than those after it.
static inline void fence_stores(void)
{
    __asm__ volatile("fence w, w" ::: "memory");
}

// Drops every translation of user pages that this hart holds.
static inline void tlb_flush_all(void)
{
    __asm__ volatile("sfence.vma zero, zero" ::: "memory");
}

// Drops the translation of one page that this hart holds.
static inline void tlb_flush_page(vaddr_t page)
{
    __asm__ volatile("sfence.vma %0, zero" ::"r"(page) : "memory");
}

// Makes instructions written to memory visible to this hart's fetches.
static inline void fence_i(void)
{
    __asm__ volatile("fence.i" ::: "memory");
}

// A hint to the hart that it is waiting for another one (Zihintpause; a fence of nothing without
// that extension).
static inline void spin_pause(void)
{
    __asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010" ::: "memory");
}

// Time in steps of the devicetree's timebase-frequency.
static inline uint64_t time_now(void)
{
    return csr_read(time);
}
#endif
