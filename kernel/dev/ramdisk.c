#include "dev/ramdisk.h"
#include "dev/devicetree.h"

struct ramdisk ramdisk_find(void)
{
    dt_node chosen = dt_path("/chosen");
    struct ramdisk disk = {dt_number(chosen, "linux,initrd-start", 0),
                           dt_number(chosen, "linux,initrd-end", 0)};
    if (disk.end < disk.begin)
        disk.end = disk.begin;
    return disk;
}
