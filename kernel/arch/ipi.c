#include "arch/ipi.h"
#include "arch/csr.h"
#include "arch/sbi.h"
#include <stdatomic.h>

void ipi_send(struct hart *hart, enum ipi request)
{
    atomic_fetch_or_explicit(&hart->ipi, request, memory_order_release);
    sbi_send_ipi(1, hart->id);
}

uint32_t ipi_take(void)
{
    csr_clear(sip, SIE_SOFTWARE); // before the requests are read: a later one interrupts again
    return atomic_exchange_explicit(&this_hart()->ipi, 0, memory_order_acquire);
}
