// The console as a character device: lines of input, edited while they are typed, and output.
//
// Input is echoed. Return ends a line. Backspace (^H or delete) erases a character, ^U the line. ^D
// ends the input: the reader gets the line so far or, at the start of a line, the end of the file,
// once. ^C drops unread input and kills every process that is not shielded from it; a shielded
// reader gets an empty line. ^P lists the processes. A read gets up to one line, or the part of it
// that fits. Unread lines are kept. When there is no room for more, input stays in the port. A line
// that does not fit is read in parts, as if ^D had ended it.
#pragma once

#include "arch/types.h"

// Boot: starts the serial port's interrupts and registers the device. polled: output by polling,
// even where there are interrupts. If there can be no input, says so on the console, and
// reads fail.
void console_init(bool polled);

// Provided by proc/proc.c: prints a line for each process. Called in an interrupt handler.
void console_list_processes(void);

// ^C, provided by proc/proc.c. console_interrupt() kills all processes that are not shielded. It is
// called in an interrupt handler, with a lock held. console_heard() returns the number of ^C when
// the calling process last checked, or CONSOLE_DEAF unless it has shielded itself.
// console_interrupted() says whether there was one since. console_hear() notes that the calling
// process has checked.
#define CONSOLE_DEAF UINT64_MAX
void console_interrupt(void);
uint64_t console_heard(void);
bool console_interrupted(uint64_t heard);
void console_hear(void);
