#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

enum { MAX_ENTRIES = 1 << 22, MAX_WAYS = 1024, MAX_NUMBERS = 5, TEXT_SIZE = 512 };

struct part {
    char *name;
    char *words[MAX_NUMBERS];
    int count;
};

static struct part split(char *text)
{
    struct part part = {.name = strtok_r(text, ":", &text)};
    char *word;
    while (part.count < MAX_NUMBERS && (word = strtok_r(0, ":", &text)))
        part.words[part.count++] = word;
    return part;
}

static bool read_number(const char *text, uint32_t *out)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *out = value;
    return *text >= '0' && *text <= '9' && !*end && value <= UINT32_MAX;
}

static bool power_of_two(uint32_t value)
{
    return value && !(value & (value - 1));
}

static bool read_replacement(const char *text, enum replacement *out)
{
    *out = strcmp(text, "random") ? REPLACE_LRU : REPLACE_RANDOM;
    return !strcmp(text, "random") || !strcmp(text, "lru");
}

static bool sets_make_sense(const struct cache_geometry *found)
{
    return found->ways && found->ways <= MAX_WAYS && found->entries <= MAX_ENTRIES &&
           !(found->entries % found->ways) && power_of_two(found->entries / found->ways);
}

// BYTES:WAYS:LINE:POLICY
static bool read_cache(const struct part *part, struct cache_geometry *out)
{
    uint32_t bytes, line;
    if (part->count != 4 || !read_number(part->words[0], &bytes) ||
        !read_number(part->words[1], &out->ways) || !read_number(part->words[2], &line) ||
        line != 1 << LINE_SHIFT || bytes % line ||
        !read_replacement(part->words[3], &out->replacement))
        return false;
    out->entries = bytes >> LINE_SHIFT;
    return sets_make_sense(out);
}

// ENTRIES:WAYS:POLICY
static bool read_tlb(const struct part *part, struct cache_geometry *out)
{
    return part->count == 3 && read_number(part->words[0], &out->entries) &&
           read_number(part->words[1], &out->ways) &&
           read_replacement(part->words[2], &out->replacement) && sets_make_sense(out);
}

static bool read_branch(const struct part *part, struct geometry *out)
{
    return part->count == 4 && read_number(part->words[0], &out->counters) &&
           read_number(part->words[1], &out->history) &&
           read_number(part->words[2], &out->targets) &&
           read_number(part->words[3], &out->returns) && power_of_two(out->counters) &&
           out->counters <= MAX_ENTRIES && out->history <= 31 && out->targets <= MAX_ENTRIES &&
           out->returns <= MAX_ENTRIES;
}

static bool read_part(const struct part *part, struct geometry *out)
{
    const struct {
        const char *name;
        struct cache_geometry *cache, *tlb;
    } parts[] = {{"l1i", &out->l1i, 0},   {"l1d", &out->l1d, 0},   {"l2", &out->l2, 0},
                 {"itlb", 0, &out->itlb}, {"dtlb", 0, &out->dtlb}, {"stlb", 0, &out->stlb}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!strcmp(part->name, parts[i].name))
            return parts[i].cache ? read_cache(part, parts[i].cache) : read_tlb(part, parts[i].tlb);
    }
    if (!strcmp(part->name, "walk"))
        return part->count == 1 && read_number(part->words[0], &out->walk_entries) &&
               out->walk_entries <= MAX_WAYS;
    return !strcmp(part->name, "branch") && read_branch(part, out);
}

const char *geometry_read(struct geometry *geometry, const char *text)
{
    static char copy[TEXT_SIZE], wrong[TEXT_SIZE + 64];
    *geometry = (struct geometry){0};
    if (strlen(text) >= sizeof copy)
        return "a core is described by at most 511 characters";
    strcpy(copy, text);
    char *rest = copy, *word = strtok_r(copy, "/", &rest);
    if (!word || strlen(word) >= sizeof geometry->name)
        return "a core begins with its name, of at most 31 characters";
    strcpy(geometry->name, word);
    while ((word = strtok_r(0, "/", &rest))) {
        snprintf(wrong, sizeof wrong, "core %s: %s makes no sense", geometry->name, word);
        struct part part = split(word);
        if (!part.name || !read_part(&part, geometry))
            return wrong;
    }
    if (!geometry->l1i.entries || !geometry->l1d.entries || !geometry->l2.entries ||
        !geometry->itlb.entries || !geometry->dtlb.entries || !geometry->counters)
        return "a core needs l1i, l1d, l2, itlb, dtlb and branch";
    return 0;
}
