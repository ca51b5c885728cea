#include "decode.h"

#include "mark.h"

// Bits high..low of the instruction, moved to `to`.
static int64_t field(uint32_t bits, int high, int low, int to)
{
    return (int64_t)(bits >> low & (((uint32_t)1 << (high - low + 1)) - 1)) << to;
}

static int64_t sign_extended(int64_t value, int size)
{
    int64_t sign = (int64_t)1 << (size - 1);
    return (value ^ sign) - sign;
}

static bool is_link(uint32_t reg)
{
    return reg == 1 || reg == 5;
}

// By the table of hints for a return stack (unprivileged specification, 2.5).
static enum kind indirect_kind(uint32_t rd, uint32_t rs1)
{
    if (is_link(rd))
        return KIND_INDIRECT_CALL;
    return is_link(rs1) ? KIND_RETURN : KIND_INDIRECT;
}

static struct decoded decode_atomic(uint32_t bits)
{
    uint32_t function = field(bits, 31, 27, 0);
    struct decoded found = {.atomic = true, .loads = true, .stores = true};
    if (function == 2)
        found.stores = false; // lr
    if (function == 3)
        found.conditional = true; // sc
    return found;
}

static enum kind system_kind(uint32_t bits)
{
    uint32_t function = field(bits, 14, 12, 0), number = field(bits, 31, 20, 0);
    if (bits == 0x00000073)
        return KIND_ECALL;
    if (bits == 0x00100073 || bits == 0xc0001073) // ebreak; unimp, as assemblers write it
        return KIND_BREAK;
    if (bits == 0x10200073 || bits == 0x30200073)
        return KIND_TRAP_RETURN;
    if (!function && field(bits, 31, 25, 0) == 0x09)
        return field(bits, 19, 15, 0) ? KIND_FLUSH_PAGE : KIND_FLUSH;
    return function == 2 && number == 0xc00 && !field(bits, 19, 15, 0) ? KIND_READ_CYCLE
                                                                       : KIND_PLAIN;
}

static struct decoded decode_32(uint64_t address, uint32_t bits)
{
    struct decoded found = {.kind = KIND_PLAIN};
    uint32_t rd = field(bits, 11, 7, 0), rs1 = field(bits, 19, 15, 0);
    int64_t offset;
    switch (bits & 0x7f) {
    case 0x03: // load
    case 0x07: // floating point
        found.loads = true;
        break;
    case 0x23: // store
    case 0x27:
        found.stores = true;
        break;
    case 0x2f:
        return decode_atomic(bits);
    case 0x13:
        if (rd == 0 && rs1 == 0 && field(bits, 14, 12, 0) == 2) {
            found.mark = field(bits, 31, 20, 0);
            if (found.mark >= MARK_BEGIN && found.mark <= MARK_LEAVE)
                found.kind = KIND_MARK;
        }
        break;
    case 0x0f:
        found.kind = field(bits, 14, 12, 0) == 1 ? KIND_FENCE_I : KIND_FENCE;
        break;
    case 0x63:
        offset = field(bits, 31, 31, 12) | field(bits, 7, 7, 11) | field(bits, 30, 25, 5) |
                 field(bits, 11, 8, 1);
        found.kind = KIND_BRANCH;
        found.target = address + sign_extended(offset, 13);
        break;
    case 0x6f:
        offset = field(bits, 31, 31, 20) | field(bits, 19, 12, 12) | field(bits, 20, 20, 11) |
                 field(bits, 30, 21, 1);
        found.kind = is_link(rd) ? KIND_CALL : KIND_JUMP;
        found.target = address + sign_extended(offset, 21);
        break;
    case 0x67:
        found.kind = indirect_kind(rd, rs1);
        break;
    case 0x73:
        found.kind = system_kind(bits);
        break;
    }
    return found;
}

static struct decoded decode_16(uint64_t address, uint32_t bits)
{
    struct decoded found = {.kind = KIND_PLAIN};
    uint32_t function = field(bits, 15, 13, 0), quadrant = bits & 3;
    int64_t offset;
    if (quadrant != 1) {
        found.loads = function >= 1 && function <= 3; // fld, lw, ld; of the stack pointer, too
        found.stores = function >= 5;
    }
    if (quadrant == 2 && function == 0)
        found.loads = false; // slli
    if (quadrant == 1 && function == 5) {
        offset = field(bits, 12, 12, 11) | field(bits, 11, 11, 4) | field(bits, 10, 9, 8) |
                 field(bits, 8, 8, 10) | field(bits, 7, 7, 6) | field(bits, 6, 6, 7) |
                 field(bits, 5, 3, 1) | field(bits, 2, 2, 5);
        found.kind = KIND_JUMP;
        found.target = address + sign_extended(offset, 12);
    }
    if (quadrant == 1 && function >= 6) {
        offset = field(bits, 12, 12, 8) | field(bits, 11, 10, 3) | field(bits, 6, 5, 6) |
                 field(bits, 4, 3, 1) | field(bits, 2, 2, 5);
        found.kind = KIND_BRANCH;
        found.target = address + sign_extended(offset, 9);
    }
    if (bits == 0x9002 || bits == 0)
        found.kind = KIND_BREAK;
    // jr and jalr have no second register.
    if (quadrant == 2 && function == 4 && !field(bits, 6, 2, 0) && field(bits, 11, 7, 0))
        found.kind = indirect_kind(field(bits, 12, 12, 0), field(bits, 11, 7, 0));
    return found;
}

struct decoded decode(uint64_t address, uint32_t bits)
{
    return (bits & 3) == 3 ? decode_32(address, bits) : decode_16(address, bits);
}
