// The boot arguments (bootargs of the devicetree's /chosen):
//
//   [init=PATH] [root=DISK] [procs=N] [shuffle=SEED] [console=MODE] [-- ARGUMENT...]
//
//   init     the first program; default /init
//   root     where the root is: ram, the RAM disk, or virtio, the first disk; default the RAM disk
//            if there is one, else the first disk
//   procs    the most processes at once, 2 to 32768; default 64 (NPROC)
//   shuffle  0, or the seed of a permutation of the free frames; default 0
//   console  interrupts: the serial port takes output from a ring, by interrupts; default
//            polled: a writer waits for the port, without interrupts for output
//
// Everything after -- is an argument of init.
#pragma once

#include "arch/types.h"
#include "kernel/param.h"

enum root { ROOT_ANY, ROOT_RAM, ROOT_VIRTIO };

struct options {
    enum root root;
    uint64_t procs;
    uint64_t shuffle;
    bool console_polled;
    char *init[MAXARG + 1]; // path and arguments, 0 at the end
    char text[1024];        // what the others point into
};

// Panics, naming the argument, if one is unknown or out of range.
void options_parse(struct options *options, const char *bootargs);
