// The reader of devicetrees (kernel/dev/devicetree.c) on the host.
//
// usage: devicetree show FILE [PATH...]    what it finds in a devicetree, and at some paths
//        devicetree damage FILE SEED TRIES TRIES times: 1 to 4 bytes of the devicetree get other
//                                          values, and all that is in it is looked for
//
// The devicetree lies in memory that goes on behind it. Of that, what is beyond the size in the
// header must not be read: the address sanitizer sees it.

#include "arch/boot.h"
#include "arch/layout.h"
#include "dev/devicetree.h"
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS = 0x1000, HEADER = 40, SIZE_FIELD = 4 };
#define MEMORY (16ul << 20)

static unsigned char *memory;

void *phys_to_virt(paddr_t address)
{
    return memory + address;
}

bool direct_map(paddr_t base, uint64_t size)
{
    return base + size >= base && base + size <= MEMORY;
}

// Puts a devicetree where the reader finds it. Gives what dt_init() says of it.
static const char *place(const unsigned char *blob, size_t size)
{
    ASAN_UNPOISON_MEMORY_REGION(memory, MEMORY);
    memcpy(memory + ADDRESS, blob, size);
    const unsigned char *field = blob + SIZE_FIELD;
    size_t said = (size_t)field[0] << 24 | field[1] << 16 | field[2] << 8 | field[3];
    size_t end = ADDRESS + (said < HEADER ? HEADER : said);
    ASAN_POISON_MEMORY_REGION(memory, ADDRESS);
    if (end < MEMORY)
        ASAN_POISON_MEMORY_REGION(memory + end, MEMORY - end);
    return dt_init(ADDRESS);
}

// Finding. Each step of a walk over the whole tree adds to a sum, so that nothing is left out.

static uint64_t sum;
static bool quiet;

static void tell(const char *what, uint64_t a, uint64_t b)
{
    sum = (sum ^ a ^ b << 17) * 0x9e3779b97f4a7c15;
    if (!quiet)
        printf(" %s %lx %lx", what, a, b);
}

static void tell_text(const char *what, const char *text)
{
    for (size_t i = 0; text[i]; i++)
        sum = (sum ^ (unsigned char)text[i]) * 0x9e3779b97f4a7c15;
    if (!quiet)
        printf(" %s %s", what, text);
}

// The node's place in the order of the tree, from 1 on; 0: none.
static unsigned place_of(dt_node node)
{
    unsigned place = 0;
    for (dt_node at = DT_NONE; node != DT_NONE && at != node; place++)
        at = dt_next(at);
    return place;
}

static void show_node(dt_node node)
{
    struct dt_range range;
    struct dt_interrupt interrupt;
    tell("parent", place_of(dt_parent(node)), dt_is_okay(node));
    tell_text("compatible", dt_string(node, "compatible", "none"));
    tell("number", dt_number(node, "phandle", 0), dt_is_compatible(node, "second"));
    for (unsigned i = 0; dt_reg(node, i, &range); i++)
        tell("reg", range.base, range.size);
    for (unsigned i = 0; dt_interrupt(node, i, &interrupt); i++)
        tell("interrupt", place_of(interrupt.controller), interrupt.number);
    if (!quiet)
        printf("\n");
}

static void show_all(char **paths)
{
    for (dt_node node = dt_next(DT_NONE); node != DT_NONE; node = dt_next(node))
        show_node(node);
    for (dt_node node = DT_NONE; (node = dt_find(node, "device_type", "memory"));)
        tell("memory", place_of(node), 0);
    struct dt_range range;
    for (unsigned i = 0; dt_reserved(i, &range); i++)
        tell("reserved", range.base, range.size);
    for (; *paths; paths++)
        tell(*paths, place_of(dt_path(*paths)), 0);
    tell("end", dt_end() - ADDRESS, 0);
    if (!quiet)
        printf("\n");
}

// Damage.

static uint64_t random_state;

static uint64_t random_next(void) // Marsaglia's xorshift
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

// One in eight of the bytes to be changed is in the header, which is much smaller than the rest.
static void damage(unsigned char *blob, size_t size)
{
    for (uint64_t left = 1 + random_next() % 4; left; left--) {
        size_t within = random_next() % 8 ? size : HEADER;
        blob[random_next() % within] = random_next();
    }
}

static void try_damaged(const unsigned char *blob, size_t size, unsigned tries, char **paths)
{
    unsigned char *damaged = malloc(size);
    unsigned refused = 0;
    quiet = true;
    for (unsigned i = 0; i < tries; i++) {
        memcpy(damaged, blob, size);
        damage(damaged, size);
        if (place(damaged, size))
            refused++;
        else
            show_all(paths);
    }
    free(damaged);
    printf("%u refused, %u read, sum %016lx\n", refused, tries - refused, sum);
}

static unsigned char *read_file(const char *name, size_t *size)
{
    FILE *file = fopen(name, "rb");
    if (!file) {
        perror(name);
        exit(2);
    }
    unsigned char *content = malloc(MEMORY);
    *size = fread(content, 1, MEMORY - ADDRESS, file);
    fclose(file);
    return content;
}

int main(int argc, char **argv)
{
    static char *usual[] = {"/", "/chosen", "/cpus/cpu@0:x", "/soc/plic", "/a/b/c", 0};
    if (argc < 3 || (strcmp(argv[1], "damage") == 0 && argc != 5))
        return 2;
    size_t size;
    unsigned char *blob = read_file(argv[2], &size);
    memory = calloc(1, MEMORY);
    if (strcmp(argv[1], "damage") == 0) {
        random_state = strtoul(argv[3], 0, 10) * 2 + 1;
        try_damaged(blob, size, strtoul(argv[4], 0, 10), usual);
    } else {
        const char *wrong = place(blob, size);
        if (wrong)
            printf("refused: %s\n", wrong);
        else
            show_all(argv + 3);
    }
    free(blob);
    free(memory);
    return 0;
}
