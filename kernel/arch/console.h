// Where the kernel's text goes: the firmware's console until a driver offers itself.
#pragma once

#include "arch/types.h"

// Writes text as one piece: pieces of several harts never mix. It does not sleep, and nothing is
// lost. Any context, and any lock may be held.
void console_write(const char *text, size_t size);

// Returns when all that was written has left the machine. For its end: what other harts write
// from then on may be slow.
void console_drain(void);

// A device that does these two. Both may be called on several harts at once.
struct console_device {
    void (*write)(const char *text, size_t size);
    void (*drain)(void);
};
void console_set_device(const struct console_device *device);
