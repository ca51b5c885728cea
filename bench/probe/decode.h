// What the probe has to know of an instruction (unprivileged specification, chapters 2, 8, 12 and
// 24 "RV32/64G Instruction Set Listings"; "C" extension, chapter 16; privileged
// specification, 3.3).
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum kind {
    KIND_PLAIN, // nothing that the probe looks at
    KIND_BRANCH,
    KIND_JUMP,          // direct
    KIND_CALL,          // direct
    KIND_INDIRECT,      // jump
    KIND_INDIRECT_CALL, // call
    KIND_RETURN,
    KIND_ECALL,
    KIND_BREAK, // ebreak, unimp
    KIND_TRAP_RETURN,
    KIND_FENCE,
    KIND_FENCE_I,
    KIND_FLUSH,      // sfence.vma, all addresses
    KIND_FLUSH_PAGE, // sfence.vma, one address
    KIND_READ_CYCLE,
    KIND_MARK,
};

struct decoded {
    enum kind kind;
    bool loads, stores, atomic;
    bool conditional; // sc: it may make no access
    uint64_t target;  // of a branch, a direct jump or call
    uint32_t mark;    // its number
};

// The instruction at `address`; `bits` is its 16 or 32 bits.
struct decoded decode(uint64_t address, uint32_t bits);
