// Registers: National Semiconductor PC16550D data sheet, section 8.
#include "dev/uart.h"
#include "arch/boot.h"
#include "arch/console.h"
#include "dev/devicetree.h"

enum { THR = 0, LSR = 5 }; // transmit holding, line status
enum { LSR_THR_EMPTY = 0x20 };

static volatile uint8_t *registers;
static unsigned register_shift; // from the devicetree: log2 of the distance of two registers

static volatile uint8_t *uart_register(unsigned number)
{
    return registers + (number << register_shift);
}

static void uart_write(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        while (!(*uart_register(LSR) & LSR_THR_EMPTY))
            ;
        *uart_register(THR) = text[i];
    }
}

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
    dt_node node = find_port();
    struct dt_range range;
    if (!dt_is_okay(node) || !dt_reg(node, 0, &range) || dt_number(node, "reg-io-width", 1) != 1 ||
        !direct_map(range.base, range.size))
        return;
    registers = phys_to_virt(range.base);
    register_shift = dt_number(node, "reg-shift", 0);
    console_set_writer(uart_write);
}
