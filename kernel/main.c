// The way up: from the devicetree to the first process.

#include "arch/boot.h"
#include "arch/console.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/layout.h"
#include "arch/sbi.h"
#include "arch/stack.h"
#include "arch/timer.h"
#include "dev/console.h"
#include "dev/devicetree.h"
#include "dev/plic.h"
#include "dev/power.h"
#include "dev/ramdisk.h"
#include "dev/uart.h"
#include "dev/virtio_block.h"
#include "dev/character.h"
#include "fs/mount.h"
#include "fs/namespace.h"
#include "fs/pipe.h"
#include "kernel/param.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/audit.h"
#include "mm/cow.h"
#include "mm/heap.h"
#include "options.h"
#include "proc/exec.h"
#include "proc/sched.h"
#include <stdatomic.h>

#ifndef VARIANT
#error "VARIANT is not defined"
#endif

static struct options options;
static atomic_uint harts_ready;

// Memory.

static void add_memory(void)
{
    for (dt_node node = dt_find(DT_NONE, "device_type", "memory"); node != DT_NONE;
         node = dt_find(node, "device_type", "memory")) {
        struct dt_range range;
        for (unsigned i = 0; dt_reg(node, i, &range); i++) {
            if (!range.size)
                continue;
            if (!direct_map(range.base, range.size))
                panic("memory at %lx is beyond what the kernel can map", range.base);
            frame_add_range(range.base, range.base + range.size);
        }
    }
}

// As far as frames can lie.
static paddr_t end_of(struct dt_range range)
{
    paddr_t end = range.base + range.size;
    return end < range.base || end > DIRECT_MAX ? DIRECT_MAX : end;
}

// What must not be handed out: the firmware and whatever else the devicetree reserves, the
// devicetree itself, the RAM disk, and the kernel's image.
static void reserve_memory(paddr_t devicetree, const struct ramdisk *disk)
{
    struct dt_range range;
    for (unsigned i = 0; dt_reserved(i, &range); i++)
        frame_exclude(range.base, end_of(range));
    frame_exclude(devicetree, dt_end());
    if (disk->end > disk->begin)
        frame_exclude(disk->begin, disk->end);
    struct image image = boot_image();
    frame_exclude(image.text_begin, image.text_end);
    frame_exclude(image.data_begin, image.data_end);
}

// A stack for each hart, and behind them one for each process.
static bool stacks_init(void)
{
    size_t count = hart_count + options.procs;
    pte_t *tables = frame_boot_alloc(kernel_stacks_tables(count));
    void *stacks = frame_boot_alloc(count * KERNEL_STACK_SIZE);
    if (!tables || !stacks || count > KERNEL_STACKS_LIMIT)
        return false;
    kernel_stacks_map(count, tables, stacks);
    for (uint32_t i = 0; i < hart_count; i++)
        harts[i].stack_top = kernel_stack_top(i);
    return true;
}

static void memory_start(paddr_t devicetree, const struct ramdisk *disk)
{
    frame_init();
    counters_init();
    add_memory();
    reserve_memory(devicetree, disk);
    if (!audit_init() || !count_init(frame_first(), frame_span()))
        panic("not enough contiguous memory for the tables of %lu frames", frame_span());
    if (!stacks_init() || !proc_init(options.procs, hart_count) || !space_init(2 * options.procs))
        panic("not enough memory for %lu processes (boot argument procs=)", options.procs);
    if (!descriptors_init(options.procs) || !fs_init(frame_span(), options.procs))
        panic("not enough memory for the files of %lu processes (boot argument procs=)",
              options.procs);
    pipe_init();
    virtio_block_init();
    frame_start(options.shuffle);
}

// Harts.

static bool isa_has(dt_node cpu, const char *extension)
{
    const char *isa = dt_string(cpu, "riscv,isa", "");
    size_t length = strlen(extension);
    for (; *isa; isa++) {
        if (*isa == '_' && strncmp(isa + 1, extension, length) == 0 &&
            (isa[1 + length] == 0 || isa[1 + length] == '_'))
            return true;
    }
    return false;
}

// Fills in the harts of the devicetree, this one first; all must have the same timer.
static void find_harts(uint64_t boot_id)
{
    bool sstc = true;
    hart_count = 1;
    for (dt_node cpu = dt_find(DT_NONE, "device_type", "cpu"); cpu != DT_NONE;
         cpu = dt_find(cpu, "device_type", "cpu")) {
        uint64_t id = dt_number(cpu, "reg", 0);
        if (!dt_is_okay(cpu))
            continue;
        sstc = sstc && isa_has(cpu, "sstc");
        if (id == boot_id)
            harts[0].id = id;
        else if (hart_count < MAX_HARTS)
            harts[hart_count++].id = id;
        else
            print("cowshed: hart %lu stays off: %d is the limit\n", id, MAX_HARTS);
    }
    timer_init(dt_number(dt_path("/cpus"), "timebase-frequency", 10000000), sstc);
}

static void hart_start_common(void)
{
    csr_clear(sstatus, SSTATUS_SUM | SSTATUS_MXR);
    csr_clear(sstatus, SSTATUS_FS | SSTATUS_VS); // registers that no switch would save
    csr_write(scounteren, 7);                    // cycle, time and instret can be read in user mode
    csr_set(sie, SIE_SOFTWARE | SIE_TIMER);
    plic_start_hart();
    timer_next();
    atomic_fetch_add(&harts_ready, 1);
}

static void start_other_harts(void)
{
    for (uint32_t i = 1; i < hart_count; i++) {
        paddr_t entry = symbol_to_phys(boot_entry_secondary);
        if (!sbi_hart_start(harts[i].id, entry, 0))
            panic("the firmware does not start hart %u", harts[i].id);
    }
    while (atomic_load(&harts_ready) < hart_count)
        spin_pause();
}

void boot_secondary(void)
{
    hart_start_common();
    sched_start();
}

// The first process: the root file system, the console, init.

static struct block_device *root_device;

static void find_root(const struct ramdisk *disk)
{
    if (options.root != ROOT_VIRTIO)
        root_device = ramdisk_device(disk);
    if (!root_device && options.root != ROOT_RAM)
        root_device = virtio_block_disk(0);
    if (!root_device)
        panic("no root: start the machine with %s", options.root == ROOT_RAM ? "an initrd"
                                                    : options.root == ROOT_VIRTIO
                                                        ? "a virtio disk"
                                                        : "an initrd or a virtio disk");
}

static void mount_root(void)
{
    const char *wrong = fs_mount(root_device);
    if (wrong)
        panic("the root, %s, cannot be used: %s", root_device->name, wrong);
}

// The node is made where it is missing, so that any disk with an init will do.
static struct file *open_console(struct inode *root)
{
    static const char path[] = "/console";
    struct inode *inode = fs_open(root, path, O_RDWR);
    if (!inode && !fs_make_device(root, path, MAJOR_CONSOLE, 0))
        inode = fs_open(root, path, O_RDWR);
    bool is_device = inode && inode_type(inode) == FS_DEVICE;
    struct file *file = is_device ? file_of_inode(inode, O_RDWR) : 0;
    if (!file)
        panic("the root, %s, has no device /console, and none can be made", root_device->name);
    return file;
}

// Descriptors 0, 1 and 2 are the console, and the current directory is the root.
static struct descriptors *first_descriptors(void)
{
    struct inode *root = fs_root();
    struct descriptors *descriptors = descriptors_create(root);
    struct file *console = open_console(root);
    descriptors_add(&descriptors, console);
    descriptors_add(&descriptors, file_share(console));
    descriptors_add(&descriptors, file_share(console));
    return descriptors;
}

// As a process, since a disk must be waited for.
static void first_process(void)
{
    irq_enable();
    mount_root();
    proc_current()->descriptors = first_descriptors();
    const char *wrong = proc_exec_first(options.init[0], options.init);
    panic("init %s (boot argument init=) cannot be run: %s", options.init[0], wrong);
}

void boot_main(uint64_t hart_id, paddr_t devicetree)
{
    const char *wrong = dt_init(devicetree);
    if (wrong)
        panic("the devicetree at %lx cannot be used: %s", devicetree, wrong);
    power_init();
    uart_init();
    for (uint32_t i = 0; i < MAX_HARTS; i++) {
        harts[i].index = i;
        harts[i].stack_top = boot_stack_end; // an overflow while there is no other says so
    }
    options_parse(&options, dt_string(dt_path("/chosen"), "bootargs", ""));

    find_harts(hart_id);
    plic_init();
    console_init(options.console_polled);
    struct ramdisk disk = ramdisk_find();
    memory_start(devicetree, &disk);
    struct frame_count frames = frame_counts();
    print("cowshed: boot: %s" HEAP_NAME ", %u hart%s, %lu frames, %lu bytes of reference counts\n",
          VARIANT, hart_count, hart_count == 1 ? "" : "s", frames.total, count_metadata_bytes());

    find_root(&disk);
    hart_start_common();
    start_other_harts();
    proc_start_first(first_process);
    sched_start();
}
