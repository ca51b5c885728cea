// The flow of each hart: which instructions were executed, in their order, told from the blocks
// that it begins and the accesses that it makes. An access is reported when it has been made; so an
// instruction that faults is one whose access never came, and the next block is the trap handler.
//
// Work is put off: the instructions of a block are looked at when something is known to come behind
// them. That is exact, and costs a call for each block and access in place of each instruction.
#pragma once

#include "cores.h"
#include "decode.h"
#include "lines.h"
#include "rounds.h"
#include "space.h"
#include "tally.h"

struct instruction {
    uint64_t address, physical;
    struct decoded decoded;
    uint8_t size;      // bytes
    bool begins_line;  // of the cache, seen from the one before it in its block
    bool ends_in_next; // line: it lies across
    bool waits;        // it is of a function that waits for a lock
    struct profile *profile;
};

struct block {
    enum mode mode;
    bool translated; // its addresses are virtual
    uint32_t count;
    struct instruction instructions[];
};

enum { MAX_VECTORS = 8 };

struct hart {
    struct counts counts; // since the machine began
    const struct block *block;
    uint32_t next;     // instructions of the block before this one have been counted
    bool half;         // the next one has read memory, and is to write it
    bool cut;          // QEMU began a new block behind the last one, which accesses a device
    uint64_t line;     // last one fetched
    uint64_t data;     // last line of data accessed, by its address as the hart gave it
    bool stored;       // that line was written
    uint64_t page;     // last one fetched from
    uint64_t retried;  // the instruction whose access faulted; 0: none
    uint64_t executed; // instructions in all
    uint64_t atomic;   // the name (space_name) of what it has last accessed by an atomic
    bool waiting;      // for the lock of that name
    uint64_t waited;   // instructions of it that are not in the tally yet
};

struct flow {
    struct space space;
    struct cores cores;
    struct hart harts[MAX_HARTS];
    uint64_t vectors[MAX_VECTORS]; // where traps go
    uint32_t vector_count;
    bool profiling; // now: events also go to their instructions

    bool several; // harts
    struct rounds rounds;
    struct lines lines;
    bool together;      // now: what the harts cost each other goes to the tallies
    struct tally waits; // times and instructions, by the lock's name
    struct tally moves; // of lines: times, and how many for a change, by the name of the data
};

// A hart begins a block: then the one before it is over, as far as it came.
void flow_begin(struct flow *flow, uint32_t hart, const struct block *block);

// It comes to this instruction of its block, but has not executed it. With `past`, it has.
void flow_reach(struct flow *flow, uint32_t hart, const struct instruction *instruction, bool past);

// Whether an access is to the line of the one before it, which no core would notice.
bool flow_repeats(const struct flow *flow, uint32_t hart, uint64_t address, bool store);

// An instruction has accessed memory.
enum place { PLACE_REPEATED, PLACE_MEMORY, PLACE_DEVICE };
void flow_access(struct flow *flow, uint32_t hart, const struct instruction *instruction,
                 uint64_t address, uint64_t physical, bool store, enum place place);

void flow_add_vector(struct flow *flow, uint64_t address);

// The harts begin something together, where one of them is now: the tallies are empty then.
void flow_begin_together(struct flow *flow, uint32_t hart);

// It is over. Returns how long it took, if the harts ran side by side.
uint64_t flow_end_together(struct flow *flow, uint32_t hart);
