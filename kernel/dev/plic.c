// Registers: RISC-V PLIC specification 1.0.0, chapters 3 to 9. They are 32 bits wide.
#include "dev/plic.h"
#include "arch/boot.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/layout.h"
#include "arch/mmio.h"
#include "lib/print.h"

// Offsets in bytes: one priority for each number, one bit for each number and context that
// enables it, and for each context a threshold and a register to claim and to complete.
enum {
    PRIORITY = 0,
    ENABLE = 0x2000,
    ENABLE_STEP = 0x80,
    THRESHOLD = 0x200000,
    CLAIM = 0x200004,
    CONTEXT_STEP = 0x1000,
};
enum { NUMBER_LIMIT = 1024, S_EXTERNAL = 9 };

// Interrupts that a hart serves without a break; never so many wait, unless a device raises its own
// again and again.
enum { AT_ONCE = 64 };

// A context is one privilege mode of one hart; by the order of interrupts-extended.
#define NO_CONTEXT UINT32_MAX

static dt_node controller; // DT_NONE: there is none
static volatile char *registers;
static uint64_t registers_size;
static uint32_t contexts[MAX_HARTS]; // of S-mode, by the hart's index

// Written at boot, before the number is enabled.
static struct {
    interrupt_handler *handler;
    void *argument;
} handlers[NUMBER_LIMIT];

static volatile uint32_t *plic_register_at(uint64_t offset)
{
    return (volatile uint32_t *)(registers + offset);
}

static volatile uint32_t *enable_word(uint32_t context, uint32_t number)
{
    return plic_register_at(ENABLE + (uint64_t)context * ENABLE_STEP + number / 32 * 4);
}

static volatile uint32_t *context_register(uint32_t context, uint64_t offset)
{
    return plic_register_at(offset + (uint64_t)context * CONTEXT_STEP);
}

// The context of S-mode of a hart.
static uint32_t find_context(uint32_t hart_id)
{
    struct dt_interrupt interrupt;
    for (uint32_t i = 0; dt_interrupt(controller, i, &interrupt); i++) {
        dt_node cpu = dt_parent(interrupt.controller);
        if (interrupt.number == S_EXTERNAL && dt_number(cpu, "reg", UINT64_MAX) == hart_id)
            return CLAIM + (i + 1ul) * CONTEXT_STEP <= registers_size ? i : NO_CONTEXT;
    }
    return NO_CONTEXT;
}

// Numbers 1 to this one exist.
static uint32_t last_number(void)
{
    uint64_t last = dt_number(controller, "riscv,ndev", NUMBER_LIMIT - 1);
    return last < NUMBER_LIMIT ? last : NUMBER_LIMIT - 1;
}

// Whatever ran before may have left numbers enabled.
static void disable_all(void)
{
    for (uint32_t number = 1; number <= last_number(); number++)
        *plic_register_at(PRIORITY + number * 4) = 0;
    for (uint32_t i = 0; i < hart_count; i++) {
        for (uint32_t number = 0; contexts[i] != NO_CONTEXT && number <= last_number();
             number += 32)
            *enable_word(contexts[i], number) = 0;
    }
}

static dt_node find_controller(void)
{
    static const char *const names[] = {"sifive,plic-1.0.0", "riscv,plic0"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (dt_node node = dt_find(DT_NONE, "compatible", names[i]); node != DT_NONE;
             node = dt_find(node, "compatible", names[i])) {
            if (dt_is_okay(node))
                return node;
        }
    }
    return DT_NONE;
}

void plic_init(void)
{
    struct dt_range range;
    dt_node node = find_controller();
    if (!dt_reg(node, 0, &range) || !direct_map(range.base, range.size)) {
        print("cowshed: boot: no interrupt controller (PLIC): no device has interrupts\n");
        return;
    }
    controller = node;
    registers = phys_to_virt(range.base);
    registers_size = range.size;
    for (uint32_t i = 0; i < hart_count; i++)
        contexts[i] = find_context(harts[i].id);
    disable_all();
}

bool plic_register(dt_node device, unsigned index, interrupt_handler *handler, void *argument)
{
    struct dt_interrupt interrupt;
    if (!dt_interrupt(device, index, &interrupt) || interrupt.controller != controller ||
        controller == DT_NONE || interrupt.number == 0 || interrupt.number > last_number())
        return false;
    uint32_t number = interrupt.number;
    if (handlers[number].handler)
        return false;
    handlers[number].handler = handler;
    handlers[number].argument = argument;
    mmio_fence();
    for (uint32_t i = 0; i < hart_count; i++) {
        if (contexts[i] != NO_CONTEXT)
            *enable_word(contexts[i], number) |= 1u << number % 32;
    }
    *plic_register_at(PRIORITY + number * 4) = 1;
    return true;
}

void plic_start_hart(void)
{
    if (controller != DT_NONE && contexts[this_hart()->index] != NO_CONTEXT)
        *context_register(contexts[this_hart()->index], THRESHOLD) = 0;
    plic_resume();
}

// Between the claim and the completion the controller gives this number to no other hart.
//
// External interrupts go before the timer's (privileged specification, section 4.1.3): a device
// that raises its own for ever would keep the hart from all else. So until the next tick there are
// none.
void plic_serve(void)
{
    volatile uint32_t *claim = context_register(contexts[this_hart()->index], CLAIM);
    for (unsigned left = AT_ONCE; left && !(csr_read(sip) & SIE_TIMER); left--) {
        uint32_t number = *claim;
        if (!number)
            return;
        mmio_fence();
        handlers[number].handler(handlers[number].argument);
        mmio_fence();
        *claim = number;
    }
    csr_clear(sie, SIE_EXTERNAL);
}

void plic_resume(void)
{
    if (controller != DT_NONE && contexts[this_hart()->index] != NO_CONTEXT)
        csr_set(sie, SIE_EXTERNAL);
}
