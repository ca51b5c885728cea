#include "proc/elf.h"
#include "lib/string.h"

struct elf_header {
    uint32_t magic;
    uint8_t class, encoding, version, padding[9];
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

enum { MAGIC = 0x464c457f }; // "\177ELF"
enum { CLASS_64 = 2, LITTLE_ENDIAN_DATA = 1, TYPE_EXECUTABLE = 2, MACHINE_RISCV = 243 };
enum { SEGMENT_LOAD = 1, FLAG_X = 1, FLAG_W = 2, FLAG_R = 4 };
enum { MAX_SEGMENTS = 64 };
static const char UNREADABLE[] = "it cannot be read from the disk";

// A program's file, with its first bytes, which nearly always hold all headers: one read, and not
// one for each.
struct program {
    struct inode *inode; // locked
    uint64_t size;       // bytes of the file
    uint64_t head_size;
    union {
        struct elf_header header;
        char bytes[sizeof(struct elf_header) + 4 * sizeof(struct elf_segment)];
    } head;
};

// Whether offset .. offset + size lies in the file; without a sum that could wrap.
static bool in_file(const struct program *program, uint64_t offset, uint64_t size)
{
    return offset <= program->size && size <= program->size - offset;
}

// Reads what lies in the file. False: the disk fails.
static bool read_file(const struct program *program, void *to, uint64_t offset, uint64_t size)
{
    return inode_read(program->inode, kernel_place(to), offset, size) == (int64_t)size;
}

static bool read_header(const struct program *program, void *to, uint64_t offset, uint64_t size)
{
    if (offset > program->head_size || size > program->head_size - offset)
        return read_file(program, to, offset, size);
    memcpy(to, program->head.bytes + offset, size);
    return true;
}

static const char *open_program(struct program *program, struct inode *inode)
{
    program->inode = inode;
    program->size = inode_size(inode);
    program->head_size =
        program->size < sizeof program->head ? program->size : sizeof program->head;
    if (inode_type(inode) != FS_FILE)
        return "it is not a file";
    return read_file(program, &program->head, 0, program->head_size) ? 0 : UNREADABLE;
}

static const char *check_header(const struct program *program)
{
    const struct elf_header *header = &program->head.header;
    if (program->size < sizeof *header)
        return "it is too short for an ELF header";
    if (header->magic != MAGIC)
        return "it is not an ELF file";
    if (header->class != CLASS_64 || header->encoding != LITTLE_ENDIAN_DATA ||
        header->machine != MACHINE_RISCV)
        return "it is not for 64-bit RISC-V";
    if (header->type != TYPE_EXECUTABLE)
        return "it is not a static executable";
    if (header->segment_size != sizeof(struct elf_segment) || header->segments == 0 ||
        header->segments > MAX_SEGMENTS ||
        !in_file(program, header->segment_offset, header->segments * sizeof(struct elf_segment)))
        return "its program headers are damaged";
    return 0;
}

static const char *check_segment(const struct program *program, const struct elf_segment *segment,
                                 const struct space *space)
{
    if (segment->memory_size < segment->file_size ||
        !in_file(program, segment->offset, segment->file_size))
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

static const char *load_segment(const struct program *program, const struct elf_segment *segment,
                                struct space *space)
{
    vaddr_t end = align_up(segment->address + segment->memory_size, PAGE_SIZE);
    if (space_map(space, segment->address, end, protection_of(segment->flags)))
        return "there is not enough memory";
    for (uint64_t done = 0; done < segment->file_size; done += PAGE_SIZE) {
        uint64_t left = segment->file_size - done;
        if (!read_file(program, space_page(space, segment->address + done), segment->offset + done,
                       left < PAGE_SIZE ? left : PAGE_SIZE))
            return UNREADABLE;
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

const char *elf_load(struct inode *inode, struct space *space, vaddr_t *entry)
{
    struct program program;
    const struct elf_header *header = &program.head.header;
    const char *wrong = open_program(&program, inode);
    if (!wrong)
        wrong = check_header(&program);
    for (unsigned i = 0; !wrong && i < header->segments; i++) {
        struct elf_segment segment;
        if (!read_header(&program, &segment, header->segment_offset + i * sizeof segment,
                         sizeof segment))
            return UNREADABLE;
        if (segment.type != SEGMENT_LOAD || segment.memory_size == 0)
            continue;
        wrong = check_segment(&program, &segment, space);
        if (!wrong)
            wrong = load_segment(&program, &segment, space);
    }
    if (wrong)
        return wrong;
    if (header->entry % 2 || !is_executable(space, header->entry))
        return "its entry is not in an executable segment";
    *entry = header->entry;
    return 0;
}
