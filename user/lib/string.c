// Strings and memory.

#include "user/user.h"

// The compiler knows loops that copy or fill memory and would make each of them a call of
// memcpy or memset: here that is the function itself.
#pragma GCC optimize("no-tree-loop-distribute-patterns")

// A word that may lie over objects of any type.
typedef uint64 __attribute__((may_alias)) word;

#define WORD_MASK (sizeof(word) - 1)

// Copies upwards, which is right for overlapping ranges too if `to` is the lower one: words are
// used only when both have the same alignment, and then they are at least a word apart.
static void copy_up(uchar *to, const uchar *from, uint64 size)
{
    uchar *end = to + size;
    if ((((uint64)to ^ (uint64)from) & WORD_MASK) == 0) {
        while (to < end && ((uint64)to & WORD_MASK))
            *to++ = *from++;
        for (; end - to >= (long)sizeof(word); to += sizeof(word), from += sizeof(word))
            *(word *)to = *(const word *)from;
    }
    while (to < end)
        *to++ = *from++;
}

void *memcpy(void *to, const void *from, uint size)
{
    copy_up(to, from, size);
    return to;
}

void *memmove(void *to, const void *from, int size)
{
    uchar *low = to;
    const uchar *source = from;
    if (size <= 0)
        return to;
    if (low <= source || low >= source + size) {
        copy_up(low, source, size);
        return to;
    }
    while (size-- > 0)
        low[size] = source[size];
    return to;
}

void *memset(void *to, int byte, uint size)
{
    uchar *at = to;
    uchar *end = at + size;
    uint64 pattern = (uchar)byte * 0x0101010101010101ul;
    while (at < end && ((uint64)at & WORD_MASK))
        *at++ = byte;
    for (; end - at >= (long)sizeof(word); at += sizeof(word))
        *(word *)at = pattern;
    while (at < end)
        *at++ = byte;
    return to;
}

int memcmp(const void *a, const void *b, uint size)
{
    const uchar *left = a;
    const uchar *right = b;
    for (uint i = 0; i < size; i++) {
        if (left[i] != right[i])
            return left[i] - right[i];
    }
    return 0;
}

uint strlen(const char *text)
{
    uint length = 0;
    while (text[length])
        length++;
    return length;
}

char *strcpy(char *to, const char *from)
{
    char *at = to;
    while ((*at++ = *from++))
        ;
    return to;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (uchar)*a - (uchar)*b;
}

// The first place of c, 0 if there is none. The end of the text is no place.
char *strchr(const char *text, char c)
{
    for (; *text; text++) {
        if (*text == c)
            return (char *)text;
    }
    return 0;
}

// Digits up to the first other character; no sign and no leading blanks.
int atoi(const char *text)
{
    uint value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (*text - '0');
    return value;
}
