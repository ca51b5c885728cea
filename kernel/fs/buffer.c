#include "fs/buffer.h"
#include "fs/volume.h"
#include "lib/string.h"
#include "mm/frame.h"

static struct buffer *buffers;
static size_t count;

// Guards which block is in which buffer, and who uses it.
static struct spinlock cache_lock;
static struct buffer **buckets; // chains of buffers, by the low bits of the block's number
static uint32_t bucket_mask;
static size_t hand;         // of the clock: where the search for a buffer to reuse goes on
static struct list starved; // who waits until some buffer has no user

static uint32_t bucket_count(size_t buffers_wanted)
{
    uint32_t number = 1;
    while (number < buffers_wanted)
        number *= 2;
    return number;
}

bool buffer_init(size_t wanted)
{
    uint32_t bucket_number = bucket_count(wanted);
    char *data = frame_boot_alloc(wanted * BLOCK_SIZE);
    buffers = frame_boot_alloc(wanted * sizeof *buffers);
    buckets = frame_boot_alloc(bucket_number * sizeof(struct buffer *));
    if (!data || !buffers || !buckets)
        return false;
    for (size_t i = 0; i < wanted; i++) {
        buffers[i].data = data + i * BLOCK_SIZE;
        mutex_init(&buffers[i].mutex);
    }
    count = wanted;
    bucket_mask = bucket_number - 1;
    hand = 0;
    list_init(&starved);
    return true;
}

size_t buffer_count(void)
{
    return count;
}

// Here and below, "locked" is cache_lock.

static inline struct buffer **bucket_of(uint32_t block)
{
    return &buckets[block & bucket_mask];
}

// Locked.
static inline struct buffer *find(uint32_t block)
{
    struct buffer *buffer = *bucket_of(block);
    while (buffer && buffer->block != block)
        buffer = buffer->next;
    return buffer;
}

// One that was never used is in no chain. Locked.
static void forget(struct buffer *buffer)
{
    struct buffer **link = bucket_of(buffer->block);
    while (*link && *link != buffer)
        link = &(*link)->next;
    if (*link)
        *link = buffer->next;
}

// A buffer without users that was not used lately, for another block. 0 where all have users.
// Locked.
static struct buffer *recycle(uint32_t block)
{
    struct buffer *buffer = 0;
    for (size_t i = 0; i < 2 * count && !buffer; i++) {
        struct buffer *here = &buffers[hand];
        hand = hand + 1 < count ? hand + 1 : 0;
        if (!here->users && !here->recent)
            buffer = here;
        else if (!here->users)
            here->recent = false;
    }
    if (!buffer)
        return 0;
    forget(buffer);
    buffer->block = block;
    buffer->valid = false; // without users, so nobody has the mutex
    buffer->next = *bucket_of(block);
    *bucket_of(block) = buffer;
    return buffer;
}

// Takes the cache's lock, and waits where all buffers have users. The caller is one of its users
// then, and takes the mutex.
static struct buffer *use(uint32_t block)
{
    uint64_t flags = spin_lock(&cache_lock);
    struct buffer *buffer = find(block);
    if (__builtin_expect(buffer != 0, 1)) {
        buffer->recent = true;
    } else {
        while (!(buffer = recycle(block))) {
            wait_on_always(&starved, &cache_lock);
            if ((buffer = find(block)))
                break;
        }
    }
    buffer->users++;
    spin_unlock(&cache_lock, flags);
    return buffer;
}

void buffer_release(struct buffer *buffer)
{
    uint64_t flags = spin_lock(&cache_lock);
    if (--buffer->users == 0 && __builtin_expect(!list_empty(&starved), 0))
        wait_wake_all(&starved);
    spin_unlock(&cache_lock, flags);
}

void buffer_keep(struct buffer *buffer)
{
    uint64_t flags = spin_lock(&cache_lock);
    buffer->users++;
    spin_unlock(&cache_lock, flags);
}

void buffer_put(struct buffer *buffer)
{
    mutex_unlock(&buffer->mutex);
    buffer_release(buffer);
}

static void prepare_read(struct buffer *buffer)
{
    buffer->request.op = BLOCK_READ;
    buffer->request.block = buffer->block;
    buffer->request.data = buffer->data;
}

static __attribute__((noinline)) struct buffer *read(struct buffer *buffer)
{
    prepare_read(buffer);
    block_submit(volume.device, &buffer->request);
    buffer->valid = block_wait(&buffer->request) == 0;
    if (buffer->valid)
        return buffer;
    volume_damaged("a block cannot be read", buffer->block);
    buffer_put(buffer);
    return 0;
}

struct buffer *buffer_get(uint32_t block)
{
    struct buffer *buffer = use(block);
    mutex_lock(&buffer->mutex);
    return __builtin_expect(buffer->valid, 1) ? buffer : read(buffer);
}

struct buffer *buffer_get_blank(uint32_t block)
{
    struct buffer *buffer = use(block);
    mutex_lock(&buffer->mutex);
    buffer->valid = true;
    return buffer;
}

struct buffer *buffer_get_zeroed(uint32_t block)
{
    struct buffer *buffer = buffer_get_blank(block);
    memset(buffer->data, 0, BLOCK_SIZE);
    return buffer;
}

// A buffer for a block that is not in memory, with its mutex; 0 where it is, or there is no room.
// Does not wait: whoever has one for this may have others.
static struct buffer *start_prefetch(uint32_t block)
{
    uint64_t flags = spin_lock(&cache_lock);
    struct buffer *buffer = find(block) ? 0 : recycle(block);
    if (buffer) {
        buffer->users++;
        mutex_try(&buffer->mutex); // it had no users, so this takes it
    }
    spin_unlock(&cache_lock, flags);
    return buffer;
}

void buffer_prefetch(const uint32_t *blocks, size_t number)
{
    struct list requests = LIST_EMPTY(requests);
    struct buffer *started[BUFFER_PREFETCH];
    size_t used = 0;
    for (size_t i = 0; i < number && used < BUFFER_PREFETCH; i++) {
        struct buffer *buffer = blocks[i] ? start_prefetch(blocks[i]) : 0;
        if (!buffer)
            continue;
        prepare_read(buffer);
        list_append(&requests, &buffer->request.link);
        started[used++] = buffer;
    }
    if (used)
        block_submit_all(volume.device, &requests);
    for (size_t i = 0; i < used; i++) {
        started[i]->valid = block_wait(&started[i]->request) == 0;
        buffer_put(started[i]);
    }
}
