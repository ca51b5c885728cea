// The probe: a plugin of QEMU that counts what a machine does between marks, without anything in
// the machine that knows of it.
//
//     qemu-system-riscv64 … -plugin file=build/probe.so,out=FILE,core=…,space=…,vector=ADDRESS
//
//     out=FILE        where region.h's lines go; needed
//     core=GEOMETRY   a core to simulate (core.h); up to 4
//     space=RANGE     who executes where, and how large pages are (space.h); up to 16
//     waits=SPAN      FIRST:LAST, addresses of functions that wait for locks; up to 16
//     named=SPAN      addresses of data that symbols name: what is elsewhere goes by the name of
//     the
//                     instruction that uses it
//     vector=ADDRESS  where traps go; others are found as they come
//     profile=N       also write what each instruction caused, for sample N, from 0, or for all
//     record=FILE     write what the simulated cores get from the first region's begin, where they
//                     are empty, to its sample, and what they have counted by then
//
// The machine must count instructions (-icount) or have one hart: harts take turns, so nothing here
// needs a lock.

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "qemu_plugin.h"
#include "region.h"

int qemu_plugin_version = PLUGIN_VERSION;

#define RAM_BASE 0x80000000 // of QEMU's machine virt, where its firmware begins

static struct flow flow;
static struct regions regions = {.profiled = PROFILE_NONE};
static bool ram_is_known;
static uint64_t ram_offset; // of an address of QEMU's own, to be a physical one

static void on_block(unsigned int hart, void *block)
{
    flow_begin(&flow, hart, block);
}

static void on_access(unsigned int hart, qemu_plugin_meminfo_t access, uint64_t address,
                      void *instruction)
{
    bool store = qemu_plugin_mem_is_store(access);
    enum place place = PLACE_REPEATED;
    uint64_t physical = 0;
    if (!flow_repeats(&flow, hart, address, store)) {
        struct qemu_plugin_hwaddr *where = qemu_plugin_get_hwaddr(access, address);
        bool device = !where || qemu_plugin_hwaddr_is_io(where);
        place = device ? PLACE_DEVICE : PLACE_MEMORY;
        physical = device ? 0 : qemu_plugin_hwaddr_phys_addr(where);
    }
    flow_access(&flow, hart, instruction, address, physical, store, place);
}

static void on_mark(unsigned int hart, void *instruction)
{
    regions_mark(&regions, &flow, hart, instruction);
}

static void on_reading(unsigned int hart, void *instruction)
{
    regions_reading(&regions, &flow, hart, instruction);
}

// QEMU says where it has an instruction in its own memory; RAM is one piece of that.
static uint64_t physical_of(const struct qemu_plugin_insn *insn, uint64_t address)
{
    uint64_t own = (uintptr_t)qemu_plugin_insn_haddr(insn);
    if (!ram_is_known && address == RAM_BASE) {
        ram_offset = RAM_BASE - own;
        ram_is_known = true;
    }
    return ram_is_known && own ? own + ram_offset : address;
}

static void listen(struct qemu_plugin_insn *insn, struct instruction *instruction)
{
    const struct decoded *decoded = &instruction->decoded;
    if (decoded->loads || decoded->stores)
        qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS,
                                         QEMU_PLUGIN_MEM_RW, instruction);
    if (decoded->kind == KIND_MARK)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, QEMU_PLUGIN_CB_NO_REGS, instruction);
    if (decoded->kind == KIND_READ_CYCLE)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_reading, QEMU_PLUGIN_CB_NO_REGS,
                                               instruction);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    uint32_t count = qemu_plugin_tb_n_insns(tb);
    struct block *block = code_block(count);
    for (uint32_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t address = qemu_plugin_insn_vaddr(insn);
        uint32_t bits = 0;
        size_t size = qemu_plugin_insn_size(insn);
        memcpy(&bits, qemu_plugin_insn_data(insn), size < sizeof bits ? size : sizeof bits);
        if (i == 0) {
            block->mode = space_mode(&flow.space, address);
            block->translated = space_shift(&flow.space, address) != UNTRANSLATED;
        }
        code_add(block, i, address, physical_of(insn, address), bits,
                 regions.profiled != PROFILE_NONE);
        block->instructions[i].waits = space_waits(&flow.space, address);
        listen(insn, &block->instructions[i]);
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, block);
}

static void on_end(qemu_plugin_id_t id, void *data)
{
    (void)id, (void)data;
    regions_close(&regions);
    cores_end_record(&flow.cores);
}

static FILE *opened(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        perror(path);
    return file;
}

static const char *add_core(const char *text)
{
    struct geometry geometry;
    if (flow.cores.count == MAX_CORES)
        return "at most 4 cores";
    const char *wrong = geometry_read(&geometry, text);
    if (wrong)
        return wrong;
    core_create(&flow.cores.list[flow.cores.count], &geometry, flow.cores.count);
    flow.cores.count++;
    return 0;
}

static const char *take_number(const char *value, int base, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(value, &end, base);
    return isxdigit((unsigned char)*value) && !*end && !errno ? 0 : "not a number";
}

// Returns what is wrong with an argument, or 0.
static const char *take_argument(const char *name, const char *value)
{
    uint64_t number = 0;
    const char *wrong = 0;
    if (!strcmp(name, "core"))
        return add_core(value);
    if (!strcmp(name, "space"))
        return space_read(&flow.space, value);
    if (!strcmp(name, "waits"))
        return space_read_waiting(&flow.space, value);
    if (!strcmp(name, "named"))
        return space_read_named(&flow.space, value);
    if (!strcmp(name, "out"))
        return (regions.out = opened(value)) ? 0 : "cannot be written";
    if (!strcmp(name, "record")) {
        flow.cores.waiting = true;
        return (flow.cores.record = opened(value)) ? 0 : "cannot be written";
    }
    if (!strcmp(name, "vector")) {
        if (!(wrong = take_number(value, 16, &number)))
            flow_add_vector(&flow, number);
        return wrong;
    }
    if (!strcmp(name, "profile")) {
        regions.profiled = PROFILE_ALL;
        if (strcmp(value, "all") && !(wrong = take_number(value, 10, &number)))
            regions.profiled = number;
        return wrong;
    }
    return "no such argument; there are: out, core, space, waits, named, vector, profile, record";
}

static int take_arguments(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (equals)
            *equals = 0;
        const char *wrong = take_argument(argv[i], equals ? equals + 1 : "");
        if (wrong) {
            fprintf(stderr, "probe: %s=%s: %s\n", argv[i], equals ? equals + 1 : "", wrong);
            return -1;
        }
    }
    if (regions.out)
        return 0;
    fprintf(stderr, "probe: out=FILE is needed\n");
    return -1;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    if (strcmp(info->target_name, "riscv64") || !info->system_emulation) {
        fprintf(stderr, "probe: it is for qemu-system-riscv64, not for %s\n",
                info->system_emulation ? info->target_name : "a program alone");
        return -1;
    }
    if (info->system.smp_vcpus > MAX_HARTS) {
        fprintf(stderr, "probe: a machine of at most %d harts\n", MAX_HARTS);
        return -1;
    }
    if (take_arguments(argc, argv))
        return -1;
    for (uint32_t i = 0; i < MAX_HARTS; i++)
        flow.harts[i].line = flow.harts[i].page = flow.harts[i].data = ~(uint64_t)0;
    flow.several = info->system.smp_vcpus > 1;
    if (flow.several)
        lines_open(&flow.lines);
    regions_open(&regions, &flow);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_end, 0);
    return 0;
}
