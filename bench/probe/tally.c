#include "tally.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct tally_entry *slot_of(const struct tally *tally, uint64_t address)
{
    size_t slot = (address * 0x9e3779b97f4a7c15) >> 20 & (tally->size - 1);
    while (tally->entries[slot].times && tally->entries[slot].address != address)
        slot = (slot + 1) & (tally->size - 1);
    return &tally->entries[slot];
}

static void grow(struct tally *tally)
{
    struct tally old = *tally;
    tally->size = old.size ? old.size * 2 : 64;
    tally->entries = calloc(tally->size, sizeof *tally->entries);
    if (!tally->entries) {
        fprintf(stderr, "probe: no memory for a tally\n");
        exit(1);
    }
    for (size_t i = 0; i < old.size; i++) {
        if (old.entries[i].times)
            *slot_of(tally, old.entries[i].address) = old.entries[i];
    }
    free(old.entries);
}

void tally_add(struct tally *tally, uint64_t address, uint64_t times, uint64_t amount)
{
    if (tally->count * 2 >= tally->size)
        grow(tally);
    struct tally_entry *entry = slot_of(tally, address);
    tally->count += entry->times == 0;
    entry->address = address;
    entry->times += times;
    entry->amount += amount;
}

void tally_clear(struct tally *tally)
{
    if (tally->count > 0)
        memset(tally->entries, 0, tally->size * sizeof *tally->entries);
    tally->count = 0;
}

// Entries before others, the lowest address first.
static int by_address(const void *left, const void *right)
{
    const struct tally_entry *a = left, *b = right;
    if (!a->times || !b->times)
        return !a->times - !b->times;
    return (a->address > b->address) - (a->address < b->address);
}

void tally_write(const struct tally *tally, FILE *out, const char *word)
{
    if (tally->count == 0)
        return;
    struct tally_entry *sorted = malloc(tally->size * sizeof *sorted);
    if (!sorted)
        return; // the file is then not whole
    memcpy(sorted, tally->entries, tally->size * sizeof *sorted);
    qsort(sorted, tally->size, sizeof *sorted, by_address);
    for (size_t i = 0; i < tally->count; i++)
        fprintf(out, "%s %" PRIx64 " %" PRIu64 " %" PRIu64 "\n", word, sorted[i].address,
                sorted[i].times, sorted[i].amount);
    free(sorted);
}
