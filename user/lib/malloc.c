// The heap.
//
// The heap is a row of blocks without gaps. A block starts with its head: its size, and two bits
// that say whether it and the block before it are free. What the caller gets starts behind the
// head. A free block also has links to others of about its size, and ends with its size again, so
// that a block that becomes free finds both its neighbors; no two free blocks ever touch.
//
// The heap grows by sbrk. Where the program itself has moved the break since, the new part is a
// row of its own. Each row ends with a head of size 0 that is never free.

#include <stdbool.h>

#include "user/user.h"

struct block {
    uint64 head;                 // bytes, a multiple of 16, with the two bits
    struct block *next, *before; // of a free block alone
};

#define FREE 1UL
#define FREE_BEFORE 2UL
#define BITS (FREE | FREE_BEFORE)

#define HEAD sizeof(uint64)
#define UNIT 16
#define SMALLEST 32UL      // head, two links, and the size at the end
#define LARGEST 0x7fffff00 // sbrk's argument is an int
#define STEP (32 * 1024)   // the heap grows by this at least, if there is as much

// Free blocks, by size. List 2k has sizes from 2^k, list 2k + 1 from 1.5 * 2^k; a bit of `filled`
// for each list that is not empty.
#define LISTS 64
static struct block *lists[LISTS];
static uint64 filled;

// The head at the end of the newest row; 0 before the first.
static struct block *end;

static uint64 size_of(const struct block *block)
{
    return block->head & ~BITS;
}

static struct block *block_after(struct block *block)
{
    return (struct block *)((char *)block + size_of(block));
}

static uint list_of(uint64 size)
{
    uint power = 0;
    while (size >> (power + 1))
        power++;
    return 2 * power + (size >> (power - 1) & 1);
}

static void list_add(struct block *block)
{
    uint number = list_of(size_of(block));
    struct block *first = lists[number];
    block->before = 0;
    block->next = first;
    if (first)
        first->before = block;
    lists[number] = block;
    filled |= 1UL << number;
}

static void list_remove(struct block *block)
{
    uint number = list_of(size_of(block));
    if (block->next)
        block->next->before = block->before;
    if (block->before)
        block->before->next = block->next;
    else
        lists[number] = block->next;
    if (!lists[number])
        filled &= ~(1UL << number);
}

// Makes a block of that size free. The block before it is not free.
static void make_free(struct block *block, uint64 size)
{
    block->head = size | FREE;
    struct block *after = block_after(block);
    ((uint64 *)after)[-1] = size;
    after->head |= FREE_BEFORE;
    list_add(block);
}

// A block that has just been given up, and free neighbors, become one free block.
static void join(struct block *block)
{
    uint64 size = size_of(block);
    struct block *after = block_after(block);
    if (after->head & FREE) {
        list_remove(after);
        size += size_of(after);
    }
    if (block->head & FREE_BEFORE) {
        block = (struct block *)((char *)block - ((uint64 *)block)[-1]);
        list_remove(block);
        size += size_of(block);
    }
    make_free(block, size);
}

// Takes size bytes from the start of a block that is in no list; a rest that can be a block
// becomes free.
static void *use(struct block *block, uint64 size)
{
    uint64 rest = size_of(block) - size;
    if (rest < SMALLEST) {
        size += rest;
        rest = 0;
    }
    block->head = size;
    struct block *after = block_after(block);
    if (rest)
        make_free(after, rest);
    else
        after->head &= ~FREE_BEFORE;
    return (char *)block + HEAD;
}

// A free block of at least that size, out of its list; 0 where there is none.
static struct block *find(uint64 size)
{
    uint number = list_of(size);
    struct block *block = lists[number];
    while (block && size_of(block) < size)
        block = block->next;
    while (!block && filled >> number > 1)
        block = lists[++number]; // any block of a higher list is large enough
    if (!block)
        return 0;
    list_remove(block);
    return block;
}

// Adds memory at the break, so that there is a free block of at least that size.
static bool grow(uint64 size)
{
    char *top = sbrk(0);
    bool new_row = !end || top != (char *)end + HEAD;
    if (!new_row && end->head & FREE_BEFORE)
        size -= ((uint64 *)end)[-1];
    uint64 lead = new_row ? (HEAD - (uint64)top) % UNIT + HEAD : 0; // to align; and the last head
    uint64 more = size > STEP ? size : STEP;
    if (sbrk(lead + more) == (char *)-1) {
        more = size;
        if (sbrk(lead + more) == (char *)-1)
            return false;
    }
    struct block *block = new_row ? (struct block *)(top + lead - HEAD) : end;
    uint64 bits = new_row ? 0 : block->head & BITS;
    block->head = more | bits;
    end = block_after(block);
    end->head = 0;
    join(block);
    return true;
}

static struct block *block_of(void *memory)
{
    return (struct block *)((char *)memory - HEAD);
}

void *malloc(uint bytes)
{
    if (bytes > LARGEST)
        return 0;
    uint64 size = ((uint64)bytes + HEAD + UNIT - 1) & -(uint64)UNIT;
    if (size < SMALLEST)
        size = SMALLEST;
    struct block *block = find(size);
    if (!block && grow(size))
        block = find(size);
    return block ? use(block, size) : 0;
}

void free(void *memory)
{
    if (!memory)
        return;
    struct block *block = block_of(memory);
    if (block->head & FREE) {
        fprintf(2, "free: %p is not in use\n", memory);
        exit(1);
    }
    join(block);
}
