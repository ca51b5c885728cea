// Counting events, for the process and for the whole system (user/include/kernel/counters.h
// says what is counted). The same few instructions in every variant.
#pragma once

#include "arch/hart.h"
#include "kernel/counters.h"

// Adds amount to a field of the process's counters, which only the process touches, and of this
// hart's counters, whose sum over all harts is the system's. The second addition is atomic, since
// a process may move to another hart at any time.
#define COUNT(process_counters, field, amount)                                                     \
    counters_add(process_counters, offsetof(struct counters, field), amount)

static inline void counters_add(struct counters *process, size_t field, uint64_t amount)
{
    *(uint64_t *)((char *)process + field) += amount;
    char *hart = (char *)this_hart()->counters;
    __atomic_fetch_add((uint64_t *)(hart + field), amount, __ATOMIC_RELAXED);
}

// Every field has 64 bits, so the struct is an array, too.
#define COUNTERS_FIELDS (sizeof(struct counters) / sizeof(uint64_t))
_Static_assert(sizeof(struct counters) % sizeof(uint64_t) == 0, "only 64-bit fields");

// For a new process. Straight code: each fork runs it.
static inline void counters_clear(struct counters *process)
{
#pragma GCC unroll 64
    for (size_t i = 0; i < COUNTERS_FIELDS; i++)
        ((uint64_t *)process)[i] = 0;
}

// Boot: before the first COUNT.
void counters_init(void);

// The result of the system call counters(). process: the caller's counters.
void counters_read(struct counters *out, enum counters_op op, const struct counters *process);
