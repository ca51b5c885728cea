#include "fs/pipe.h"
#include "arch/layout.h"
#include "lib/queue.h"
#include "mm/audit.h"
#include "mm/frame.h"

// At either end one process at a time has the turn, and moves bytes without the lock, since user
// memory must not be touched with it: the reader those from its position up to the writer's, the
// writer those behind. Each alone moves its own position on.
//
// Who waits for the turn wants to move a number of bytes, and gets the turn when that can be done:
// so it is woken once. Only a writer of more may wait again, for room, with the turn.
struct end {
    bool open;
    bool busy;          // some process has the turn
    uint64_t position;  // bytes that went past here
    struct queue turns; // who waits for the turn
};

struct pipe {
    struct spinlock lock; // guards the rest, but not the ring
    struct end ends[2];
    struct list room;     // wait list: the writer that has the turn
    uint64_t room_wanted; // bytes that it waits for
    struct list link;     // in the list of all pipes
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
    queue_init(&end->turns);
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
    list_init(&pipe->room);
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

// Bytes that an end could move now. The lock is held here and below, but where the text says
// otherwise.
static uint64_t available(const struct pipe *pipe, enum pipe_end end)
{
    uint64_t filled = pipe->ends[PIPE_WRITE].position - pipe->ends[PIPE_READ].position;
    return end == PIPE_READ ? filled : RING_SIZE - filled;
}

// Whether so many bytes can be moved, or never will be.
static bool is_ready(const struct pipe *pipe, enum pipe_end end, uint64_t wanted)
{
    return available(pipe, end) >= wanted || !pipe->ends[other(end)].open;
}

static bool take_turn(struct pipe *pipe, enum pipe_end end, uint64_t wanted)
{
    if (pipe->ends[end].busy || !is_ready(pipe, end, wanted))
        return false;
    pipe->ends[end].busy = true;
    return true;
}

static bool take_read_turn(struct queue *queue, uint64_t wanted)
{
    return take_turn(list_entry(queue, struct pipe, ends[PIPE_READ].turns), PIPE_READ, wanted);
}

static bool take_write_turn(struct queue *queue, uint64_t wanted)
{
    return take_turn(list_entry(queue, struct pipe, ends[PIPE_WRITE].turns), PIPE_WRITE, wanted);
}

static void give_turn(struct queue *queue, uint64_t wanted)
{
    (void)wanted;
    list_entry(queue, struct end, turns)->busy = false;
}

static const struct queue_kind turn_kinds[] = {
    [PIPE_READ] = {take_read_turn, give_turn},
    [PIPE_WRITE] = {take_write_turn, give_turn},
};

// The end can move more bytes than before, or the other one is closed.
static void wake_end(struct pipe *pipe, enum pipe_end end)
{
    queue_serve(&pipe->ends[end].turns, &turn_kinds[end]);
    if (end == PIPE_WRITE && is_ready(pipe, end, pipe->room_wanted))
        wait_wake_all(&pipe->room);
}

void pipe_close(struct pipe *pipe, enum pipe_end end)
{
    uint64_t flags = spin_lock(&pipe->lock);
    pipe->ends[end].open = false;
    bool last = !pipe->ends[other(end)].open;
    wake_end(pipe, other(end));
    spin_unlock(&pipe->lock, flags);
    if (last)
        pipe_destroy(pipe);
}

// One call of pipe_read() or pipe_write().
struct transfer {
    struct pipe *pipe;
    enum pipe_end end;
    struct place place;
    uint64_t size, done; // bytes
    bool failed;         // the place cannot be reached
    uint64_t flags;      // of the lock
};

// Takes the lock, and the turn when so many bytes can be moved or the other end is closed. False,
// with the lock free: the process is killed.
static bool begin(struct transfer *transfer, uint64_t wanted)
{
    struct pipe *pipe = transfer->pipe;
    enum pipe_end end = transfer->end;
    transfer->flags = spin_lock(&pipe->lock);
    if (queue_wait(&pipe->ends[end].turns, &turn_kinds[end], &pipe->lock, wanted))
        return true;
    spin_unlock(&pipe->lock, transfer->flags);
    return false;
}

static void finish(struct transfer *transfer)
{
    struct pipe *pipe = transfer->pipe;
    pipe->ends[transfer->end].busy = false;
    wake_end(pipe, transfer->end);
    wake_end(pipe, other(transfer->end));
    spin_unlock(&pipe->lock, transfer->flags);
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
    struct end *own = &pipe->ends[transfer->end];
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
    return length;
}

int64_t pipe_read(struct pipe *pipe, struct place to, uint64_t size)
{
    struct transfer transfer = {.pipe = pipe, .end = PIPE_READ, .place = to, .size = size};
    if (!size)
        return 0;
    if (!begin(&transfer, 1))
        return -1;
    while (transfer.done < size && move(&transfer))
        ;
    finish(&transfer);
    return transfer.done || !transfer.failed ? (int64_t)transfer.done : -1;
}

// What a writer waits for that has so many bytes left: room for all, or at least for more than a
// little. Else a reader of few bytes and a writer of many would take turns for each of them.
static uint64_t room_for(uint64_t left)
{
    return left < RING_SIZE / 2 ? left : RING_SIZE / 2;
}

// With the turn. False: the process is killed, or the read end is closed.
static bool wait_for_room(struct transfer *transfer)
{
    struct pipe *pipe = transfer->pipe;
    pipe->room_wanted = room_for(transfer->size - transfer->done);
    bool alive = true;
    while (alive && !is_ready(pipe, PIPE_WRITE, pipe->room_wanted)) {
        wake_end(pipe, PIPE_READ);
        alive = wait_on(&pipe->room, &pipe->lock);
    }
    return alive && pipe->ends[PIPE_READ].open;
}

int64_t pipe_write(struct pipe *pipe, struct place from, uint64_t size)
{
    struct transfer transfer = {.pipe = pipe, .end = PIPE_WRITE, .place = from, .size = size};
    if (!begin(&transfer, room_for(size)))
        return -1;
    bool able = true;
    while (able && !transfer.failed && transfer.done < size) {
        able = wait_for_room(&transfer);
        if (able)
            move(&transfer);
    }
    finish(&transfer);
    if (!able)
        return -1;
    return transfer.done || !transfer.failed ? (int64_t)transfer.done : -1;
}
