// What C has no operation for.
#pragma once

#include "arch/types.h"

// Subtracts n from a number that many change, where it is n or more, in one step. Returns whether
// it was; then *left is what is left of it. In C this is a loop around a compare-and-exchange, of
// ten instructions; with the pair of instructions that stands behind that, the comparison is inside
// (Unprivileged Architecture, section 8.2).
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
