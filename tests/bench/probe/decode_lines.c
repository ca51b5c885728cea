// What the probe sees in instructions: reads lines of ADDRESS BITS, hexadecimal; prints for each
// its kind, l s a c for what it is besides (loads, stores, atomic, conditional) or -, its target
// and mark.
#include <inttypes.h>
#include <stdio.h>

#include "decode.h"

static const char *const kinds[] = {
    [KIND_PLAIN] = "plain",
    [KIND_BRANCH] = "branch",
    [KIND_JUMP] = "jump",
    [KIND_CALL] = "call",
    [KIND_INDIRECT] = "indirect",
    [KIND_INDIRECT_CALL] = "indirect_call",
    [KIND_RETURN] = "return",
    [KIND_ECALL] = "ecall",
    [KIND_BREAK] = "break",
    [KIND_TRAP_RETURN] = "trap_return",
    [KIND_FENCE] = "fence",
    [KIND_FENCE_I] = "fence_i",
    [KIND_FLUSH] = "flush",
    [KIND_FLUSH_PAGE] = "flush_page",
    [KIND_READ_CYCLE] = "read_cycle",
    [KIND_MARK] = "mark",
};

int main(void)
{
    uint64_t address;
    uint32_t bits;
    while (scanf("%" SCNx64 " %" SCNx32, &address, &bits) == 2) {
        struct decoded found = decode(address, bits);
        printf("%s %s%s%s%s- %" PRIx64 " %" PRIx32 "\n", kinds[found.kind], found.loads ? "l" : "",
               found.stores ? "s" : "", found.atomic ? "a" : "", found.conditional ? "c" : "",
               found.target, found.kind == KIND_MARK ? found.mark : 0);
    }
    return 0;
}
