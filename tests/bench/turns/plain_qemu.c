// Plays a QEMU that exports nothing but the plugin interface, and says what the plugin answers.
//
// usage: plain_qemu ARGUMENT...

#include <stdio.h>

#include "qemu_plugin.h"

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_tb_trans_cb_t call)
{
    (void)id, (void)call;
    puts("it registers");
}

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block)
{
    (void)block;
    return 0;
}

struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index)
{
    (void)block, (void)index;
    return 0;
}

size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction)
{
    (void)instruction;
    return 0;
}

const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction)
{
    (void)instruction;
    return 0;
}

void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
                                            qemu_plugin_vcpu_udata_cb_t call,
                                            enum qemu_plugin_cb_flags flags, void *data)
{
    (void)instruction, (void)call, (void)flags, (void)data;
}

void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *instruction,
                                      qemu_plugin_vcpu_mem_cb_t call,
                                      enum qemu_plugin_cb_flags flags,
                                      enum qemu_plugin_mem_rw which, void *data)
{
    (void)instruction, (void)call, (void)flags, (void)which, (void)data;
}

uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction)
{
    (void)instruction;
    return 0;
}

void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_udata_cb_t call, void *data)
{
    (void)id, (void)call, (void)data;
}

int main(int argc, char **argv)
{
    qemu_info_t info = {.target_name = "riscv64", .system_emulation = true};
    info.system.smp_vcpus = info.system.max_vcpus = 2;
    return qemu_plugin_install(1, &info, argc - 1, argv + 1) ? 1 : 0;
}
