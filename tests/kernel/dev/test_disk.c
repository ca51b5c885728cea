// The driver of disks (kernel/dev/virtio_block.c), on a device that answers when the test says so,
// or never.

#include "arch/timer.h"
#include "dev/plic.h"
#include "dev/virtio.h"
#include "dev/virtio_block.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PATIENCE = 60 * TICKS_PER_SECOND, REQUESTS = 50, NODE = 40 };

static interrupt_handler *handler;
static void *handler_argument;
static bool has_stopped, stops;
static uint16_t given[VIRTIO_QUEUE_LIMIT], given_count; // chains that the device has
static int answered;                                    // a chain that it has ended; -1: none
static char said[4096];
static jmp_buf panicked;
static unsigned ended_while_running; // requests that ended without an answer, before the reset
static void *memory;                 // the driver's

// What the driver stands on.

void *frame_boot_alloc(size_t bytes)
{
    return memory = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
}

void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(said + strlen(said), sizeof said - strlen(said), format, arguments);
    va_end(arguments);
}

_Noreturn void panic(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(said, sizeof said, format, arguments);
    va_end(arguments);
    longjmp(panicked, 1);
}

void string_copy(char *to, const char *text, size_t size)
{
    snprintf(to, size, "%s", text);
}

dt_node dt_find(dt_node after, const char *property, const char *value)
{
    (void)property, (void)value;
    return after == DT_NONE ? NODE : DT_NONE;
}

bool plic_register(dt_node device, unsigned index, interrupt_handler *new_handler, void *argument)
{
    handler = new_handler;
    handler_argument = argument;
    return device == NODE && index == 0;
}

void block_done(struct block_request *request, enum block_status status)
{
    if (status == BLOCK_FAILED && !has_stopped)
        ended_while_running++;
    atomic_store(&request->status, status);
}

// The device.

bool virtio_find(dt_node node, enum virtio_type type, struct virtio_device *device)
{
    *device = (struct virtio_device){.base = 0x1000};
    return node == NODE && type == VIRTIO_BLOCK;
}

bool virtio_start(struct virtio_device *device, uint64_t wanted)
{
    device->features = wanted & 1ul << 9; // flush
    return true;
}

bool virtio_queue_start(struct virtio_device *device, unsigned number, struct virtio_queue *queue)
{
    (void)device;
    queue->size = VIRTIO_QUEUE_LIMIT;
    return number == 0;
}

void virtio_run(struct virtio_device *device)
{
    (void)device;
}

bool virtio_reset(struct virtio_device *device)
{
    (void)device;
    has_stopped = stops;
    return stops;
}

uint32_t virtio_configuration(const struct virtio_device *device, unsigned offset)
{
    (void)device, (void)offset;
    return 0;
}

uint64_t virtio_configuration_64(const struct virtio_device *device, unsigned offset)
{
    (void)device, (void)offset;
    return 2000;
}

void virtio_queue_give(struct virtio_queue *queue, uint16_t head)
{
    (void)queue;
    given[given_count++] = head;
}

void virtio_queue_notify(struct virtio_device *device, struct virtio_queue *queue)
{
    (void)device, (void)queue;
}

bool virtio_queue_take(struct virtio_queue *queue, uint32_t *head)
{
    (void)queue;
    *head = answered;
    bool any = answered >= 0;
    answered = -1;
    return any;
}

bool virtio_acknowledge(struct virtio_device *device)
{
    (void)device;
    return false;
}

// What the tests do.

static struct block_request requests[REQUESTS];
static char data[BLOCK_SIZE];

static void submit(unsigned number)
{
    struct block_device *disk = virtio_block_disk(0);
    requests[number] = (struct block_request){
        .op = BLOCK_READ, .block = number, .data = data, .status = BLOCK_PENDING};
    struct list list = LIST_EMPTY(list);
    list_append(&list, &requests[number].link);
    disk->submit(disk, &list);
}

static enum block_status status(unsigned number)
{
    return atomic_load(&requests[number].status);
}

// The device ends the chain that it got first or, with last, last.
static void answer(bool last)
{
    uint16_t *chain = &given[last ? given_count - 1 : 0];
    answered = *chain;
    struct virtio_queue *queue = memory; // the first member of the driver's struct
    *(uint8_t *)queue->descriptors[answered + 2].address = 0;
    memmove(chain, chain + 1, (char *)&given[--given_count] - (char *)chain);
    handler(handler_argument);
}

static void pass(unsigned ticks)
{
    while (ticks--)
        virtio_block_tick();
}

static void answers_in_time(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        submit(0);
        pass(PATIENCE - 1);
        assert_int_equal(status(0), BLOCK_PENDING);
        answer(false);
        assert_int_equal(status(0), BLOCK_OK);
    }
    pass(2 * PATIENCE); // nothing is under way
    assert_string_equal(said, "");
}

static void the_oldest_request_counts(void **state)
{
    (void)state;
    submit(0);
    for (unsigned i = 1; i < PATIENCE; i++) {
        submit(1);
        pass(1);
        answer(true);
        assert_int_equal(status(1), BLOCK_OK);
    }
    assert_int_equal(status(0), BLOCK_PENDING);
    answer(false);
    assert_int_equal(status(0), BLOCK_OK);
    assert_string_equal(said, "");
}

static void does_not_stop(void **state)
{
    (void)state;
    submit(0);
    stops = false;
    if (setjmp(panicked) == 0) {
        pass(PATIENCE);
        fail();
    }
    assert_string_equal(said, "disk0: the device has not answered for a minute, and does not stop");
    assert_int_equal(status(0), BLOCK_PENDING);
}

// More requests than the device can have: the others wait for a free slot.
static void never_answers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < REQUESTS; i++)
        submit(i);
    pass(PATIENCE - 1);
    for (unsigned i = 0; i < REQUESTS; i++)
        assert_int_equal(status(i), BLOCK_PENDING);
    assert_string_equal(said, "");
    pass(1);
    assert_true(has_stopped);
    assert_int_equal(ended_while_running, 0);
    for (unsigned i = 0; i < REQUESTS; i++)
        assert_int_equal(status(i), BLOCK_FAILED);
    assert_non_null(
        strstr(said, "cowshed: disk0 given up: the device has not answered for a minute\n"));
    said[0] = 0;
    submit(0);
    assert_int_equal(status(0), BLOCK_FAILED);
    pass(2 * PATIENCE);
    handler(handler_argument); // its interrupt may come late
    assert_string_equal(said, "");
}

// usage: test_disk TEST: each in a process of its own, since most leave the disk in a bad state
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_in_time),
        cmocka_unit_test(the_oldest_request_counts),
        cmocka_unit_test(never_answers),
        cmocka_unit_test(does_not_stop),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    stops = true;
    answered = -1;
    virtio_block_init();
    said[0] = 0;
    int failed = cmocka_run_group_tests_name("disk", tests, 0, 0);
    free(memory);
    return failed;
}
