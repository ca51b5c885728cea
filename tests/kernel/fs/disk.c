#include "disk.h"
#include "processes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PENDING = 1024 };

// A write that no flush has made durable yet.
struct write {
    struct write *next;
    uint32_t block;
    uint64_t ended; // when; 0: not yet
    uint8_t data[BLOCK_SIZE];
};

struct transfer {
    struct block_request *request;
    struct write *write; // of a write
    uint64_t begun;      // when
};

static struct block_device device;
static uint8_t *durable, *visible; // what survives; what is read
static struct write *first_write, **last_write = &first_write;
static struct transfer pending[MAX_PENDING];
static unsigned pending_count;
static struct random *chance;
static uint64_t cut_after, fail_reads, fail_writes, write_count, flush_count;
static uint32_t cut_block;
static uint64_t now; // counts what happens

static struct write *add_write(const struct block_request *request)
{
    struct write *write = malloc(sizeof *write);
    *write = (struct write){.block = request->block};
    memcpy(write->data, request->data, BLOCK_SIZE);
    *last_write = write;
    last_write = &write->next;
    return write;
}

static void submit(struct block_device *unused, struct list *requests)
{
    (void)unused;
    for (struct list *link; (link = list_take(requests));) {
        struct block_request *request = list_entry(link, struct block_request, link);
        if (pending_count == MAX_PENDING)
            abort();
        struct transfer *transfer = &pending[pending_count++];
        *transfer = (struct transfer){.request = request, .begun = ++now};
        if (request->op != BLOCK_FLUSH && (uintptr_t)request->data % BLOCK_SIZE)
            abort();
        if (request->op == BLOCK_WRITE)
            transfer->write = add_write(request);
    }
}

static void drop_first_write(void)
{
    struct write *write = first_write;
    first_write = write->next;
    if (!first_write)
        last_write = &first_write;
    free(write);
}

static uint8_t *at(uint8_t *image, uint32_t block)
{
    return image + (uint64_t)block * BLOCK_SIZE;
}

// Writes that had ended when the flush began become durable.
static void end_flush(const struct transfer *transfer)
{
    flush_count++;
    struct write **link = &first_write;
    while (*link) {
        struct write *write = *link;
        if (!write->ended || write->ended > transfer->begun) {
            link = &write->next;
            continue;
        }
        memcpy(at(durable, write->block), write->data, BLOCK_SIZE);
        *link = write->next;
        free(write);
    }
    last_write = link;
}

static bool fails(uint64_t one_in)
{
    return one_in && random_one_in(chance, one_in);
}

static enum block_status end_transfer(const struct transfer *transfer)
{
    struct block_request *request = transfer->request;
    switch (request->op) {
    case BLOCK_READ:
        if (fails(fail_reads))
            return BLOCK_FAILED;
        memcpy(request->data, at(visible, request->block), BLOCK_SIZE);
        return BLOCK_OK;
    case BLOCK_WRITE:
        if (memcmp(request->data, transfer->write->data, BLOCK_SIZE) != 0) {
            fprintf(stderr, "block %u was changed while it was being written\n", request->block);
            abort();
        }
        if (fails(fail_writes))
            return BLOCK_FAILED; // it stays in the list: who knows what of it is on the disk
        write_count++;
        transfer->write->ended = ++now;
        memcpy(at(visible, request->block), request->data, BLOCK_SIZE);
        return BLOCK_OK;
    case BLOCK_FLUSH:
        if (fails(fail_writes))
            return BLOCK_FAILED;
        end_flush(transfer);
        return BLOCK_OK;
    }
    abort();
}

static bool is_cut(const struct block_request *request)
{
    if (request->op != BLOCK_WRITE || !cut_after)
        return false;
    if (cut_after == 1)
        return !cut_block || request->block == cut_block;
    cut_after--;
    return false;
}

bool disk_end_one(void)
{
    if (!pending_count)
        return false;
    unsigned which = random_below(chance, pending_count);
    struct transfer transfer = pending[which];
    if (is_cut(transfer.request)) {
        processes_stop_all();
        return true;
    }
    pending[which] = pending[--pending_count];
    block_done(transfer.request, end_transfer(&transfer));
    return true;
}

// Each sector of a write that was not flushed is there or is not; later writes come later.
uint8_t *disk_after_cut(void)
{
    pending_count = 0;
    while (first_write) {
        for (unsigned i = 0; i < BLOCK_SIZE; i += SECTOR_SIZE)
            if (random_one_in(chance, 2))
                memcpy(at(durable, first_write->block) + i, first_write->data + i, SECTOR_SIZE);
        drop_first_write();
    }
    memcpy(visible, durable, device.blocks * BLOCK_SIZE);
    cut_after = fail_reads = fail_writes = 0;
    return durable;
}

const uint8_t *disk_content(void)
{
    return visible;
}

uint8_t *disk_new(uint64_t blocks)
{
    disk_free();
    device = (struct block_device){.name = "disk", .blocks = blocks, .submit = submit};
    durable = calloc(blocks, BLOCK_SIZE);
    visible = calloc(blocks, BLOCK_SIZE);
    write_count = flush_count = 0;
    return durable;
}

void disk_free(void)
{
    while (first_write)
        drop_first_write();
    pending_count = 0;
    cut_after = fail_reads = fail_writes = 0;
    free(durable);
    free(visible);
    durable = visible = 0;
}

struct block_device *disk_device(void)
{
    memcpy(visible, durable, device.blocks * BLOCK_SIZE);
    return &device;
}

void disk_cut_after(uint64_t writes, uint32_t block)
{
    cut_after = writes;
    cut_block = block;
}

void disk_fail_one_in(uint64_t reads, uint64_t writes)
{
    fail_reads = reads;
    fail_writes = writes;
}

void disk_use_random(struct random *random)
{
    chance = random;
}

uint64_t disk_writes(void)
{
    return write_count;
}

uint64_t disk_flushes(void)
{
    return flush_count;
}
