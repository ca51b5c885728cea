#include "code.h"

#include <inttypes.h>
#include <stdlib.h>

#include "space.h"

// Profiles by instruction: a table with open addressing, at most half full.
struct entry {
    uint64_t address, physical;
    uint32_t bits;
    enum mode mode;
    struct profile profile;
};

static struct entry **table;
static size_t table_size, entry_count;

static void *allocated(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) {
        fprintf(stderr, "probe: no memory for the code of the machine\n");
        exit(1);
    }
    return memory;
}

static struct entry **slot_of(uint64_t address, uint64_t physical, uint32_t bits)
{
    uint64_t hash = (address ^ physical << 17 ^ (uint64_t)bits << 31) * 0x9e3779b97f4a7c15;
    size_t slot = hash >> 20 & (table_size - 1);
    while (table[slot] && (table[slot]->address != address || table[slot]->physical != physical ||
                           table[slot]->bits != bits))
        slot = (slot + 1) & (table_size - 1);
    return &table[slot];
}

static void grow(void)
{
    struct entry **old = table;
    size_t old_size = table_size;
    table_size = old_size ? old_size * 2 : 4096;
    table = allocated(table_size, sizeof *table);
    for (size_t i = 0; i < old_size; i++) {
        if (old[i])
            *slot_of(old[i]->address, old[i]->physical, old[i]->bits) = old[i];
    }
    free(old);
}

static struct profile *profile_of(const struct instruction *instruction, uint32_t bits,
                                  enum mode mode)
{
    if (entry_count * 2 >= table_size)
        grow();
    struct entry **slot = slot_of(instruction->address, instruction->physical, bits);
    if (!*slot) {
        *slot = allocated(1, sizeof **slot);
        **slot = (struct entry){.address = instruction->address,
                                .physical = instruction->physical,
                                .bits = bits,
                                .mode = mode};
        entry_count++;
    }
    return &(*slot)->profile;
}

struct block *code_block(uint32_t count)
{
    struct block *block = allocated(1, sizeof *block + count * sizeof block->instructions[0]);
    block->count = count;
    return block;
}

void code_add(struct block *block, uint32_t index, uint64_t address, uint64_t physical,
              uint32_t bits, bool profiling)
{
    struct instruction *instruction = &block->instructions[index];
    uint8_t size = (bits & 3) == 3 ? 4 : 2;
    uint64_t line = physical >> LINE_SHIFT;
    *instruction = (struct instruction){
        .address = address,
        .physical = physical,
        .decoded = decode(address, bits),
        .size = size,
        .begins_line = index == 0 ||
                       (instruction[-1].physical + instruction[-1].size - 1) >> LINE_SHIFT != line,
        .ends_in_next = (physical + size - 1) >> LINE_SHIFT != line,
    };
    if (profiling)
        instruction->profile = profile_of(instruction, bits, block->mode);
}

void code_clear_profiles(void)
{
    for (size_t i = 0; i < table_size; i++) {
        if (table[i])
            table[i]->profile = (struct profile){0};
    }
}

static bool caused_nothing(const struct profile *profile)
{
    const uint64_t *numbers = (const uint64_t *)profile;
    for (size_t i = 0; i < sizeof *profile / sizeof *numbers; i++) {
        if (numbers[i])
            return false;
    }
    return true;
}

void code_write_profiles(FILE *out, bool with_core)
{
    for (size_t i = 0; i < table_size; i++) {
        const struct entry *entry = table[i];
        if (!entry || caused_nothing(&entry->profile))
            continue;
        fprintf(out, "instruction %" PRIx64 " %" PRIx64 " %" PRIx32 " %s ", entry->address,
                entry->physical, entry->bits, mode_names[entry->mode]);
        for (int event = 0; event < EVENT_COUNT; event++)
            fprintf(out, "%s%" PRIu64, event ? "," : "", entry->profile.program[event]);
        for (int event = 0; with_core && event < CORE_EVENT_COUNT; event++)
            fprintf(out, ",%" PRIu64, entry->profile.core[event]);
        fprintf(out, "\n");
    }
}
