#include "fs/pipe.h"
#include "arch/layout.h"
#include "lib/wait.h"
#include "mm/audit.h"
#include "mm/frame.h"

// At either end one process at a time has the turn, and moves bytes without the lock, since user
// memory must not be touched with it: the reader those from its position up to the writer's, the
// writer those behind. Each alone moves its own position on.
struct end {
    bool open;
    bool busy;         // some process has the turn
    uint64_t position; // bytes that went past here
    uint64_t wanted;   // bytes to move that the process with the turn waits for
    struct list turn;  // wait queue: for the turn
    struct list ready; // wait queue: the process with the turn, for the other end
};

struct pipe {
    struct spinlock lock; // guards the ends
    struct end ends[2];
    struct list link; // in the list of all pipes
    char ring[];
};

#define RING_SIZE (PAGE_SIZE - sizeof(struct pipe))

// Guards the list of all pipes, and is held until a frame is in it or free again, so that an audit
// always knows whose the frame is.
static struct spinlock pipes_lock;
static struct list pipes = LIST_EMPTY(pipes);

static void visit_frames(void (*visit)(pfn_t))
{
    list_for_each(link, &pipes) visit(virt_to_pfn(list_entry(link, struct pipe, link)));
}

void pipe_init(void)
{
    audit_add_frames(visit_frames);
}

static void end_init(struct end *end)
{
    *end = (struct end){.open = true};
    list_init(&end->turn);
    list_init(&end->ready);
}

struct pipe *pipe_create(void)
{
    uint64_t flags = spin_lock(&pipes_lock);
    pfn_t frame = frame_alloc();
    struct pipe *pipe = frame != FRAME_NONE ? pfn_to_virt(frame) : 0;
    if (pipe)
        list_append(&pipes, &pipe->link);
    spin_unlock(&pipes_lock, flags);
    if (!pipe)
        return 0;
    spin_init(&pipe->lock);
    end_init(&pipe->ends[PIPE_READ]);
    end_init(&pipe->ends[PIPE_WRITE]);
    return pipe;
}

static void pipe_destroy(struct pipe *pipe)
{
    uint64_t flags = spin_lock(&pipes_lock);
    list_remove(&pipe->link);
    frame_free(virt_to_pfn(pipe));
    spin_unlock(&pipes_lock, flags);
}

static enum pipe_end other(enum pipe_end end)
{
    return end == PIPE_READ ? PIPE_WRITE : PIPE_READ;
}

void pipe_close(struct pipe *pipe, enum pipe_end end)
{
    uint64_t flags = spin_lock(&pipe->lock);
    pipe->ends[end].open = false;
    bool last = !pipe->ends[other(end)].open;
    wait_wake_all(&pipe->ends[other(end)].ready);
    spin_unlock(&pipe->lock, flags);
    if (last)
        pipe_destroy(pipe);
}

// One call of pipe_read() or pipe_write(). The lock is held but where the text says otherwise.
struct transfer {
    struct pipe *pipe;
    enum pipe_end end;
    struct place place;
    uint64_t size, done; // bytes
    bool failed;         // the place cannot be reached
    uint64_t flags;      // of the lock
};

// Bytes that an end could move now.
static uint64_t available(const struct pipe *pipe, enum pipe_end end)
{
    uint64_t filled = pipe->ends[PIPE_WRITE].position - pipe->ends[PIPE_READ].position;
    return end == PIPE_READ ? filled : RING_SIZE - filled;
}

static bool is_open(const struct transfer *transfer, enum pipe_end end)
{
    return transfer->pipe->ends[end].open;
}

// Takes the lock and the turn. False, with the lock free: the process is killed. Then it may have
// been the one that was woken for the turn, and wakes the next.
static bool begin(struct transfer *transfer)
{
    struct pipe *pipe = transfer->pipe;
    struct end *own = &pipe->ends[transfer->end];
    transfer->flags = spin_lock(&pipe->lock);
    bool alive = true;
    while (own->busy && alive)
        alive = wait_on(&own->turn, &pipe->lock);
    if (alive) {
        own->busy = true;
        return true;
    }
    if (!own->busy)
        wait_wake_first(&own->turn);
    spin_unlock(&pipe->lock, transfer->flags);
    return false;
}

static void finish(struct transfer *transfer)
{
    struct end *own = &transfer->pipe->ends[transfer->end];
    own->busy = false;
    wait_wake_first(&own->turn);
    spin_unlock(&transfer->pipe->lock, transfer->flags);
}

// Waits until so many bytes can be moved, or the other end is closed. False: the process is killed.
static bool wait_ready(struct transfer *transfer, uint64_t wanted)
{
    struct pipe *pipe = transfer->pipe;
    struct end *own = &pipe->ends[transfer->end];
    own->wanted = wanted;
    bool alive = true;
    while (alive && available(pipe, transfer->end) < wanted &&
           is_open(transfer, other(transfer->end)))
        alive = wait_on(&own->ready, &pipe->lock);
    return alive;
}

// Without the lock: between the place and the ring.
static int copy(const struct transfer *transfer, char *bytes, uint64_t length)
{
    return transfer->end == PIPE_READ
               ? copy_to_place(transfer->place, transfer->done, bytes, length)
               : copy_from_place(bytes, transfer->place, transfer->done, length);
}

// Moves as many bytes as there are in one piece of the ring. False: none.
static bool move(struct transfer *transfer)
{
    struct pipe *pipe = transfer->pipe;
    struct end *own = &pipe->ends[transfer->end], *others = &pipe->ends[other(transfer->end)];
    uint64_t at = own->position % RING_SIZE, length = transfer->size - transfer->done;
    if (length > available(pipe, transfer->end))
        length = available(pipe, transfer->end);
    if (length > RING_SIZE - at)
        length = RING_SIZE - at;

    spin_unlock(&pipe->lock, transfer->flags);
    transfer->failed = copy(transfer, pipe->ring + at, length);
    spin_lock(&pipe->lock);
    if (transfer->failed)
        return false;
    own->position += length;
    transfer->done += length;
    if (available(pipe, other(transfer->end)) >= others->wanted)
        wait_wake_all(&others->ready);
    return length;
}

int64_t pipe_read(struct pipe *pipe, struct place to, uint64_t size)
{
    struct transfer transfer = {.pipe = pipe, .end = PIPE_READ, .place = to, .size = size};
    if (!size)
        return 0;
    if (!begin(&transfer))
        return -1;
    bool alive = wait_ready(&transfer, 1);
    while (alive && transfer.done < size && move(&transfer))
        ;
    finish(&transfer);
    if (transfer.done)
        return transfer.done;
    return alive && !transfer.failed ? 0 : -1;
}

// A writer that finds too little room waits until there is more than a little: else a reader of
// few bytes and a writer of many would take turns for each of them.
int64_t pipe_write(struct pipe *pipe, struct place from, uint64_t size)
{
    struct transfer transfer = {.pipe = pipe, .end = PIPE_WRITE, .place = from, .size = size};
    if (!begin(&transfer))
        return -1;
    bool able = true;
    while (able && !transfer.failed && transfer.done < size) {
        uint64_t left = size - transfer.done;
        able = wait_ready(&transfer, left < RING_SIZE / 2 ? left : RING_SIZE / 2) &&
               is_open(&transfer, PIPE_READ);
        if (able)
            move(&transfer);
    }
    finish(&transfer);
    if (!able)
        return -1;
    return transfer.done || !transfer.failed ? (int64_t)transfer.done : -1;
}
