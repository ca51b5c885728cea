// The kernel's own text on the console. A line starts with "cowshed: ".
#pragma once

// %d %u %x with or without l, %p, %s, %c, %%. Any context; one call's text stays together up to
// 256 bytes.
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Prints "cowshed: panic: " and the text, and stops the machine with status 255.
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

#ifdef DEBUG
#define debug_assert(condition)                                                                    \
    ((condition) ? (void)0 : panic("%s:%d: %s does not hold", __FILE_NAME__, __LINE__, #condition))
#else
#define debug_assert(condition) ((void)0)
#endif
