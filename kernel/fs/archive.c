#include "fs/archive.h"
#include "arch/layout.h"
#include "lib/string.h"

enum { HEADER_SIZE = 110, FIELD_MODE = 1, FIELD_FILE_SIZE = 6, FIELD_NAME_SIZE = 11 };
enum { MODE_TYPE = 0170000, MODE_REGULAR = 0100000 };
enum { MAX_FILES = 128 };

struct entry {
    const char *name; // without a leading slash or "./"
    struct file file;
};

static struct entry entries[MAX_FILES];
static int entry_count;

// Field number index behind the magic. False where it is not 8 hexadecimal digits.
static bool read_field(const char *header, unsigned index, uint64_t *value)
{
    *value = 0;
    for (const char *c = header + 6 + index * 8; c < header + 14 + index * 8; c++) {
        unsigned digit = *c >= '0' && *c <= '9'   ? *c - '0'
                         : *c >= 'a' && *c <= 'f' ? *c - 'a' + 10
                         : *c >= 'A' && *c <= 'F' ? *c - 'A' + 10
                                                  : 16;
        if (digit == 16)
            return false;
        *value = *value << 4 | digit;
    }
    return true;
}

static const char *skip_root(const char *name)
{
    if (name[0] == '.' && name[1] == '/')
        name += 2;
    while (*name == '/')
        name++;
    return name;
}

struct member {
    const char *name;
    struct file file;
    uint64_t mode;
    uint64_t size; // in the archive, all included
};

// The member at a place with room bytes left; false where it is damaged.
static bool read_member(const char *at, uint64_t room, struct member *member)
{
    uint64_t name_size, file_size;
    if (room < HEADER_SIZE || memcmp(at, "070701", 6) != 0 ||
        !read_field(at, FIELD_MODE, &member->mode) ||
        !read_field(at, FIELD_FILE_SIZE, &file_size) ||
        !read_field(at, FIELD_NAME_SIZE, &name_size))
        return false;
    uint64_t data = align_up(HEADER_SIZE + name_size, 4);
    member->size = align_up(data + file_size, 4);
    if (name_size == 0 || data + file_size > room || at[HEADER_SIZE + name_size - 1])
        return false;
    member->name = at + HEADER_SIZE;
    member->file = (struct file){at + data, file_size};
    return true;
}

const char *archive_init(paddr_t begin, paddr_t end)
{
    const char *at = phys_to_virt(begin), *after = phys_to_virt(end);
    struct member member;
    entry_count = 0;
    for (;; at += member.size) {
        if (at >= after || !read_member(at, after - at, &member))
            return "it is damaged, or is not a cpio archive in newc format";
        if (strcmp(member.name, "TRAILER!!!") == 0)
            return 0;
        if ((member.mode & MODE_TYPE) != MODE_REGULAR)
            continue;
        if (entry_count == MAX_FILES)
            return "it has too many files";
        entries[entry_count++] = (struct entry){skip_root(member.name), member.file};
    }
}

bool archive_find(const char *path, struct file *file)
{
    if (path[0] != '/')
        return false;
    path = skip_root(path);
    for (int i = 0; i < entry_count; i++) {
        if (strcmp(entries[i].name, path) == 0) {
            *file = entries[i].file;
            return true;
        }
    }
    return false;
}
