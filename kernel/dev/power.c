#include "dev/power.h"
#include "arch/boot.h"
#include "arch/layout.h"
#include "arch/power.h"
#include "dev/devicetree.h"

void power_init(void)
{
    dt_node node = dt_find(DT_NONE, "compatible", "sifive,test0");
    struct dt_range range;
    if (dt_is_okay(node) && dt_reg(node, 0, &range) && direct_map(range.base, range.size))
        power_set_device(phys_to_virt(range.base));
}
