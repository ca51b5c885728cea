#include "proc/elf.h"
#include "lib/string.h"

struct elf_header {
    uint8_t magic[4], class, encoding, version, padding[9];
    uint16_t type, machine;
    uint32_t file_version;
    uint64_t entry, segment_offset, section_offset;
    uint32_t flags;
    uint16_t header_size, segment_size, segments, section_size, sections, names;
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_size, memory_size, alignment;
};

enum { CLASS_64 = 2, LITTLE_ENDIAN_DATA = 1, TYPE_EXECUTABLE = 2, MACHINE_RISCV = 243 };
enum { SEGMENT_LOAD = 1, FLAG_X = 1, FLAG_W = 2, FLAG_R = 4 };
enum { MAX_SEGMENTS = 64 };

// Whether offset .. offset + size lies in the file; without a sum that could wrap.
static bool in_file(const struct file *file, uint64_t offset, uint64_t size)
{
    return offset <= file->size && size <= file->size - offset;
}

static const char *check_header(const struct file *file, struct elf_header *header)
{
    if (file->size < sizeof *header)
        return "it is too short for an ELF header";
    memcpy(header, file->data, sizeof *header);
    if (memcmp(header->magic, "\177ELF", 4) != 0)
        return "it is not an ELF file";
    if (header->class != CLASS_64 || header->encoding != LITTLE_ENDIAN_DATA ||
        header->machine != MACHINE_RISCV)
        return "it is not for 64-bit RISC-V";
    if (header->type != TYPE_EXECUTABLE)
        return "it is not a static executable";
    if (header->segment_size != sizeof(struct elf_segment) || header->segments == 0 ||
        header->segments > MAX_SEGMENTS ||
        !in_file(file, header->segment_offset, header->segments * sizeof(struct elf_segment)))
        return "its program headers are damaged";
    return 0;
}

static const char *check_segment(const struct file *file, const struct elf_segment *segment,
                                 const struct space *space)
{
    if (segment->memory_size < segment->file_size ||
        !in_file(file, segment->offset, segment->file_size))
        return "a segment reaches beyond the file";
    if (segment->address % PAGE_SIZE)
        return "a segment does not start at a page";
    if (segment->address > USER_END || segment->memory_size > USER_END - segment->address)
        return "a segment reaches beyond the user's addresses";
    if (segment->address < align_up(space->size, PAGE_SIZE))
        return "segments overlap or are out of order";
    return 0;
}

static uint64_t protection_of(uint32_t flags)
{
    uint64_t protection = 0;
    if (flags & FLAG_R)
        protection |= PTE_R;
    if (flags & FLAG_W)
        protection |= PTE_R | PTE_W; // W without R is reserved in Sv39
    if (flags & FLAG_X)
        protection |= PTE_X;
    return protection ? protection : PTE_R;
}

static const char *load_segment(const struct file *file, const struct elf_segment *segment,
                                struct space *space)
{
    vaddr_t end = align_up(segment->address + segment->memory_size, PAGE_SIZE);
    if (space_map(space, segment->address, end, protection_of(segment->flags)))
        return "there is not enough memory";
    for (uint64_t done = 0; done < segment->file_size; done += PAGE_SIZE) {
        uint64_t left = segment->file_size - done;
        memcpy(space_page(space, segment->address + done),
               (const char *)file->data + segment->offset + done,
               left < PAGE_SIZE ? left : PAGE_SIZE);
    }
    return 0;
}

static bool is_executable(const struct space *space, vaddr_t address)
{
    if (address >= space->size)
        return false;
    const pte_t *entry = space_entry(space, address);
    return entry && *entry & PTE_X;
}

const char *elf_load(const struct file *file, struct space *space, vaddr_t *entry)
{
    struct elf_header header = {.segments = 0};
    const char *wrong = check_header(file, &header);
    const char *segments = (const char *)file->data + header.segment_offset;
    for (unsigned i = 0; !wrong && i < header.segments; i++) {
        struct elf_segment segment;
        memcpy(&segment, segments + i * sizeof segment, sizeof segment);
        if (segment.type != SEGMENT_LOAD || segment.memory_size == 0)
            continue;
        wrong = check_segment(file, &segment, space);
        if (!wrong)
            wrong = load_segment(file, &segment, space);
    }
    if (!wrong && (header.entry % 2 || !is_executable(space, header.entry)))
        wrong = "its entry is not in an executable segment";
    *entry = header.entry;
    return wrong;
}
