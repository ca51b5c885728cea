// System-call numbers. The number goes into a7, arguments into a0 to a5, the result comes back
// in a0, -1 on error.
#pragma once

#define SYS_fork 1
#define SYS_exit 2
#define SYS_wait 3
#define SYS_pipe 4
#define SYS_read 5
#define SYS_kill 6
#define SYS_exec 7
#define SYS_fstat 8
#define SYS_chdir 9
#define SYS_dup 10
#define SYS_getpid 11
#define SYS_sbrk 12
#define SYS_sleep 13
#define SYS_pause 13 // its name since 2025
#define SYS_uptime 14
#define SYS_open 15
#define SYS_write 16
#define SYS_mknod 17
#define SYS_unlink 18
#define SYS_link 19
#define SYS_mkdir 20
#define SYS_close 21

// Only in Cowshed. Numbers from 22 on are calls that courses add: a program with a stub for one
// gets -1.
#define SYS_counters 64
#define SYS_audit 65
#define SYS_processes 66
#define SYS_poweroff 67
#define SYS_disk_usage 68
#define SYS_shield 69
