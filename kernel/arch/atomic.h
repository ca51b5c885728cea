// An atomic operation that C lacks.
#pragma once

#include "arch/types.h"

// Subtracts n from a shared number in one step if it is at least n. Returns whether it was; then
// *left is the rest. In C this is a loop of ten instructions around a compare-and-exchange. Here
// the comparison is inside the pair of instructions below it, LR and SC (Unprivileged Architecture,
// section 8.2).
static inline bool take_from(uint64_t *number, uint64_t n, uint64_t *left)
{
    uint64_t value, failed;
    __asm__ goto("1: lr.d %0, %2\n"
                 "   bltu %0, %3, %l[too_few]\n"
                 "   sub %0, %0, %3\n"
                 "   sc.d %1, %0, %2\n"
                 "   bnez %1, 1b"
                 : "=&r"(value), "=&r"(failed), "+A"(*number)
                 : "r"(n)
                 : "memory"
                 : too_few);
    *left = value;
    return true;
too_few:
    return false;
}
