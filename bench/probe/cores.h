// All simulated cores: each gets the same stream, which may be recorded.
#pragma once

#include <stdio.h>

#include "core.h"

struct cores {
    struct core list[MAX_CORES];
    uint32_t count;
    // The stream as text, for another implementation of core.h; 0: none. It is that of the first
    // region that is kept. Cores that are recorded get nothing before it, so that they are empty
    // where it begins.
    FILE *record;
    bool waiting; // for that region
};

void cores_fetch(struct cores *cores, const struct who *who, uint64_t line);
void cores_data(struct cores *cores, const struct who *who, uint64_t line, bool store);
void cores_translate(struct cores *cores, const struct who *who, uint64_t address,
                     uint64_t physical, uint32_t shift, bool fetch);
void cores_branch(struct cores *cores, const struct who *who, uint64_t address, bool taken);
void cores_call(struct cores *cores, uint32_t hart, uint64_t return_address);
void cores_indirect(struct cores *cores, const struct who *who, uint64_t address, uint64_t target);
void cores_return(struct cores *cores, const struct who *who, uint64_t target);
void cores_flush(struct cores *cores, uint32_t hart);
void cores_drop(struct cores *cores, uint32_t hart, uint64_t address, uint64_t physical,
                uint32_t shift);
void cores_fence_i(struct cores *cores, uint32_t hart);

// Adds to the record what was counted for a hart: a line for each core and mode.
void cores_record_counts(struct cores *cores, uint32_t hart, const struct counts *counts);
void cores_end_record(struct cores *cores);
