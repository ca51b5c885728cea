// What turns need of QEMU beyond its plugin interface, which has no timers and ends no turn. These
// are QEMU's own, which it exports for its modules where it has them, as Debian's has; their
// signatures are those of QEMU 4.0 to 7.2.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_VIRTUAL = 1, NANOSECONDS = 1, ALL_TIMERS = -1 };

struct cpu;
typedef union {
    unsigned long number;
} work_data; // passed by value

#define OF_QEMU __attribute__((weak)) // null in a QEMU that does not export it
extern OF_QEMU char main_loop_tlg[];
extern OF_QEMU int use_icount;
extern OF_QEMU int singlestep; // blocks are of one instruction; changes with the next block
extern OF_QEMU void timer_init_full(void *timer, void *group, int clock, int scale, int attributes,
                                    void (*call)(void *), void *data);
extern OF_QEMU void timer_mod_ns(void *timer, int64_t deadline);
extern OF_QEMU int64_t qemu_clock_get_ns(int clock);
extern OF_QEMU int64_t qemu_clock_deadline_ns_all(int clock, int attributes);
extern OF_QEMU bool all_cpu_threads_idle(void);
extern OF_QEMU struct cpu *qemu_get_cpu(int index);
extern OF_QEMU void qemu_cpu_kick(struct cpu *cpu);
extern OF_QEMU void cpu_exit(struct cpu *cpu); // it leaves its turn before the next block
extern OF_QEMU void async_run_on_cpu(struct cpu *cpu, void (*work)(struct cpu *, work_data),
                                     work_data data);

// For the copies of a server.
extern OF_QEMU void qemu_mutex_lock_iothread_impl(const char *file, int line);
extern OF_QEMU void qemu_mutex_unlock_iothread(void);
extern OF_QEMU void icount_start_warp_timer(void);
extern OF_QEMU void qemu_clock_run_all_timers(void);
