#include "zipf.h"

// Of rank r, from 1: 1/r, in such a unit that the smallest is 2^32. All of 2^24 ranks together have
// less than 2^61.
static uint64 weight(uint64 count, uint64 r)
{
    return (count << 32) / r;
}

static uint64 mean_weight(uint64 count)
{
    uint64 sum = 0;
    for (uint64 r = 1; r <= count; r++)
        sum += weight(count, r);
    return sum / count;
}

// Of a height of 2^32. part is at most the whole, which is at least 2^32 and less than 2^37.
static uint32 share(uint64 part, uint64 whole)
{
    uint64 heights = (part << 26) / (whole >> 6);
    return heights > (uint32)-1 ? (uint32)-1 : heights;
}

// A column is as high as the mean weight. Ranks below it leave room, which is filled by the first
// rank that has more than a column; as soon as that has less, its own column is filled by the next.
void zipf_fill(struct zipf_column *columns, uint64 count)
{
    uint64 height = mean_weight(count);
    uint64 light = 1; // first rank below the mean
    while (light <= count && weight(count, light) >= height)
        light++;
    uint64 donor = 1, left = weight(count, donor);
    for (uint64 r = light; r <= count; r++) {
        uint64 own = weight(count, r);
        columns[r - 1] = (struct zipf_column){share(own, height), donor - 1};
        left -= height - own;
        while (left < height && donor + 1 < light) {
            columns[donor - 1] = (struct zipf_column){share(left, height), donor};
            left = weight(count, donor + 1) - (height - left);
            donor++;
        }
    }
    for (; donor < light; donor++)
        columns[donor - 1] = (struct zipf_column){-1, donor - 1};
}
