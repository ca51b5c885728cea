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

int main(int argc, char **argv)
{
    qemu_info_t info = {.target_name = "riscv64", .system_emulation = true};
    info.system.smp_vcpus = info.system.max_vcpus = 2;
    return qemu_plugin_install(1, &info, argc - 1, argv + 1) ? 1 : 0;
}
