// The birth of a page: its process is the only owner.
#pragma once

#include "counts.h"
#include "mm/cow.h"

static inline uint64_t cow_page_flags(uint64_t flags)
{
    return flags | PTE_ALONE;
}
