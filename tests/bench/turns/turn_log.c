// A plugin of QEMU that writes down the turns of harts, so that they are known from elsewhere than
// bench/turns: a line "HART INSTRUCTIONS" for each, to out=FILE. A line "HART 0" is a mark,
// MARK_JOIN or MARK_LEAVE; the turn goes on.
//
// An instruction that faults is counted, and what follows it in its block, which was not executed:
// a turn may seem some instructions longer than it was.

#include <stdio.h>
#include <string.h>

#include "mark.h"
#include "qemu_plugin.h"

int qemu_plugin_version = PLUGIN_VERSION;

static FILE *out;
static unsigned hart = ~0u;
static size_t instructions;

static void end_turn(void)
{
    if (hart != ~0u)
        fprintf(out, "%u %zu\n", hart, instructions);
    instructions = 0;
}

static void on_block(unsigned current, void *count)
{
    if (current != hart)
        end_turn();
    hart = current;
    instructions += (size_t)count;
}

static void on_mark(unsigned current, void *data)
{
    (void)data;
    fprintf(out, "%u 0\n", current);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    void *count = (void *)qemu_plugin_tb_n_insns(block);
    qemu_plugin_register_vcpu_tb_exec_cb(block, on_block, QEMU_PLUGIN_CB_NO_REGS, count);
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        uint32_t bits = 0;
        memcpy(&bits, qemu_plugin_insn_data(instruction), qemu_plugin_insn_size(instruction));
        if (bits == (MARK_JOIN << 20 | 0x2013) || bits == (MARK_LEAVE << 20 | 0x2013))
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, QEMU_PLUGIN_CB_NO_REGS, 0);
    }
}

static void on_end(qemu_plugin_id_t id, void *data)
{
    (void)id, (void)data;
    end_turn();
    fclose(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    if (argc != 1 || strncmp(argv[0], "out=", 4) || !(out = fopen(argv[0] + 4, "w")))
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_end, 0);
    return 0;
}
