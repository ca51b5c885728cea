#include "dev/virtio.h"
#include "arch/boot.h"
#include "arch/layout.h"
#include "arch/mmio.h"
#include "lib/print.h"

// Section 4.2.2; all are 32 bits wide, those of queues for the one that QUEUE_SELECT names.
enum {
    MAGIC_VALUE = 0x000,
    VERSION = 0x004,
    DEVICE_ID = 0x008,
    DEVICE_FEATURES = 0x010,
    DEVICE_FEATURES_SELECT = 0x014,
    DRIVER_FEATURES = 0x020,
    DRIVER_FEATURES_SELECT = 0x024,
    QUEUE_SELECT = 0x030,
    QUEUE_SIZE_MAX = 0x034,
    QUEUE_SIZE = 0x038,
    QUEUE_READY = 0x044,
    QUEUE_NOTIFY = 0x050,
    INTERRUPT_STATUS = 0x060,
    INTERRUPT_ACKNOWLEDGE = 0x064,
    STATUS = 0x070,
    QUEUE_DESCRIPTORS = 0x080, // addresses: low half, then high half
    QUEUE_AVAILABLE = 0x090,
    QUEUE_USED = 0x0a0,
    CONFIGURATION_GENERATION = 0x0fc,
    CONFIGURATION = 0x100,
};

enum { MAGIC = 0x74726976, MODERN = 2 };

// Section 2.1: the bits of STATUS.
enum {
    ACKNOWLEDGE = 1,
    DRIVER = 2,
    DRIVER_OK = 4,
    FEATURES_OK = 8,
    DEVICE_NEEDS_RESET = 64,
    FAILED = 128,
};

enum { USED_NO_NOTIFY = 1 };       // in used.flags
enum { CONFIGURATION_CHANGE = 2 }; // in INTERRUPT_STATUS

#define PATIENCE 1000000 // reads of a register that shall change

static uint32_t get(const struct virtio_device *device, unsigned offset)
{
    return *(volatile uint32_t *)(device->registers + offset);
}

static void set(const struct virtio_device *device, unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)(device->registers + offset) = value;
}

bool virtio_find(dt_node node, enum virtio_type type, struct virtio_device *device)
{
    struct dt_range range;
    if (!dt_is_okay(node) || !dt_reg(node, 0, &range) || range.size < CONFIGURATION ||
        !direct_map(range.base, range.size))
        return false;
    *device = (struct virtio_device){.registers = phys_to_virt(range.base), .base = range.base};
    if (get(device, MAGIC_VALUE) != MAGIC || get(device, DEVICE_ID) != type)
        return false;
    if (get(device, VERSION) == MODERN)
        return true;
    print("cowshed: boot: virtio device at %lx left out: it is of version %u, not 2 (QEMU: "
          "-global virtio-mmio.force-legacy=false)\n",
          range.base, get(device, VERSION));
    return false;
}

bool virtio_reset(struct virtio_device *device)
{
    set(device, STATUS, 0);
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (get(device, STATUS) == 0)
            return true;
    }
    return false;
}

static uint64_t offered_features(const struct virtio_device *device)
{
    set(device, DEVICE_FEATURES_SELECT, 0);
    uint64_t low = get(device, DEVICE_FEATURES);
    set(device, DEVICE_FEATURES_SELECT, 1);
    return (uint64_t)get(device, DEVICE_FEATURES) << 32 | low;
}

// Section 3.1.1, steps 1 to 6.
bool virtio_start(struct virtio_device *device, uint64_t wanted)
{
    if (!virtio_reset(device))
        return false;
    set(device, STATUS, ACKNOWLEDGE);
    set(device, STATUS, ACKNOWLEDGE | DRIVER);
    device->features = offered_features(device) & (wanted | VIRTIO_F_VERSION_1);
    for (uint32_t half = 0; half < 2; half++) {
        set(device, DRIVER_FEATURES_SELECT, half);
        set(device, DRIVER_FEATURES, device->features >> half * 32);
    }
    set(device, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    if ((device->features & VIRTIO_F_VERSION_1) && (get(device, STATUS) & FEATURES_OK))
        return true;
    set(device, STATUS, FAILED);
    return false;
}

static void set_address(const struct virtio_device *device, unsigned offset, const void *memory)
{
    set(device, offset, virt_to_phys(memory));
    set(device, offset + 4, virt_to_phys(memory) >> 32);
}

bool virtio_queue_start(struct virtio_device *device, unsigned number, struct virtio_queue *queue)
{
    set(device, QUEUE_SELECT, number);
    uint32_t limit = get(device, QUEUE_SIZE_MAX);
    if (limit == 0 || get(device, QUEUE_READY))
        return false;
    *queue = (struct virtio_queue){.number = number, .size = VIRTIO_QUEUE_LIMIT};
    while (queue->size > limit)
        queue->size /= 2;
    set(device, QUEUE_SIZE, queue->size);
    set_address(device, QUEUE_DESCRIPTORS, queue->descriptors);
    set_address(device, QUEUE_AVAILABLE, &queue->available);
    set_address(device, QUEUE_USED, &queue->used);
    mmio_fence();
    set(device, QUEUE_READY, 1);
    return true;
}

void virtio_run(struct virtio_device *device)
{
    mmio_fence();
    set(device, STATUS, get(device, STATUS) | DRIVER_OK);
}

uint32_t virtio_configuration(const struct virtio_device *device, unsigned offset)
{
    return get(device, CONFIGURATION + offset);
}

// The generation tells whether both halves are of one value (section 4.2.2.2).
uint64_t virtio_configuration_64(const struct virtio_device *device, unsigned offset)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < PATIENCE; i++) {
        uint32_t generation = get(device, CONFIGURATION_GENERATION);
        value = virtio_configuration(device, offset);
        value |= (uint64_t)virtio_configuration(device, offset + 4) << 32;
        if (get(device, CONFIGURATION_GENERATION) == generation)
            break;
    }
    return value;
}

// The device sees the descriptors and the head before the index that makes them its own.
void virtio_queue_give(struct virtio_queue *queue, uint16_t head)
{
    uint16_t index = queue->available.index;
    queue->available.head[index % queue->size] = head;
    mmio_fence();
    queue->available.index = index + 1;
    queue->underway++;
}

// The device looks at the index once more after it has cleared its flag; the fence sees to it
// that one of the two sees what the other has written.
void virtio_queue_notify(struct virtio_device *device, struct virtio_queue *queue)
{
    mmio_fence();
    if (!(queue->used.flags & USED_NO_NOTIFY))
        set(device, QUEUE_NOTIFY, queue->number);
}

bool virtio_queue_take(struct virtio_queue *queue, uint32_t *head)
{
    uint16_t ended = queue->used.index - queue->taken;
    if (ended == 0)
        return false;
    mmio_fence(); // what the device wrote before the index is read after it
    *head = queue->used.chain[queue->taken % queue->size].head;
    if (ended > queue->underway) {
        *head = UINT32_MAX; // more than it has
        return true;
    }
    queue->taken++;
    queue->underway--;
    return true;
}

bool virtio_acknowledge(struct virtio_device *device)
{
    uint32_t reasons = get(device, INTERRUPT_STATUS);
    set(device, INTERRUPT_ACKNOWLEDGE, reasons);
    mmio_fence();
    return (reasons & CONFIGURATION_CHANGE) && (get(device, STATUS) & DEVICE_NEEDS_RESET);
}
