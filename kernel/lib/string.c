#include "lib/string.h"
#include <stdint.h>

enum { GROUP = 64 };

// All loads first, so that a real pipeline need not wait for each of them.
static void copy_group(uint64_t *to, const uint64_t *from)
{
    uint64_t a = from[0], b = from[1], c = from[2], d = from[3];
    uint64_t e = from[4], f = from[5], g = from[6], h = from[7];
    to[0] = a, to[1] = b, to[2] = c, to[3] = d;
    to[4] = e, to[5] = f, to[6] = g, to[7] = h;
}

static void set_group(uint64_t *to, uint64_t word)
{
    to[0] = word, to[1] = word, to[2] = word, to[3] = word;
    to[4] = word, to[5] = word, to[6] = word, to[7] = word;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    char *out = to;
    const char *in = from;
    if ((((uintptr_t)out | (uintptr_t)in) & 7) == 0) {
        for (; size >= GROUP; size -= GROUP, out += GROUP, in += GROUP)
            copy_group((uint64_t *)(void *)out, (const uint64_t *)(const void *)in);
        for (; size >= 8; size -= 8, out += 8, in += 8)
            *(uint64_t *)(void *)out = *(const uint64_t *)(const void *)in;
    }
    while (size--)
        *out++ = *in++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    char *out = to;
    const char *in = from;
    if (out + size <= in || in + size <= out)
        return memcpy(to, from, size);
    if (out <= in) {
        while (size--)
            *out++ = *in++;
    } else {
        while (size--)
            out[size] = in[size];
    }
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    char *out = to;
    while (size && ((uintptr_t)out & 7)) {
        *out++ = byte;
        size--;
    }
    uint64_t word = (unsigned char)byte * 0x0101010101010101ul;
    for (; size >= GROUP; size -= GROUP, out += GROUP)
        set_group((uint64_t *)(void *)out, word);
    for (; size >= 8; size -= 8, out += 8)
        *(uint64_t *)(void *)out = word;
    while (size--)
        *out++ = byte;
    return to;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t size)
{
    for (; size; size--, a++, b++) {
        if (*a != *b)
            return (unsigned char)*a - (unsigned char)*b;
        if (!*a)
            return 0;
    }
    return 0;
}

void string_copy(char *to, const char *text, size_t size)
{
    while (--size && *text)
        *to++ = *text++;
    *to = 0;
}
