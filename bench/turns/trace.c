#include "trace.h"
#include "turns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static FILE *file;
static struct step last;
static uint32_t turns;

bool trace_open(void)
{
    if (!arguments.trace || (file = fopen(arguments.trace, "wb")))
        return true;
    fprintf(stderr, "turns: trace=%s: %s\n", arguments.trace, strerror(errno));
    return false;
}

void trace_turn(void)
{
    turns++;
}

static void write_last(void)
{
    if (last.pc)
        fwrite(&last, sizeof last, 1, file);
}

void trace_step(unsigned hart, uint64_t pc)
{
    if (!file)
        return;
    write_last();
    last = (struct step){.pc = pc, .hart = hart, .turn = turns};
}

void trace_address(uint64_t address)
{
    last.address = address;
}

void trace_close(void)
{
    if (!file)
        return;
    write_last();
    fclose(file);
    file = 0;
}
