#include "fs/buffer.h"
#include "fs/volume.h"
#include "lib/string.h"
#include "mm/frame.h"

// The lock guards which block is in which buffer; users goes up from 0 only under it.
static struct {
    struct spinlock lock;
    uint32_t bucket_mask;
    struct buffer **buckets; // chains of buffers, by the low bits of the block's number
    struct buffer *buffers;
    size_t count;
    size_t hand;          // of the clock: where the search for a buffer to reuse goes on
    struct queue starved; // who waits until some buffer has no user
    atomic_bool starving; // there is somebody in it, or about to be
} cache;

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
    cache.buffers = frame_boot_alloc(wanted * sizeof *cache.buffers);
    cache.buckets = frame_boot_alloc(bucket_number * sizeof(struct buffer *));
    if (!data || !cache.buffers || !cache.buckets)
        return false;
    for (size_t i = 0; i < wanted; i++) {
        cache.buffers[i].data = data + i * BLOCK_SIZE;
        mutex_init(&cache.buffers[i].mutex);
    }
    cache.count = wanted;
    cache.bucket_mask = bucket_number - 1;
    cache.hand = 0;
    queue_init(&cache.starved);
    return true;
}

size_t buffer_count(void)
{
    return cache.count;
}

// Here and below, "locked" is the cache's lock.

static inline struct buffer **bucket_of(uint32_t block)
{
    return &cache.buckets[block & cache.bucket_mask];
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
    for (size_t i = 0; i < 2 * cache.count && !buffer; i++) {
        struct buffer *here = &cache.buffers[cache.hand];
        cache.hand = cache.hand + 1 < cache.count ? cache.hand + 1 : 0;
        if (atomic_load(&here->users))
            continue;
        if (!here->recent)
            buffer = here;
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

static struct buffer *add_user(struct buffer *buffer)
{
    atomic_fetch_add_explicit(&buffer->users, 1, memory_order_relaxed);
    return buffer;
}

// For one that waits for a buffer: the block may be in memory by now. Locked.
static bool take_room(struct queue *queue, uint64_t block)
{
    (void)queue;
    struct buffer *buffer = find(block);
    if (!buffer)
        buffer = recycle(block);
    return buffer && add_user(buffer);
}

static const struct queue_kind room = {.take = take_room};

// The block is not in memory: makes the caller a user of another buffer, in its turn. Locked.
static __attribute__((noinline)) struct buffer *find_room(uint32_t block)
{
    if (!atomic_load(&cache.starving)) {
        struct buffer *buffer = recycle(block);
        if (buffer)
            return add_user(buffer);
        // Said before the users are looked at again; who gives a buffer up looks the other way
        // round. So one of the two sees the other.
        atomic_store(&cache.starving, true);
    }
    queue_wait_always(&cache.starved, &room, &cache.lock, block);
    atomic_store(&cache.starving, !queue_is_empty(&cache.starved));
    return find(block);
}

// The caller is one of the buffer's users then, and takes the mutex.
static inline struct buffer *use(uint32_t block)
{
    uint64_t flags = spin_lock(&cache.lock);
    struct buffer *buffer = find(block);
    if (__builtin_expect(buffer != 0, 1)) {
        buffer->recent = true;
        add_user(buffer);
    } else {
        buffer = find_room(block);
    }
    spin_unlock(&cache.lock, flags);
    return buffer;
}

static __attribute__((noinline)) void serve_starved(void)
{
    uint64_t flags = spin_lock(&cache.lock);
    queue_serve(&cache.starved, &room);
    atomic_store(&cache.starving, !queue_is_empty(&cache.starved));
    spin_unlock(&cache.lock, flags);
}

void buffer_release(struct buffer *buffer)
{
    atomic_fetch_sub(&buffer->users, 1);
    if (__builtin_expect(atomic_load(&cache.starving), 0))
        serve_starved();
}

void buffer_keep(struct buffer *buffer)
{
    atomic_fetch_add_explicit(&buffer->users, 1, memory_order_relaxed);
}

void buffer_put(struct buffer *buffer)
{
    mutex_unlock(&buffer->mutex);
    buffer_release(buffer);
}

void buffer_put_shared(struct buffer *buffer)
{
    mutex_unlock_shared(&buffer->mutex);
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

// It cannot become invalid again while the caller is one of its users.
static __attribute__((noinline)) struct buffer *read_shared(struct buffer *buffer)
{
    mutex_unlock_shared(&buffer->mutex);
    mutex_lock(&buffer->mutex);
    if (!buffer->valid && !read(buffer))
        return 0;
    mutex_unlock(&buffer->mutex);
    mutex_lock_shared(&buffer->mutex);
    return buffer;
}

struct buffer *buffer_get_shared(uint32_t block)
{
    struct buffer *buffer = use(block);
    mutex_lock_shared(&buffer->mutex);
    return __builtin_expect(buffer->valid, 1) ? buffer : read_shared(buffer);
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

// A buffer for a block that is not in memory, with its mutex; 0 where it is, or there is no room to
// spare. Does not wait: whoever has one for this may have others.
static struct buffer *start_prefetch(uint32_t block)
{
    uint64_t flags = spin_lock(&cache.lock);
    bool wanted = !find(block) && !atomic_load(&cache.starving);
    struct buffer *buffer = wanted ? recycle(block) : 0;
    if (buffer) {
        add_user(buffer);
        mutex_try(&buffer->mutex); // it had no users, so this takes it
    }
    spin_unlock(&cache.lock, flags);
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
