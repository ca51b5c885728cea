#include "dev/virtio_block.h"
#include "arch/layout.h"
#include "arch/timer.h"
#include "dev/plic.h"
#include "dev/virtio.h"
#include "lib/print.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/frame.h"

// Section 5.2.3.
#define FEATURE_READ_ONLY (1ul << 5)
#define FEATURE_SECTOR_SIZE (1ul << 6)
#define FEATURE_FLUSH (1ul << 9)

enum { CAPACITY = 0, SECTOR_SIZE = 20 }; // offsets in the configuration
enum { TYPE_READ = 0, TYPE_WRITE = 1, TYPE_FLUSH = 4 };
enum { STATUS_OK = 0, STATUS_NONE = 0xff };
enum { SECTORS_PER_BLOCK = BLOCK_SIZE / 512 };

// What a request of the device starts with. Between this and the status lies the data.
struct header {
    uint32_t type, reserved;
    uint64_t sector;
};

// Each request under way has a slot, and with it a chain of three descriptors, 3 * its number and
// those after it: header, data, status. A flush leaves the data out.
enum { CHAIN = 3, SLOT_LIMIT = VIRTIO_QUEUE_LIMIT / CHAIN };
struct slot {
    struct header header;
    volatile uint8_t status;
    struct block_request *request; // 0: the slot is free
    uint64_t since;                // the disk's tick at which the device got it
};

// A request is answered within so many ticks. They are counted as they are served, so time in which
// the whole machine stands still does not count.
enum { PATIENCE = 60 * TICKS_PER_SECOND };

struct disk {
    struct virtio_queue queue;
    struct block_device block;
    struct virtio_device device;
    struct disk *next; // by address
    char name[8];

    struct spinlock lock; // guards the queue and what follows
    bool failed;          // it was reset for an error: all requests fail
    uint64_t ticks;       // since boot
    struct list waiting;  // requests that found no free slot, the oldest first
    unsigned free_count;
    uint8_t free[SLOT_LIMIT];
    struct slot slots[SLOT_LIMIT];
};

static struct disk *disks; // the first

static void describe(struct disk *disk, unsigned descriptor, const void *memory, uint32_t size,
                     uint16_t flags)
{
    disk->queue.descriptors[descriptor] = (struct virtio_descriptor){
        virt_to_phys(memory), size, flags, flags & VIRTIO_NEXT ? descriptor + 1 : 0};
}

// Header and status of a slot never move, so their descriptors are made once.
static void slots_init(struct disk *disk)
{
    for (unsigned i = 0; i < disk->queue.size / CHAIN; i++) {
        struct slot *slot = &disk->slots[i];
        describe(disk, CHAIN * i, &slot->header, sizeof slot->header, VIRTIO_NEXT);
        describe(disk, CHAIN * i + 2, (const void *)&slot->status, 1, VIRTIO_DEVICE_WRITES);
        disk->free[disk->free_count++] = i;
    }
}

// Takes a free slot for the request. The lock is held, and the device is to be told.
static void start(struct disk *disk, struct block_request *request)
{
    unsigned number = disk->free[--disk->free_count];
    struct slot *slot = &disk->slots[number];
    unsigned first = CHAIN * number;
    bool is_flush = request->op == BLOCK_FLUSH;
    slot->request = request;
    slot->since = disk->ticks;
    slot->status = STATUS_NONE;
    slot->header.type = is_flush ? TYPE_FLUSH : request->op == BLOCK_READ ? TYPE_READ : TYPE_WRITE;
    slot->header.sector = is_flush ? 0 : (uint64_t)request->block * SECTORS_PER_BLOCK;
    disk->queue.descriptors[first].next = first + (is_flush ? 2 : 1);
    if (!is_flush)
        describe(disk, first + 1, request->data, BLOCK_SIZE,
                 VIRTIO_NEXT | (request->op == BLOCK_READ ? VIRTIO_DEVICE_WRITES : 0));
    virtio_queue_give(&disk->queue, first);
}

// Requests that wait get slots that are free. The lock is held.
static void start_waiting(struct disk *disk)
{
    bool any = false;
    for (struct list *link; disk->free_count && (link = list_take(&disk->waiting)); any = true)
        start(disk, list_entry(link, struct block_request, link));
    if (any)
        virtio_queue_notify(&disk->device, &disk->queue);
}

static void submit(struct block_device *device, struct list *requests)
{
    struct disk *disk = list_entry(device, struct disk, block);
    // A disk that offers no flush stores a write before it ends (section 5.2.6.2).
    bool has_flush = disk->device.features & FEATURE_FLUSH;
    uint64_t flags = spin_lock(&disk->lock);
    for (struct list *link; (link = list_take(requests));) {
        struct block_request *request = list_entry(link, struct block_request, link);
        if (disk->failed)
            block_done(request, BLOCK_FAILED);
        else if (request->op == BLOCK_FLUSH && !has_flush)
            block_done(request, BLOCK_OK);
        else
            list_append(&disk->waiting, link);
    }
    start_waiting(disk);
    spin_unlock(&disk->lock, flags);
}

static void report_failure(const struct disk *disk, const struct block_request *request)
{
    if (request->op == BLOCK_FLUSH)
        print("cowshed: %s: flush failed\n", disk->name);
    else
        print("cowshed: %s: %s failed, block %u\n", disk->name,
              request->op == BLOCK_READ ? "read" : "write", request->block);
}

// Ends the request of a slot and frees the slot. The lock is held.
static void end(struct disk *disk, unsigned number, enum block_status status)
{
    struct block_request *request = disk->slots[number].request;
    disk->slots[number].request = 0;
    disk->free[disk->free_count++] = number;
    if (status != BLOCK_OK)
        report_failure(disk, request);
    block_done(request, status);
}

// The device is not used any more: nobody knows which requests it will still end. It is stopped
// before any request ends, since it could write later into memory that is then used for something
// else; where it does not stop, nobody may go on. The lock is held.
static void give_up(struct disk *disk, const char *why)
{
    if (!virtio_reset(&disk->device))
        panic("%s: the device %s, and does not stop", disk->name, why);
    print("cowshed: %s given up: the device %s\n", disk->name, why);
    disk->failed = true;
    for (unsigned i = 0; i < SLOT_LIMIT; i++) {
        if (disk->slots[i].request)
            end(disk, i, BLOCK_FAILED);
    }
    for (struct list *link; (link = list_take(&disk->waiting));)
        block_done(list_entry(link, struct block_request, link), BLOCK_FAILED);
}

// Takes back what the device is done with. The lock is held.
static void take_ended(struct disk *disk)
{
    for (uint32_t head; virtio_queue_take(&disk->queue, &head);) {
        unsigned number = head / CHAIN;
        if (head % CHAIN || number >= SLOT_LIMIT || !disk->slots[number].request) {
            give_up(disk, "ended a request that it does not have");
            return;
        }
        end(disk, number, disk->slots[number].status == STATUS_OK ? BLOCK_OK : BLOCK_FAILED);
    }
}

static void serve_interrupt(void *argument)
{
    struct disk *disk = argument;
    spin_take(&disk->lock);
    bool failed = virtio_acknowledge(&disk->device);
    if (!disk->failed)
        take_ended(disk);
    if (!disk->failed && failed)
        give_up(disk, "has met an error");
    if (!disk->failed)
        start_waiting(disk);
    spin_release(&disk->lock);
}

// The lock is held.
static bool is_overdue(const struct disk *disk)
{
    for (unsigned i = 0; i < SLOT_LIMIT; i++) {
        if (disk->slots[i].request && disk->ticks - disk->slots[i].since >= PATIENCE)
            return true;
    }
    return false;
}

void virtio_block_tick(void)
{
    for (struct disk *disk = disks; disk; disk = disk->next) {
        spin_take(&disk->lock);
        disk->ticks++;
        if (!disk->failed && is_overdue(disk))
            give_up(disk, "has not answered for a minute");
        spin_release(&disk->lock);
    }
}

// Why the device cannot be used, or 0. Then it runs.
static const char *set_up(struct disk *disk, dt_node node)
{
    struct virtio_device *device = &disk->device;
    if (!virtio_start(device, FEATURE_READ_ONLY | FEATURE_SECTOR_SIZE | FEATURE_FLUSH))
        return "the device refuses the driver";
    if ((device->features & FEATURE_SECTOR_SIZE) &&
        virtio_configuration(device, SECTOR_SIZE) > BLOCK_SIZE)
        return "its sectors are larger than 1024 bytes";
    if (!virtio_queue_start(device, 0, &disk->queue) || disk->queue.size < CHAIN)
        return "its queue is too short";
    slots_init(disk);
    if (!plic_register(node, 0, serve_interrupt, disk))
        return "it has no interrupt";
    disk->block.read_only = device->features & FEATURE_READ_ONLY;
    disk->block.blocks = virtio_configuration_64(device, CAPACITY) / SECTORS_PER_BLOCK;
    virtio_run(device);
    return 0;
}

// Links the disk in its place.
static void add(struct disk *disk)
{
    struct disk **link = &disks;
    while (*link && (*link)->device.base < disk->device.base)
        link = &(*link)->next;
    disk->next = *link;
    *link = disk;
}

static void find(dt_node node)
{
    struct virtio_device device;
    if (!virtio_find(node, VIRTIO_BLOCK, &device))
        return;
    struct disk *disk = frame_boot_alloc(sizeof *disk);
    if (!disk)
        panic("not enough memory for the disk at %lx", device.base);
    *disk = (struct disk){.device = device, .block = {.name = disk->name, .submit = submit}};
    list_init(&disk->waiting);
    const char *wrong = set_up(disk, node);
    if (wrong) {
        virtio_reset(&disk->device);
        print("cowshed: boot: disk at %lx left out: %s\n", device.base, wrong);
        return;
    }
    add(disk);
}

void virtio_block_init(void)
{
    for (dt_node node = dt_find(DT_NONE, "compatible", "virtio,mmio"); node != DT_NONE;
         node = dt_find(node, "compatible", "virtio,mmio"))
        find(node);
    unsigned number = 0;
    for (struct disk *disk = disks; disk; disk = disk->next, number++) {
        string_copy(disk->name, "disk?", sizeof disk->name);
        disk->name[4] = number < 10 ? '0' + number : 0;
        print("cowshed: boot: %s: %lu blocks%s, virtio at %lx\n", disk->name, disk->block.blocks,
              disk->block.read_only ? ", read-only" : "", disk->device.base);
    }
}

struct block_device *virtio_block_disk(unsigned number)
{
    struct disk *disk = disks;
    while (disk && number--)
        disk = disk->next;
    return disk ? &disk->block : 0;
}
