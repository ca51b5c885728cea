// The console as a character device: lines of input, edited while they are typed, and output.
//
// What is typed is echoed. Return ends a line; backspace (^H or delete) takes back a character, ^U
// the line; ^D ends the input: the reader gets what has been typed of the line, or, at the start of
// a line, the end of the file, once. ^C drops what was typed and not read, and kills whoever is not
// shielded from it; a reader that is gets an empty line. ^P lists the processes. A read gets one
// line at most, or the part of it that fits. Lines that nobody reads are kept; when there is no
// room for more, what is typed stays in the port. A line that does not fit is read in parts as if
// it had been ended by ^D.
#pragma once

#include "arch/types.h"

// Boot: starts the serial port's interrupts and registers the device. polled: output by polling,
// even where there are interrupts. Says so on the console where there can be no input; then
// reads fail.
void console_init(bool polled);

// Provided by proc/proc.c: prints a line for each process. Called in an interrupt handler.
void console_list_processes(void);

// ^C, provided by proc/proc.c. console_interrupt() kills all processes that are not shielded; it is
// called in an interrupt handler, with a lock held. console_heard() tells how often ^C had come
// when the calling process last heard of it, CONSOLE_DEAF unless it has shielded itself;
// console_interrupted(), whether it came since; console_hear() lets the calling process hear of it.
#define CONSOLE_DEAF UINT64_MAX
void console_interrupt(void);
uint64_t console_heard(void);
bool console_interrupted(uint64_t heard);
void console_hear(void);
