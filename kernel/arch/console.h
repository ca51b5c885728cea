// Where the kernel's text goes: the firmware's console, until a driver registers.
#pragma once

#include "arch/types.h"

// Writes text as one piece: pieces of several harts never mix. It does not sleep, and nothing is
// lost. Any context, and any lock may be held.
void console_write(const char *text, size_t size);

// Returns when everything written has left the machine. For its end: later output of other harts
// may be slow.
void console_drain(void);

// A device with these two functions, which several harts may call at once.
struct console_device {
    void (*write)(const char *text, size_t size);
    void (*drain)(void);
};
void console_set_device(const struct console_device *device);
