// What the benchmarks draw, as a library for the tests: tests/bench/guest/test_loads.py.
#include "random.h"
#include "zipf.h"

void fill(struct zipf_column *columns, uint64 count);
uint64 next(struct random *random);
uint64 below(struct random *random, uint64 limit);
uint64 draw(const struct zipf_column *columns, uint64 count, uint64 random);
void count_draws(const struct zipf_column *columns, uint64 count, struct random *random,
                 uint64 draws, uint64 *counts);

void fill(struct zipf_column *columns, uint64 count)
{
    zipf_fill(columns, count);
}

uint64 next(struct random *random)
{
    return random_next(random);
}

uint64 below(struct random *random, uint64 limit)
{
    return random_below(random, limit);
}

uint64 draw(const struct zipf_column *columns, uint64 count, uint64 random)
{
    return zipf_draw(columns, count, random);
}

void count_draws(const struct zipf_column *columns, uint64 count, struct random *random,
                 uint64 draws, uint64 *counts)
{
    while (draws-- > 0)
        counts[zipf_draw(columns, count, random_next(random))]++;
}
