// Stands in for kernel/arch/hart.h: one hart.
#pragma once

#include "arch/types.h"

struct hart {
    uint32_t id, index;
};

extern struct hart harts[MAX_HARTS];
extern uint32_t hart_count;

static inline struct hart *this_hart(void)
{
    return &harts[0];
}
