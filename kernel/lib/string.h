// The string functions that the kernel uses, as in ISO C11 7.24.
#pragma once

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);

// Copies text, cut so that it fits into size (> 0) bytes with its end.
void string_copy(char *to, const char *text, size_t size);
