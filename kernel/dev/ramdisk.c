#include "dev/ramdisk.h"
#include "arch/boot.h"
#include "arch/layout.h"
#include "dev/devicetree.h"
#include "lib/string.h"

struct ramdisk ramdisk_find(void)
{
    dt_node chosen = dt_path("/chosen");
    struct ramdisk disk = {dt_number(chosen, "linux,initrd-start", 0),
                           dt_number(chosen, "linux,initrd-end", 0)};
    if (disk.end < disk.begin)
        disk.end = disk.begin;
    return disk;
}

static char *content;

static void transfer(const struct block_request *request)
{
    char *block = content + (uint64_t)request->block * BLOCK_SIZE;
    if (request->op == BLOCK_READ)
        memcpy(request->data, block, BLOCK_SIZE);
    else if (request->op == BLOCK_WRITE)
        memcpy(block, request->data, BLOCK_SIZE);
}

// No lock: who has two requests for one block under way can expect nothing of their order from a
// disk either.
static void submit(struct block_device *device, struct list *requests)
{
    (void)device;
    for (struct list *link; (link = list_take(requests));) {
        struct block_request *request = list_entry(link, struct block_request, link);
        transfer(request);
        block_done(request, BLOCK_OK);
    }
}

static struct block_device ramdisk = {.name = "ramdisk", .submit = submit};

struct block_device *ramdisk_device(const struct ramdisk *disk)
{
    if (disk->begin == disk->end || !direct_map(disk->begin, disk->end - disk->begin))
        return 0;
    content = phys_to_virt(disk->begin);
    ramdisk.blocks = (disk->end - disk->begin) / BLOCK_SIZE;
    return &ramdisk;
}
