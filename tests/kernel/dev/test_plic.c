// The interrupt controller's driver (kernel/dev/plic.c), on a controller that is plain memory: so a
// number that waits does so again as soon as it was completed.

#include "arch/boot.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/layout.h"
#include "dev/plic.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODE = 40, CPU = 80, BASE = 0x1000, SIZE = 0x400000, CLAIM = 0x200004, NUMBER = 10 };

struct hart harts[MAX_HARTS];
uint32_t hart_count = 1;
uint64_t csr_sie, csr_sip;

static unsigned char *registers;
static unsigned served;

void *phys_to_virt(paddr_t address)
{
    return registers + (address - BASE);
}

bool direct_map(paddr_t base, uint64_t size)
{
    return base == BASE && size == SIZE;
}

void print(const char *format, ...)
{
    fail_msg("%s", format);
}

// The devicetree: a controller, whose only context is that of the hart's S-mode.

dt_node dt_find(dt_node after, const char *property, const char *value)
{
    (void)property, (void)value;
    return after == DT_NONE ? NODE : DT_NONE;
}

bool dt_is_okay(dt_node node)
{
    return node == NODE;
}

bool dt_reg(dt_node node, unsigned index, struct dt_range *range)
{
    *range = (struct dt_range){BASE, SIZE};
    return node == NODE && index == 0;
}

dt_node dt_parent(dt_node node)
{
    return node == CPU + 1 ? CPU : DT_NONE;
}

uint64_t dt_number(dt_node node, const char *name, uint64_t fallback)
{
    return node == CPU && strcmp(name, "reg") == 0 ? 0 : fallback;
}

bool dt_interrupt(dt_node node, unsigned index, struct dt_interrupt *interrupt)
{
    *interrupt =
        node == NODE ? (struct dt_interrupt){CPU + 1, 9} : (struct dt_interrupt){NODE, NUMBER};
    return index == 0;
}

static void handle(void *argument)
{
    *(unsigned *)argument += 1;
}

static void set_up(void)
{
    registers = calloc(1, SIZE);
    plic_init();
    assert_true(plic_register(CPU, 0, handle, &served));
    plic_start_hart();
}

static void raise_for_ever(void)
{
    *(uint32_t *)(registers + CLAIM) = NUMBER;
}

static void nothing_waits(void **state)
{
    (void)state;
    set_up();
    *(uint32_t *)(registers + CLAIM) = 0;
    plic_serve();
    assert_int_equal(served, 0);
    assert_int_equal(csr_sie, SIE_EXTERNAL);
}

// The hart comes out of the handler, and is not in it again before the next tick.
static void a_device_that_always_raises(void **state)
{
    (void)state;
    set_up();
    raise_for_ever();
    for (unsigned tick = 1; tick <= 3; tick++) {
        plic_serve();
        assert_int_equal(served, tick * 64);
        assert_int_equal(csr_sie, 0);
        plic_resume();
        assert_int_equal(csr_sie, SIE_EXTERNAL);
    }
}

// Its interrupt would have to wait for all of those of devices.
static void the_timer_goes_first(void **state)
{
    (void)state;
    set_up();
    raise_for_ever();
    csr_sip = SIE_TIMER;
    plic_serve();
    assert_int_equal(served, 0);
    assert_int_equal(csr_sie, 0);
}

// usage: test_plic TEST: each in a process of its own, with a driver that was never used
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_waits),
        cmocka_unit_test(a_device_that_always_raises),
        cmocka_unit_test(the_timer_goes_first),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    int failed = cmocka_run_group_tests_name("plic", tests, 0, 0);
    free(registers);
    return failed;
}
