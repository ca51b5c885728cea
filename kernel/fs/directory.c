#include "fs/directory.h"
#include "fs/content.h"
#include "fs/inode_table.h"
#include "fs/volume.h"

// Entries in a buffer, as words: the lowest 16 bits of the first one are the inode's number.
typedef uint64_t __attribute__((may_alias)) entry_word;

enum { ENTRY_SIZE = sizeof(struct fs_entry), ENTRY_WORDS = ENTRY_SIZE / sizeof(entry_word) };

static const union name self = {{0, "."}}, parent = {{0, ".."}};

static inline uint32_t number_of(const entry_word *entry)
{
    return entry[0] & 0xffff;
}

static inline bool has_name(const entry_word *entry, const union name *name)
{
    return (entry[0] ^ name->words[0]) >> 16 == 0 && entry[1] == name->words[1];
}

// A search through a directory.
struct search {
    const union name *name; // that is wanted; 0: any but "." and ".."
    uint32_t number;        // of the entry that was found
    uint32_t unused;        // offset of the first entry that is not used; NONE so far
};

#define NONE UINT32_MAX

// These two: the offset of the first entry that is wanted of those before `end`; end where there is
// none. base is the offset of all of them in the directory.
static uint32_t search_name(struct search *search, const entry_word *entries, uint32_t end,
                            uint32_t base)
{
    const union name name = *search->name;
    for (uint32_t at = 0; at < end; at += ENTRY_SIZE, entries += ENTRY_WORDS) {
        if (!number_of(entries)) {
            if (search->unused == NONE)
                search->unused = base + at;
        } else if (has_name(entries, &name)) {
            search->number = number_of(entries);
            return at;
        }
    }
    return end;
}

static uint32_t search_any(const entry_word *entries, uint32_t end)
{
    for (uint32_t at = 0; at < end; at += ENTRY_SIZE, entries += ENTRY_WORDS) {
        if (number_of(entries) && !has_name(entries, &self) && !has_name(entries, &parent))
            return at;
    }
    return end;
}

// 1: found, at *offset. 0: not. -1: the disk fails.
static int search_all(struct search *search, const struct inode *dir, uint32_t *offset)
{
    for (uint32_t base = 0; base < dir->disk.size; base += FS_BLOCK_SIZE) {
        uint32_t block, end = dir->disk.size - base;
        if (end > FS_BLOCK_SIZE)
            end = FS_BLOCK_SIZE;
        if (content_find_one(dir, base / FS_BLOCK_SIZE, &block))
            return -1;
        struct buffer *buffer = buffer_get_shared(block);
        if (!buffer)
            return -1;
        uint32_t at = search->name ? search_name(search, buffer->data, end, base)
                                   : search_any(buffer->data, end);
        buffer_put_shared(buffer);
        *offset = base + at;
        if (at < end)
            return 1;
    }
    return 0;
}

int directory_find(const struct inode *dir, const union name *name, struct slot *slot)
{
    struct search search = {.name = name, .unused = NONE};
    int found = search_all(&search, dir, &slot->offset);
    slot->inode = search.number;
    if (found == 0)
        slot->offset = search.unused != NONE ? search.unused : dir->disk.size;
    return found;
}

int directory_is_empty(const struct inode *dir)
{
    struct search search = {.name = 0};
    uint32_t offset;
    int found = search_all(&search, dir, &offset);
    return found < 0 ? -1 : !found;
}

// 0 or -1.
static int set_entry(struct operation *operation, struct buffer *buffer, uint32_t offset,
                     const union name *name, uint32_t inode)
{
    if (!buffer)
        return -1;
    struct fs_entry *entry = (struct fs_entry *)buffer->data + offset % FS_BLOCK_SIZE / ENTRY_SIZE;
    *entry = name->entry;
    entry->inode = inode;
    log_write(operation, buffer);
    buffer_put(buffer);
    return 0;
}

static int change(struct operation *operation, struct inode *dir, uint32_t offset,
                  const union name *name, uint32_t inode)
{
    uint32_t block;
    if (content_find_one(dir, offset / FS_BLOCK_SIZE, &block))
        return -1;
    return set_entry(operation, buffer_get(block), offset, name, inode);
}

// Behind the last entry.
static int append(struct operation *operation, struct inode *dir, const union name *name,
                  uint32_t inode)
{
    uint32_t offset = dir->disk.size, block;
    bool fresh;
    if (offset / FS_BLOCK_SIZE >= FS_MAX_BLOCKS || inode_store(operation, dir) ||
        content_make(operation, dir, offset / FS_BLOCK_SIZE, &block, &fresh))
        return -1;
    struct buffer *buffer = fresh ? buffer_get_zeroed(block) : buffer_get(block);
    if (set_entry(operation, buffer, offset, name, inode))
        return -1;
    dir->disk.size = offset + ENTRY_SIZE;
    inode_store(operation, dir); // is in the transaction already, so it does not fail
    return 0;
}

int directory_add(struct operation *operation, struct inode *dir, const struct slot *slot,
                  const union name *name, uint32_t inode)
{
    if (slot->offset == dir->disk.size)
        return append(operation, dir, name, inode);
    return change(operation, dir, slot->offset, name, inode);
}

int directory_remove(struct operation *operation, struct inode *dir, const struct slot *slot)
{
    static const union name none;
    return change(operation, dir, slot->offset, &none, 0);
}

int directory_start(struct operation *operation, struct inode *dir, uint32_t parent_number)
{
    if (append(operation, dir, &self, dir->number))
        return -1;
    return append(operation, dir, &parent, parent_number);
}
