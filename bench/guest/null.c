// Measured: one getpid, from the call of the library's stub to its return; so the way into the
// kernel and back, and the five instructions of the call itself.
// Not measured: any work of the kernel beyond that.

#include "sample.h"

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    uint64 start = sample_start();
    getpid();
    sample_keep(start, cycles_now(), 1);
    return sample_report();
}

BENCHMARK(10, null) = {
    .family = "null",
    .unit = "call",
    .measure = measure,
};
