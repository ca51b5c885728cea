// Where the kernel's text goes: the firmware's console until a driver offers itself.
#pragma once

#include "arch/types.h"

// Writes text as one piece: pieces of several harts never mix. Any context.
void console_write(const char *text, size_t size);

// From now on write is called for each piece, by one hart at a time, with interrupts off.
void console_set_writer(void (*write)(const char *text, size_t size));
