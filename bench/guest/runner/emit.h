// Records for the host: JSON objects, each on a line that starts with "@ ". A line is collected
// and written at once, so that no line of the kernel interrupts it.
#pragma once

#include "kernel/types.h"

// Writes the decimal digits of a number, up to 20, without a 0 after them. Returns where they end.
char *write_digits(char *at, uint64 value);

void emit_begin(const char *type); // starts a record
void emit_number(const char *key, uint64 value);
void emit_flag(const char *key, int value);
void emit_text(const char *key, const char *value);
void emit_open(const char *key); // fields up to the next emit_close are inside an object
void emit_close(void);
void emit_end(void); // prints the record

// Prints a record of type "error" and ends the process with FAILED. Understands %s and %lu. Long
// texts are cut.
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
