#include "arch/console.h"
#include "arch/csr.h"
#include "arch/sbi.h"
#include <stdatomic.h>

static void write_by_firmware(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sbi_console_putchar(text[i]);
}

static void (*writer)(const char *, size_t) = write_by_firmware;
static atomic_flag busy = ATOMIC_FLAG_INIT; // guards writer and the device behind it

void console_write(const char *text, size_t size)
{
    uint64_t flags = irq_save();
    while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
        ;
    writer(text, size);
    atomic_flag_clear_explicit(&busy, memory_order_release);
    irq_restore(flags);
}

void console_set_writer(void (*write)(const char *text, size_t size))
{
    writer = write;
}
