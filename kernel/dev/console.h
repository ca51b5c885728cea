// The console as a character device: lines of input, edited while they are typed, and output.
//
// What is typed is echoed. Return ends a line; backspace (^H or delete) takes back a character, ^U
// the line; ^D ends the input: the reader gets what has been typed of the line, or, at the start of
// a line, the end of the file, once. ^P lists the processes. A read gets one line at most, or the
// part of it that fits. Lines that nobody reads are kept; when there is no room for more, what is
// typed stays in the port. A line that does not fit is read in parts as if it had been ended by ^D.
#pragma once

#include "arch/types.h"

// Boot: starts the serial port's interrupts and registers the device. polled: output by polling,
// even where there are interrupts. Says so on the console where there can be no input; then
// reads fail.
void console_init(bool polled);

// Provided by proc/proc.c: prints a line for each process. Called in an interrupt handler.
void console_list_processes(void);
