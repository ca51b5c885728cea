#include "space.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *space_read(struct space *space, const char *text)
{
    char mode[16];
    int end = 0;
    struct range range;
    if (space->count == MAX_RANGES)
        return "space: there are at most 16 ranges";
    if (sscanf(text, "%15[a-z]:%" SCNx64 ":%" SCNx64 ":%" SCNu32 "%n", mode, &range.first,
               &range.last, &range.shift, &end) != 4 ||
        text[end] || range.first > range.last)
        return "space: a range is MODE:FIRST:LAST:SHIFT, such as "
               "kernel:ffffffc000000000:ffffffffffffffff:30";
    if (range.shift != UNTRANSLATED && range.shift != 12 && range.shift != 21 && range.shift != 30)
        return "space: pages have 12, 21 or 30 bits, or 0 where nothing is translated";
    for (range.mode = 0; range.mode < MODES; range.mode++) {
        if (!strcmp(mode, mode_names[range.mode])) {
            space->ranges[space->count++] = range;
            return 0;
        }
    }
    return "space: a mode is user, kernel or firmware";
}

static const char *read_span(struct span *span, const char *text)
{
    int end = 0;
    if (sscanf(text, "%" SCNx64 ":%" SCNx64 "%n", &span->first, &span->last, &end) != 2 ||
        text[end] || span->first > span->last)
        return "it is FIRST:LAST, such as ffffffffc0204000:ffffffffc0204fff";
    return 0;
}

const char *space_read_waiting(struct space *space, const char *text)
{
    if (space->waiting_count == MAX_RANGES)
        return "there are at most 16";
    const char *wrong = read_span(&space->waiting[space->waiting_count], text);
    space->waiting_count += !wrong;
    return wrong;
}

const char *space_read_named(struct space *space, const char *text)
{
    return read_span(&space->named, text);
}

static bool is_in(const struct span *span, uint64_t address)
{
    return span->first <= address && address <= span->last;
}

bool space_waits(const struct space *space, uint64_t instruction)
{
    for (uint32_t i = 0; i < space->waiting_count; i++) {
        if (is_in(&space->waiting[i], instruction))
            return true;
    }
    return false;
}

uint64_t space_name(const struct space *space, uint64_t address, uint64_t instruction)
{
    return is_in(&space->named, address) ? address : instruction;
}

static const struct range *range_of(const struct space *space, uint64_t address)
{
    for (uint32_t i = 0; i < space->count; i++) {
        if (space->ranges[i].first <= address && address <= space->ranges[i].last)
            return &space->ranges[i];
    }
    return 0;
}

enum mode space_mode(const struct space *space, uint64_t address)
{
    const struct range *range = range_of(space, address);
    return range ? range->mode : MODE_USER;
}

uint32_t space_shift(const struct space *space, uint64_t address)
{
    const struct range *range = range_of(space, address);
    return range ? range->shift : USER_PAGE_SHIFT;
}
