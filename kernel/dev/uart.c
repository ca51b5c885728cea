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

void uart_init(void)
{
    dt_node node = dt_find(DT_NONE, "compatible", "ns16550a");
    if (node == DT_NONE)
        node = dt_find(DT_NONE, "compatible", "ns16550");
    struct dt_range range;
    if (!dt_is_okay(node) || !dt_reg(node, 0, &range) || dt_number(node, "reg-io-width", 1) != 1)
        return;
    direct_map(range.base, range.size);
    registers = phys_to_virt(range.base);
    register_shift = dt_number(node, "reg-shift", 0);
    console_set_writer(uart_write);
}
