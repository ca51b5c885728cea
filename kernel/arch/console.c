#include "arch/console.h"
#include "arch/csr.h"
#include "arch/sbi.h"
#include <stdatomic.h>

static atomic_flag busy = ATOMIC_FLAG_INIT; // one piece after the other goes to the firmware

static void write_by_firmware(const char *text, size_t size)
{
    uint64_t flags = irq_save();
    while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
        spin_pause();
    for (size_t i = 0; i < size; i++)
        sbi_console_putchar(text[i]);
    atomic_flag_clear_explicit(&busy, memory_order_release);
    irq_restore(flags);
}

static void drain_firmware(void) {}

static const struct console_device firmware = {write_by_firmware, drain_firmware};
static const struct console_device *device = &firmware; // set at boot, before other harts run

void console_write(const char *text, size_t size)
{
    device->write(text, size);
}

void console_drain(void)
{
    device->drain();
}

void console_set_device(const struct console_device *new_device)
{
    device = new_device;
}
