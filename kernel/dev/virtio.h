// Virtio devices with memory-mapped registers, and their split virtqueues (Virtual I/O Device
// 1.2, sections 3.1, 4.2 and 2.7).
#pragma once

#include "dev/devicetree.h"

enum virtio_type { VIRTIO_BLOCK = 2 }; // section 5

struct virtio_device {
    volatile char *registers;
    paddr_t base;
    uint64_t features; // those in use
};

#define VIRTIO_F_VERSION_1 (1ul << 32)

// A descriptor names a piece of memory. The device works on one chain of them at a time.
struct virtio_descriptor {
    uint64_t address; // physical
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

enum { VIRTIO_NEXT = 1, VIRTIO_DEVICE_WRITES = 2 }; // flags

#define VIRTIO_QUEUE_LIMIT 128 // descriptors, a power of two

// Shared with the device, so it must lie in the direct map. Its user guards it with a lock.
struct virtio_queue {
    _Alignas(16) struct virtio_descriptor descriptors[VIRTIO_QUEUE_LIMIT];
    struct {
        _Alignas(2) uint16_t flags;
        volatile uint16_t index; // where the next chain goes, modulo size
        uint16_t head[VIRTIO_QUEUE_LIMIT];
    } available; // for the device
    struct {
        _Alignas(4) volatile uint16_t flags;
        volatile uint16_t index;
        volatile struct {
            uint32_t head, length;
        } chain[VIRTIO_QUEUE_LIMIT];
    } used; // by the device
    // For the driver.
    uint16_t number, size;
    uint16_t taken;    // the used index up to which chains were taken back
    uint16_t underway; // chains that the device has
};

// Whether the node's device has this type and this version of the specification. Then device is
// filled in, and its registers are mapped. A device that is too old is reported on the console.
bool virtio_find(dt_node node, enum virtio_type type, struct virtio_device *device);

// Resets the device and agrees on features: of those wanted, the ones that the device offers.
// False: it does not want to work with this driver.
bool virtio_start(struct virtio_device *device, uint64_t wanted);

// Sets up a queue with queue->size descriptors. False: there is no such queue.
bool virtio_queue_start(struct virtio_device *device, unsigned number, struct virtio_queue *queue);

// From now on the device works.
void virtio_run(struct virtio_device *device);

// Stops the device, which has forgotten its queues when this returns. False: it does not answer.
bool virtio_reset(struct virtio_device *device);

// A word of the configuration that is specific to the type, and 64 bits of it.
uint32_t virtio_configuration(const struct virtio_device *device, unsigned offset);
uint64_t virtio_configuration_64(const struct virtio_device *device, unsigned offset);

// Gives the device the chain that starts at a descriptor. virtio_queue_notify() notifies it, once
// for any number of chains.
void virtio_queue_give(struct virtio_queue *queue, uint16_t head);
void virtio_queue_notify(struct virtio_device *device, struct virtio_queue *queue);

// A chain that the device is done with. False: there is none. *head is what the device
// says, and may not be the head of a chain that the device has.
bool virtio_queue_take(struct virtio_queue *queue, uint32_t *head);

// At an interrupt, before the queues are looked at: makes the device take it back. True: the device
// has met an error and must be reset.
bool virtio_acknowledge(struct virtio_device *device);
