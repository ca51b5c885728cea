#include "arch/sbi.h"

enum {
    EXT_PUTCHAR = 1,
    EXT_TIME = 0x54494d45,
    EXT_IPI = 0x735049,
    EXT_HSM = 0x48534d,
    EXT_RESET = 0x53525354
};

static int64_t sbi_call(uint64_t extension, uint64_t function, uint64_t x, uint64_t y, uint64_t z)
{
    register uint64_t a0 __asm__("a0") = x;
    register uint64_t a1 __asm__("a1") = y;
    register uint64_t a2 __asm__("a2") = z;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return a0;
}

void sbi_console_putchar(char c)
{
    sbi_call(EXT_PUTCHAR, 0, (unsigned char)c, 0, 0);
}

void sbi_set_timer(uint64_t time)
{
    sbi_call(EXT_TIME, 0, time, 0, 0);
}

void sbi_send_ipi(uint64_t hart_mask, uint64_t base)
{
    sbi_call(EXT_IPI, 0, hart_mask, base, 0);
}

bool sbi_hart_start(uint64_t id, paddr_t entry, uint64_t argument)
{
    return sbi_call(EXT_HSM, 0, id, entry, argument) == 0;
}

void sbi_shutdown(void)
{
    sbi_call(EXT_RESET, 0, 0, 0, 0);
}
