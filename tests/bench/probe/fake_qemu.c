// Plays QEMU for the probe: loads no machine, and makes up what one would do.
//
// usage: fake_qemu TARGET HARTS ARGUMENT...     TARGET: riscv64, or riscv64-user
//
// Reads a line for each thing:
//     block NAME ADDRESS OWN BITS...   a block is translated; OWN: where QEMU has its text
//     run HART NAME                    a hart begins it
//     insn HART NAME INDEX             it comes to an instruction
//     load|store HART NAME INDEX ADDRESS PHYSICAL      the instruction has accessed memory
//     device_load|device_store HART NAME INDEX ADDRESS
// Numbers but HART and INDEX are hexadecimal. What nobody has registered for is not called. With an
// empty line, or at the end of the input, the machine ends.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

enum { MAX_INSTRUCTIONS = 16, MAX_BLOCKS = 64 };

struct qemu_plugin_insn {
    uint64_t address, own;
    uint32_t bits;
    qemu_plugin_vcpu_udata_cb_t on_execution;
    qemu_plugin_vcpu_mem_cb_t on_access;
    void *execution_data, *access_data;
};

struct qemu_plugin_tb {
    char name[32];
    size_t count;
    struct qemu_plugin_insn instructions[MAX_INSTRUCTIONS];
    qemu_plugin_vcpu_udata_cb_t on_execution;
    void *data;
};

struct qemu_plugin_hwaddr {
    bool device;
    uint64_t physical;
};

static struct qemu_plugin_tb blocks[MAX_BLOCKS];
static size_t block_count;
static struct qemu_plugin_hwaddr where;
static qemu_plugin_vcpu_tb_trans_cb_t on_translation;
static qemu_plugin_udata_cb_t on_end;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_tb_trans_cb_t call)
{
    (void)id;
    on_translation = call;
}

void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block,
                                          qemu_plugin_vcpu_udata_cb_t call,
                                          enum qemu_plugin_cb_flags flags, void *data)
{
    (void)flags;
    block->on_execution = call;
    block->data = data;
}

void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
                                            qemu_plugin_vcpu_udata_cb_t call,
                                            enum qemu_plugin_cb_flags flags, void *data)
{
    (void)flags;
    instruction->on_execution = call;
    instruction->execution_data = data;
}

void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *instruction,
                                      qemu_plugin_vcpu_mem_cb_t call,
                                      enum qemu_plugin_cb_flags flags,
                                      enum qemu_plugin_mem_rw which, void *data)
{
    (void)flags, (void)which;
    instruction->on_access = call;
    instruction->access_data = data;
}

void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_udata_cb_t call, void *data)
{
    (void)id, (void)data;
    on_end = call;
}

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block)
{
    return block->count;
}

struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index)
{
    return (struct qemu_plugin_insn *)&block->instructions[index];
}

const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction)
{
    return &instruction->bits;
}

size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction)
{
    return (instruction->bits & 3) == 3 ? 4 : 2;
}

uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction)
{
    return instruction->address;
}

void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *instruction)
{
    return (void *)(uintptr_t)instruction->own;
}

// What QEMU hands out of an access is opaque: here 1 is a store.
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t access)
{
    return access == 1;
}

struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(qemu_plugin_meminfo_t access, uint64_t address)
{
    (void)access, (void)address;
    return &where;
}

bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *asked)
{
    return asked->device;
}

uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *asked)
{
    return asked->physical;
}

static char *word(void)
{
    return strtok(0, " \n");
}

static uint64_t number(int base)
{
    char *text = word();
    return text ? strtoull(text, 0, base) : 0;
}

static void translate(void)
{
    if (block_count == MAX_BLOCKS)
        exit(2);
    struct qemu_plugin_tb *block = &blocks[block_count++];
    snprintf(block->name, sizeof block->name, "%s", word());
    uint64_t address = number(16), own = number(16);
    for (char *bits; (bits = word()); block->count++) {
        if (block->count == MAX_INSTRUCTIONS)
            exit(2);
        struct qemu_plugin_insn *instruction = &block->instructions[block->count];
        *instruction = (struct qemu_plugin_insn){.address = address, .own = own};
        instruction->bits = strtoul(bits, 0, 16);
        address += qemu_plugin_insn_size(instruction);
        own += qemu_plugin_insn_size(instruction);
    }
    on_translation(1, block);
}

static struct qemu_plugin_tb *block_of(const char *name)
{
    for (size_t i = block_count; name && i-- > 0;) {
        if (!strcmp(blocks[i].name, name))
            return &blocks[i];
    }
    exit(2);
}

static void act(const char *what)
{
    uint64_t hart = number(10);
    struct qemu_plugin_tb *block = block_of(word());
    if (!strcmp(what, "run")) {
        block->on_execution(hart, block->data);
        return;
    }
    struct qemu_plugin_insn *instruction = &block->instructions[number(10)];
    if (!strcmp(what, "insn")) {
        if (instruction->on_execution)
            instruction->on_execution(hart, instruction->execution_data);
        return;
    }
    uint64_t address = number(16);
    where = (struct qemu_plugin_hwaddr){strstr(what, "device") != 0, number(16)};
    if (instruction->on_access)
        instruction->on_access(hart, strstr(what, "store") != 0, address, instruction->access_data);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    char target[32];
    snprintf(target, sizeof target, "%s", argv[1]);
    char *user = strstr(target, "-user");
    if (user)
        *user = 0;
    qemu_info_t info = {.target_name = target, .version = {0, 1}, .system_emulation = !user};
    info.system.smp_vcpus = info.system.max_vcpus = atoi(argv[2]);
    if (qemu_plugin_install(1, &info, argc - 3, argv + 3))
        return 1;
    char line[512];
    while (fgets(line, sizeof line, stdin) && *line != '\n') {
        char *what = strtok(line, " \n");
        if (!strcmp(what, "block"))
            translate();
        else
            act(what);
    }
    on_end(1, 0);
    return 0;
}
