#include "mm/user_access.h"
#include "arch/layout.h"
#include "arch/user_copy.h"
#include "lib/string.h"

// Whether a range lies in the user's half; what is mapped there, the MMU finds out. No sum is
// made that could wrap.
static bool in_user_half(vaddr_t address, size_t size)
{
    return size <= USER_END && address <= USER_END - size;
}

int copy_from_user(void *to, vaddr_t from, size_t size)
{
    return in_user_half(from, size) ? user_copy(to, (const void *)from, size) : -1;
}

int copy_to_user(vaddr_t to, const void *from, size_t size)
{
    return in_user_half(to, size) ? user_copy((void *)to, from, size) : -1;
}

int64_t copy_string_from_user(char *to, vaddr_t from, size_t size)
{
    if (from >= USER_END)
        return -1;
    if (size > USER_END - from)
        size = USER_END - from;
    int64_t length = user_copy_string(to, (const char *)from, size);
    return length < 0 ? -1 : length;
}

int copy_to_place(struct place to, uint64_t offset, const void *from, size_t size)
{
    if (to.user)
        return copy_to_user(to.address + offset, from, size);
    memcpy((char *)to.address + offset, from, size);
    return 0;
}

int copy_from_place(void *to, struct place from, uint64_t offset, size_t size)
{
    if (from.user)
        return copy_from_user(to, from.address + offset, size);
    memcpy(to, (const char *)from.address + offset, size);
    return 0;
}
