// Gives all names of the user library others, so that it can be linked with the host's.
#pragma once

#define fork cowshed_fork
#define exit cowshed_exit
#define wait cowshed_wait
#define pipe cowshed_pipe
#define write cowshed_write
#define read cowshed_read
#define close cowshed_close
#define kill cowshed_kill
#define exec cowshed_exec
#define open cowshed_open
#define mknod cowshed_mknod
#define unlink cowshed_unlink
#define fstat cowshed_fstat
#define link cowshed_link
#define mkdir cowshed_mkdir
#define chdir cowshed_chdir
#define dup cowshed_dup
#define getpid cowshed_getpid
#define sbrk cowshed_sbrk
#define sys_sbrk cowshed_sys_sbrk
#define sbrklazy cowshed_sbrklazy
#define sleep cowshed_sleep
#define pause cowshed_pause
#define uptime cowshed_uptime

#define counters cowshed_counters
#define audit cowshed_audit
#define processes cowshed_processes
#define poweroff cowshed_poweroff
#define disk_usage cowshed_disk_usage
#define shield cowshed_shield

#define stat cowshed_stat
#define gets cowshed_gets
#define strcpy cowshed_strcpy
#define strchr cowshed_strchr
#define strcmp cowshed_strcmp
#define strlen cowshed_strlen
#define memset cowshed_memset
#define memcpy cowshed_memcpy
#define memmove cowshed_memmove
#define memcmp cowshed_memcmp
#define atoi cowshed_atoi
#define malloc cowshed_malloc
#define free cowshed_free
#define printf cowshed_printf
#define fprintf cowshed_fprintf

#define main cowshed_main
