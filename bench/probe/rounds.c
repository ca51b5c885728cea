#include "rounds.h"

static uint64_t longest_with(const struct rounds *rounds, uint64_t executed)
{
    uint64_t turn = executed - rounds->begun;
    return turn > rounds->longest ? turn : rounds->longest;
}

void rounds_begin(struct rounds *rounds, uint32_t hart, uint64_t executed)
{
    *rounds = (struct rounds){.hart = hart, .begun = executed};
}

void rounds_change(struct rounds *rounds, uint64_t ended, uint32_t hart, uint64_t begun)
{
    rounds->longest = longest_with(rounds, ended);
    if (hart < rounds->hart) {
        rounds->makespan += rounds->longest;
        rounds->longest = 0;
    }
    rounds->hart = hart;
    rounds->begun = begun;
}

uint64_t rounds_makespan(const struct rounds *rounds, uint64_t executed)
{
    return rounds->makespan + longest_with(rounds, executed);
}
