// Registers: National Semiconductor PC16550D data sheet, section 8.
#include "dev/uart.h"
#include "arch/boot.h"
#include "arch/layout.h"
#include "arch/console.h"
#include "dev/plic.h"
#include "lib/print.h"
#include "lib/spinlock.h"

// Received and to be sent; interrupts enabled and, read, pending; FIFO control; modem control;
// line status.
enum { RBR = 0, THR = 0, IER = 1, IIR = 2, FCR = 2, MCR = 4, LSR = 5 };
enum { IER_RECEIVED = 0x01, IER_EMPTY = 0x02 };
enum { FCR_ENABLE = 0x01 }; // interrupt at the first byte received
enum { IIR_FIFO = 0xc0, FIFO_SIZE = 16 };
enum { MCR_OUT2 = 0x08 }; // on some boards it lets the interrupt out
enum { LSR_RECEIVED = 0x01, LSR_THR_EMPTY = 0x20, LSR_ALL_SENT = 0x40 };

// Half of the ring is for what does not wait for room: the kernel's text and the echo.
enum { RING_SIZE = 4096, RESERVE = RING_SIZE / 2, INPUT_RESERVE = RING_SIZE / 4 };

static volatile uint8_t *registers;
static unsigned register_shift; // from the devicetree: log2 of the distance of two registers
static dt_node port;
static const struct uart_client *client; // 0: no interrupts

// Guards the port and what follows. No other lock is taken while it is held.
static struct spinlock lock;
static bool by_interrupt; // the ring is in use
static char ring[RING_SIZE];
static uint64_t ring_begin, ring_end; // bytes that were ever taken out and put in
static unsigned burst = 1;            // bytes that an empty port takes
static bool refused;                  // uart_put() found no room, and has_sent() was not called yet
static uint8_t enabled;               // IER

static volatile uint8_t *uart_register(unsigned number)
{
    return registers + (number << register_shift);
}

static bool line_is(uint8_t status)
{
    return *uart_register(LSR) & status;
}

// The functions from here to put_text() are called with the lock held.

static size_t ring_room(void)
{
    return RING_SIZE - (ring_end - ring_begin);
}

// Gives the port as much as it takes at once, if it is empty.
static void send_burst(void)
{
    if (!line_is(LSR_THR_EMPTY))
        return;
    for (unsigned i = 0; i < burst && ring_begin != ring_end; i++)
        *uart_register(THR) = ring[ring_begin++ % RING_SIZE];
}

// Input waits in the port where there is no room for its echo, or nobody wants it.
static bool takes_input(void)
{
    return client && ring_room() >= INPUT_RESERVE && client->wants_input();
}

// After each change of what the interrupts depend on.
static void set_interrupts(void)
{
    uint8_t wanted = 0;
    if (ring_begin != ring_end || refused)
        wanted |= IER_EMPTY;
    if (takes_input())
        wanted |= IER_RECEIVED;
    if (wanted != enabled)
        *uart_register(IER) = enabled = wanted;
}

static void put_polled(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        while (!line_is(LSR_THR_EMPTY))
            ;
        *uart_register(THR) = text[i];
    }
}

// Where the ring is full it waits for the port.
static void put_text(const char *text, size_t size)
{
    if (!by_interrupt) {
        put_polled(text, size);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        while (!ring_room())
            send_burst();
        ring[ring_end++ % RING_SIZE] = text[i];
    }
    send_burst();
    set_interrupts();
}

static void uart_write(const char *text, size_t size)
{
    uint64_t flags = spin_lock(&lock);
    put_text(text, size);
    spin_unlock(&lock, flags);
}

// From here on the port is polled, so that the end of the machine finds nothing in the ring.
static void uart_drain(void)
{
    uint64_t flags = spin_lock(&lock);
    while (ring_begin != ring_end)
        send_burst();
    by_interrupt = false;
    while (!line_is(LSR_ALL_SENT))
        ;
    spin_unlock(&lock, flags);
}

bool uart_put(const char *text, size_t size)
{
    debug_assert(size <= UART_PIECE);
    uint64_t flags = spin_lock(&lock);
    bool fits = !by_interrupt || ring_room() >= size + RESERVE;
    if (fits)
        put_text(text, size);
    else
        refused = true; // an interrupt is on its way, since there is something in the ring
    spin_unlock(&lock, flags);
    return fits;
}

void uart_resume_input(void)
{
    uint64_t flags = spin_lock(&lock);
    set_interrupts();
    spin_unlock(&lock, flags);
}

// Each cause goes away by what is done here for it: bytes are taken, bytes are sent, or the
// interrupt is not enabled any more. Bytes that have come meanwhile raise the next interrupt.
static void uart_interrupt(void *unused)
{
    (void)unused;
    spin_take(&lock);
    for (unsigned left = FIFO_SIZE; left && takes_input() && line_is(LSR_RECEIVED); left--) {
        char byte = *uart_register(RBR);
        spin_release(&lock);
        client->input(byte);
        spin_take(&lock);
    }
    send_burst();
    bool tell = refused && ring_room() >= RESERVE + RING_SIZE / 4;
    if (tell)
        refused = false;
    set_interrupts();
    spin_release(&lock);
    if (tell)
        client->has_sent();
}

_Static_assert(RING_SIZE / 4 >= UART_PIECE, "has_sent() says that a piece fits");

static bool is_ours(dt_node node)
{
    return dt_is_compatible(node, "ns16550a") || dt_is_compatible(node, "ns16550");
}

// The standard output if it is such a port, or else the first one.
static dt_node find_port(void)
{
    dt_node node = dt_path(dt_string(dt_path("/chosen"), "stdout-path", "/"));
    if (is_ours(node))
        return node;
    for (node = dt_next(DT_NONE); node != DT_NONE && !is_ours(node);)
        node = dt_next(node);
    return node;
}

void uart_init(void)
{
    static const struct console_device device = {uart_write, uart_drain};
    dt_node node = find_port();
    struct dt_range range;
    if (!dt_is_okay(node) || !dt_reg(node, 0, &range) || dt_number(node, "reg-io-width", 1) != 1 ||
        !direct_map(range.base, range.size))
        return;
    port = node;
    registers = phys_to_virt(range.base);
    register_shift = dt_number(node, "reg-shift", 0);
    *uart_register(IER) = 0;
    console_set_device(&device);
}

bool uart_start(const struct uart_client *new_client, bool polled)
{
    if (port == DT_NONE || !plic_register(port, 0, uart_interrupt, 0))
        return false;
    uint64_t flags = spin_lock(&lock);
    while (!line_is(LSR_ALL_SENT)) // a change of FCR may lose what is on its way
        ;
    *uart_register(FCR) = FCR_ENABLE;
    if ((*uart_register(IIR) & IIR_FIFO) == IIR_FIFO)
        burst = FIFO_SIZE;
    *uart_register(MCR) |= MCR_OUT2;
    client = new_client;
    by_interrupt = !polled;
    set_interrupts();
    spin_unlock(&lock, flags);
    return true;
}
