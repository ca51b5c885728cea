#include "fs/alloc.h"
#include "fs/volume.h"
#include "lib/string.h"

enum { BITS_PER_WORD = 64 };

// Blocks. A bit is guarded by the mutex of the buffer that it lies in. An allocation first takes
// one from the count and then looks for it; freeing goes the other way: so there are never fewer
// free bits than the count says.
static atomic_uint free_blocks;
static atomic_uint next_block; // where the search starts: a hint

// Inodes. The bits say which of the disk's are not FS_FREE.
static struct spinlock inodes_lock; // guards the rest
static uint64_t inodes_used[FS_MAX_INODES / BITS_PER_WORD + 1];
static uint32_t free_inodes;
static uint32_t lowest_inode; // none below it is free

uint32_t alloc_bitmap_blocks(void)
{
    return volume.super.data_start - volume.super.bitmap_start;
}

uint32_t alloc_free_blocks(void)
{
    return atomic_load_explicit(&free_blocks, memory_order_relaxed);
}

uint32_t alloc_free_inodes(void)
{
    return free_inodes;
}

// These two without functions of libgcc, which has none for the kernel's ABI.

// The number of the lowest bit that is 1; there is one.
static uint32_t lowest_one(uint64_t word)
{
    uint32_t number = 0;
    for (uint32_t half = BITS_PER_WORD / 2; half; half /= 2) {
        if (word << (BITS_PER_WORD - half) == 0) {
            number += half;
            word >>= half;
        }
    }
    return number;
}

// How many bits are 1.
static uint32_t count_ones(uint64_t word)
{
    uint32_t count = 0;
    for (; word; word &= word - 1)
        count++;
    return count;
}

// The first bit that is 0 of those from begin on and before end; end where there is none.
static uint32_t find_zero(const uint64_t *words, uint32_t begin, uint32_t end)
{
    if (begin >= end)
        return end;
    uint32_t at = begin / BITS_PER_WORD;
    uint64_t word = words[at] | ((1ul << begin % BITS_PER_WORD) - 1);
    while (word == UINT64_MAX) {
        if (++at * BITS_PER_WORD >= end)
            return end;
        word = words[at];
    }
    uint32_t bit = at * BITS_PER_WORD + lowest_one(~word);
    return bit < end ? bit : end;
}

// Bits of this block of the bitmap that belong to blocks for content: from begin on, before end.
struct bits {
    uint32_t begin, end;
};

static struct bits content_bits(uint32_t index)
{
    uint32_t first = index * FS_BITS_PER_BLOCK;
    struct bits bits = {0, FS_BITS_PER_BLOCK};
    if (volume.super.data_start > first)
        bits.begin = volume.super.data_start - first < FS_BITS_PER_BLOCK
                         ? volume.super.data_start - first
                         : FS_BITS_PER_BLOCK;
    if (volume.super.blocks - first < FS_BITS_PER_BLOCK)
        bits.end = volume.super.blocks - first;
    return bits;
}

// A block whose bit lies in this block of the bitmap, from bit `from` on. 0 where there is none.
static uint32_t alloc_from(struct operation *operation, uint32_t index, uint32_t from)
{
    struct bits bits = content_bits(index);
    if (from < bits.begin)
        from = bits.begin;
    struct buffer *buffer = from < bits.end ? buffer_get(volume.super.bitmap_start + index) : 0;
    if (!buffer)
        return 0;
    uint64_t *words = buffer->data;
    uint32_t bit = find_zero(words, from, bits.end), block = 0;
    if (bit < bits.end) {
        words[bit / BITS_PER_WORD] |= 1ul << bit % BITS_PER_WORD;
        log_write(operation, buffer);
        block = index * FS_BITS_PER_BLOCK + bit;
    }
    buffer_put(buffer);
    return block;
}

static bool take_from_count(void)
{
    unsigned old = atomic_load_explicit(&free_blocks, memory_order_relaxed);
    while (old && !atomic_compare_exchange_weak(&free_blocks, &old, old - 1))
        ;
    return old;
}

// Goes round once, and once more, since others may free behind the search's back while they take
// what lies before it.
uint32_t block_alloc(struct operation *operation)
{
    if (!take_from_count())
        return 0;
    uint32_t start = atomic_load_explicit(&next_block, memory_order_relaxed);
    uint32_t index = start / FS_BITS_PER_BLOCK, from = start % FS_BITS_PER_BLOCK;
    for (uint32_t i = 0; i <= 2 * alloc_bitmap_blocks(); i++) {
        uint32_t block = alloc_from(operation, index, from);
        if (block) {
            atomic_store_explicit(&next_block, block + 1, memory_order_relaxed);
            return block;
        }
        index = index + 1 < alloc_bitmap_blocks() ? index + 1 : 0;
        from = 0;
    }
    atomic_fetch_add(&free_blocks, 1);
    return 0;
}

// Sets the bits of those at the array's end that lie in this block of the bitmap to 0. How many
// blocks are left.
static size_t clear_bits(uint32_t index, uint64_t *words, const uint32_t *blocks, size_t count)
{
    for (; count; count--) {
        uint32_t block = blocks[count - 1];
        if (!volume_has(block) || block / FS_BITS_PER_BLOCK != index)
            break;
        uint64_t mask = 1ul << block % BITS_PER_WORD;
        uint64_t *word = &words[block % FS_BITS_PER_BLOCK / BITS_PER_WORD];
        if (!(*word & mask)) {
            volume_damaged("a file has a block that is free", block);
            continue;
        }
        *word &= ~mask;
        atomic_fetch_add_explicit(&free_blocks, 1, memory_order_relaxed);
    }
    return count;
}

size_t blocks_free(struct operation *operation, const uint32_t *blocks, size_t count, uint32_t keep)
{
    while (count) {
        uint32_t block = blocks[count - 1];
        if (!volume_has(block)) {
            if (block)
                volume_damaged("a file has a block that cannot be a file's", block);
            count--;
            continue;
        }
        uint32_t index = block / FS_BITS_PER_BLOCK;
        struct buffer *buffer = buffer_get(volume.super.bitmap_start + index);
        if (!buffer) {
            operation->failed = true;
            break;
        }
        bool room = buffer->logged || operation->left > keep;
        if (room) {
            count = clear_bits(index, buffer->data, blocks, count);
            log_write(operation, buffer);
        }
        buffer_put(buffer);
        if (!room)
            break;
    }
    return count;
}

uint32_t inode_number_alloc(void)
{
    uint64_t flags = spin_lock(&inodes_lock);
    uint32_t number = 0;
    if (free_inodes) {
        number = find_zero(inodes_used, lowest_inode, volume.super.inodes);
        inodes_used[number / BITS_PER_WORD] |= 1ul << number % BITS_PER_WORD;
        free_inodes--;
        lowest_inode = number + 1;
    }
    spin_unlock(&inodes_lock, flags);
    return number;
}

void inode_number_used(uint32_t number)
{
    uint64_t flags = spin_lock(&inodes_lock);
    inodes_used[number / BITS_PER_WORD] |= 1ul << number % BITS_PER_WORD;
    free_inodes--;
    spin_unlock(&inodes_lock, flags);
}

void inode_number_free(uint32_t number)
{
    uint64_t flags = spin_lock(&inodes_lock);
    inodes_used[number / BITS_PER_WORD] &= ~(1ul << number % BITS_PER_WORD);
    free_inodes++;
    if (number < lowest_inode)
        lowest_inode = number;
    spin_unlock(&inodes_lock, flags);
}

static uint32_t count_zeroes(const uint64_t *words, struct bits bits)
{
    uint32_t zeroes = 0;
    for (uint32_t bit = bits.begin; bit < bits.end;) {
        uint32_t next = (bit / BITS_PER_WORD + 1) * BITS_PER_WORD;
        uint64_t word = words[bit / BITS_PER_WORD] | ((1ul << bit % BITS_PER_WORD) - 1);
        if (next > bits.end)
            word |= -(1ul << bits.end % BITS_PER_WORD);
        zeroes += count_ones(~word);
        bit = next;
    }
    return zeroes;
}

const char *alloc_mount(void)
{
    uint32_t blocks = 0;
    for (uint32_t index = 0; index < alloc_bitmap_blocks(); index++) {
        struct buffer *buffer = buffer_get(volume.super.bitmap_start + index);
        if (!buffer)
            return "the disk fails";
        blocks += count_zeroes(buffer->data, content_bits(index));
        buffer_put(buffer);
    }
    atomic_store(&free_blocks, blocks);
    atomic_store(&next_block, volume.super.data_start);
    memset(inodes_used, 0, sizeof inodes_used);
    free_inodes = volume.super.inodes;
    lowest_inode = 0;
    inode_number_used(0);
    return 0;
}
