// What each hart has executed in the region, written down: the file is a sequence of struct step.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct step {
    uint64_t pc;
    uint64_t address; // that a 64-bit AMO accesses; 0 for other instructions
    uint32_t hart;
    uint32_t turn; // its number in the region
};

// False, with a message, where the file cannot be written.
bool trace_open(void);

// A turn begins.
void trace_turn(void);

// A hart executes the instruction there.
void trace_step(unsigned hart, uint64_t pc);

// What it has accessed.
void trace_address(uint64_t address);

void trace_close(void);
