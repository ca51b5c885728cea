// Replays a stream on simulated cores, as the probe has them.
//
// usage: replay GEOMETRY...     reads what the probe wrote with record=FILE; prints the counts, as
// the
//                               probe writes them behind the stream
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cores.h"

static struct cores cores;
static struct counts counts[MAX_HARTS];

static void take(const char *what, struct who *who, const uint64_t *numbers)
{
    uint64_t a = numbers[0], b = numbers[1], c = numbers[2], d = numbers[3];
    if (!strcmp(what, "fetch"))
        cores_fetch(&cores, who, a);
    else if (!strcmp(what, "data"))
        cores_data(&cores, who, a, b);
    else if (!strcmp(what, "translate"))
        cores_translate(&cores, who, a, b, c, d);
    else if (!strcmp(what, "branch"))
        cores_branch(&cores, who, a, b);
    else if (!strcmp(what, "call"))
        cores_call(&cores, who->hart, a);
    else if (!strcmp(what, "indirect"))
        cores_indirect(&cores, who, a, b);
    else if (!strcmp(what, "return"))
        cores_return(&cores, who, a);
    else if (!strcmp(what, "flush"))
        cores_flush(&cores, who->hart);
    else if (!strcmp(what, "drop"))
        cores_drop(&cores, who->hart, a, b, c);
    else if (!strcmp(what, "fence_i"))
        cores_fence_i(&cores, who->hart);
    else
        exit(2);
}

static void add_core(const char *text)
{
    struct geometry geometry;
    const char *wrong = geometry_read(&geometry, text);
    if (wrong || cores.count == MAX_CORES) {
        fprintf(stderr, "replay: %s\n", wrong ? wrong : "too many cores");
        exit(2);
    }
    core_create(&cores.list[cores.count], &geometry, cores.count);
    cores.count++;
}

int main(int argc, char **argv)
{
    char line[256], what[16];
    for (int i = 1; i < argc; i++)
        add_core(argv[i]);
    while (fgets(line, sizeof line, stdin)) {
        uint32_t hart, mode;
        uint64_t numbers[4] = {0};
        if (sscanf(line,
                   "%15s %" SCNu32 " %" SCNu32 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
                   what, &hart, &mode, &numbers[0], &numbers[1], &numbers[2], &numbers[3]) < 3 ||
            hart >= MAX_HARTS || mode >= MODES)
            return 2;
        struct who who = {hart, mode, &counts[hart], 0};
        take(what, &who, numbers);
    }
    cores.record = stdout;
    for (uint32_t hart = 0; hart < MAX_HARTS; hart++)
        cores_record_counts(&cores, hart, &counts[hart]);
    return 0;
}
