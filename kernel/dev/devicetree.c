#include "dev/devicetree.h"
#include "arch/boot.h"
#include "arch/layout.h"
#include "lib/string.h"

// Section 5.2: the header. All numbers are big-endian.
struct header {
    uint32_t magic, total_size, structure, strings, reservations, version, last_compatible;
    uint32_t boot_hart, strings_size, structure_size;
};

enum { MAGIC = 0xd00dfeed, VERSION = 17 };
enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4, END = 9 }; // section 5.4.1
enum { SIZE_LIMIT = 2 << 20 }; // bytes of a blob; those of real machines have some ten thousand
enum { CELLS_LIMIT = 4 };      // words of a number in reg

// A part of the blob, by offsets.
struct block {
    uint32_t begin, end;
};

// dt_init() has checked all of the blob, so that what walks it afterwards stays inside.
static const char *blob;
static paddr_t blob_address;
static uint32_t total_size, reservations;
static struct block structure, strings;

static uint32_t be32(const void *at)
{
    const uint8_t *b = at;
    return (uint32_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

static uint64_t be64(const void *at)
{
    return (uint64_t)be32(at) << 32 | be32((const char *)at + 4);
}

// The length of a text that ends within size bytes; size where it does not.
static size_t text_length(const char *text, size_t size)
{
    size_t length = 0;
    while (length < size && text[length])
        length++;
    return length;
}

// Where the token at an offset ends, and the next one begins (section 5.4.1). 0: it is none, or
// it reaches beyond the structure block, which is so in no blob that dt_init() has let pass.
static uint32_t token_end(uint32_t at)
{
    uint64_t room = structure.end - at, size = 4;
    if (room < size)
        return 0;
    switch (be32(blob + at)) {
    case BEGIN_NODE:
        size += text_length(blob + at + 4, room - 4) + 1;
        break;
    case PROPERTY:
        size += 8;
        if (room < size)
            return 0;
        size += be32(blob + at + 4);
        break;
    case END_NODE:
    case NOP:
    case END:
        break;
    default:
        return 0;
    }
    size = align_up(size, 4);
    return size <= room ? at + size : 0;
}

static uint32_t token_at(uint32_t at)
{
    return be32(blob + at);
}

// Reads a block's place from the header. False: it is not within the blob, behind the header.
static bool find_block(struct block *block, const uint32_t *offset, const uint32_t *size)
{
    block->begin = be32(offset);
    uint64_t end = (uint64_t)block->begin + be32(size);
    block->end = end;
    return block->begin >= sizeof(struct header) && end <= total_size;
}

static const char *check_header(paddr_t address)
{
    if (address % 8 || !direct_map(address, sizeof(struct header)))
        return "it cannot lie there";
    const struct header *header = phys_to_virt(address);
    if (be32(&header->magic) != MAGIC)
        return "there is none";
    if (be32(&header->version) < VERSION || be32(&header->last_compatible) > VERSION)
        return "it is of an unknown version";
    blob = (const char *)header;
    blob_address = address;
    total_size = be32(&header->total_size);
    reservations = be32(&header->reservations);
    if (total_size < sizeof *header || total_size > SIZE_LIMIT || !direct_map(address, total_size))
        return "its size cannot be right";
    if (!find_block(&structure, &header->structure, &header->structure_size) || structure.begin % 4)
        return "its structure block cannot lie where the header says";
    if (!find_block(&strings, &header->strings, &header->strings_size))
        return "its strings block cannot lie where the header says";
    // So a string that starts in the block ends in it.
    if (strings.begin < strings.end && blob[strings.end - 1])
        return "its strings block has no end";
    return 0;
}

// Section 5.3: pairs of numbers, up to one of zeroes.
static const char *check_reservations(void)
{
    if (reservations < sizeof(struct header) || reservations % 8)
        return "its memory reservation block cannot lie where the header says";
    for (uint64_t at = reservations; at + 16 <= total_size; at += 16) {
        if (!be64(blob + at) && !be64(blob + at + 8))
            return 0;
    }
    return "its memory reservation block has no end";
}

// Section 5.4.2: one tree, and behind it the end.
static const char *check_structure(void)
{
    unsigned depth = 0;
    bool has_root = false;
    for (uint32_t at = structure.begin, next; (next = token_end(at)); at = next) {
        uint32_t token = token_at(at);
        if (token == END)
            return has_root && !depth ? 0 : "its structure block ends within the tree";
        if (!depth && token != NOP && !(token == BEGIN_NODE && !has_root))
            return "it is no single tree";
        if (token == PROPERTY && be32(blob + at + 8) >= strings.end - strings.begin)
            return "a property's name is not among its strings";
        depth += token == BEGIN_NODE;
        depth -= token == END_NODE;
        has_root |= token == BEGIN_NODE;
    }
    return "its structure block is damaged";
}

const char *dt_init(paddr_t address)
{
    const char *wrong = check_header(address);
    if (!wrong)
        wrong = check_reservations();
    return wrong ? wrong : check_structure();
}

paddr_t dt_end(void)
{
    return blob_address + total_size;
}

dt_node dt_next(dt_node node)
{
    uint32_t at = node == DT_NONE ? structure.begin : token_end(node);
    while (token_at(at) != END && token_at(at) != BEGIN_NODE)
        at = token_end(at);
    return token_at(at) == END ? DT_NONE : at;
}

const void *dt_property(dt_node node, const char *name, uint32_t *size)
{
    if (node == DT_NONE)
        return 0;
    for (uint32_t at = token_end(node); token_at(at) == PROPERTY || token_at(at) == NOP;
         at = token_end(at)) {
        if (token_at(at) == NOP)
            continue;
        if (strcmp(blob + strings.begin + be32(blob + at + 8), name) == 0) {
            *size = be32(blob + at + 4);
            return blob + at + 12;
        }
    }
    return 0;
}

// Whether one of the strings in a property is value.
static bool property_has(dt_node node, const char *name, const char *value)
{
    uint32_t size;
    const char *list = dt_property(node, name, &size);
    for (uint32_t at = 0; list && at < size;) {
        uint32_t length = text_length(list + at, size - at);
        if (at + length == size)
            return false; // it has no end
        if (strcmp(list + at, value) == 0)
            return true;
        at += length + 1;
    }
    return false;
}

dt_node dt_find(dt_node after, const char *property, const char *value)
{
    do {
        after = dt_next(after);
    } while (after != DT_NONE && !property_has(after, property, value));
    return after;
}

// The level of a node; the root's is 1.
static unsigned level_of(dt_node node)
{
    unsigned level = 1;
    for (uint32_t at = structure.begin; at != node; at = token_end(at)) {
        level += token_at(at) == BEGIN_NODE;
        level -= token_at(at) == END_NODE;
    }
    return level;
}

// The last node one level higher that begins before it.
dt_node dt_parent(dt_node node)
{
    if (node == DT_NONE)
        return DT_NONE;
    dt_node parent = DT_NONE;
    unsigned level = 0, wanted = level_of(node) - 1;
    for (uint32_t at = structure.begin; at != node; at = token_end(at)) {
        if (token_at(at) == BEGIN_NODE && ++level == wanted)
            parent = at;
        level -= token_at(at) == END_NODE;
    }
    return parent;
}

// The child of parent whose name, up to an @, is the first length bytes of name.
static dt_node child_named(dt_node parent, const char *name, size_t length)
{
    for (dt_node node = dt_next(parent); node != DT_NONE; node = dt_next(node)) {
        const char *node_name = blob + node + 4;
        bool same = strncmp(node_name, name, length) == 0 &&
                    (node_name[length] == 0 || node_name[length] == '@');
        if (same && dt_parent(node) == parent)
            return node;
    }
    return DT_NONE;
}

dt_node dt_path(const char *path)
{
    dt_node node = dt_next(DT_NONE);
    while (*path == '/' && path[1] && node != DT_NONE) {
        const char *name = ++path;
        while (*path && *path != '/' && *path != ':')
            path++;
        node = child_named(node, name, path - name);
    }
    return node;
}

const char *dt_string(dt_node node, const char *name, const char *fallback)
{
    uint32_t size;
    const char *text = dt_property(node, name, &size);
    return text && size && !text[size - 1] ? text : fallback;
}

uint64_t dt_number(dt_node node, const char *name, uint64_t fallback)
{
    uint32_t size;
    const void *value = dt_property(node, name, &size);
    if (!value || (size != 4 && size != 8))
        return fallback;
    return size == 4 ? be32(value) : be64(value);
}

bool dt_is_compatible(dt_node node, const char *name)
{
    return property_has(node, "compatible", name);
}

bool dt_is_okay(dt_node node)
{
    return strncmp(dt_string(node, "status", "okay"), "ok", 2) == 0;
}

static uint64_t cells(const char *at, uint64_t count)
{
    return count == 0 ? 0 : count == 1 ? be32(at) : be64(at + (count - 2) * 4);
}

bool dt_reg(dt_node node, unsigned index, struct dt_range *range)
{
    dt_node parent = dt_parent(node);
    uint64_t address_cells = dt_number(parent, "#address-cells", 2);
    uint64_t size_cells = dt_number(parent, "#size-cells", 1);
    if (address_cells > CELLS_LIMIT || size_cells > CELLS_LIMIT)
        return false;
    uint64_t step = (address_cells + size_cells) * 4;
    uint32_t size;
    const char *reg = dt_property(node, "reg", &size);
    if (!reg || !step || (index + 1ul) * step > size)
        return false;
    range->base = cells(reg + index * step, address_cells);
    range->size = cells(reg + index * step + address_cells * 4, size_cells);
    return true;
}

// The node that others refer to by this number.
static dt_node node_of_phandle(uint32_t phandle)
{
    dt_node node = phandle ? dt_next(DT_NONE) : DT_NONE;
    while (node != DT_NONE && dt_number(node, "phandle", 0) != phandle)
        node = dt_next(node);
    return node;
}

// The controller of the property interrupts: named by the node itself or the nearest one that it
// is in; that node is the controller where it names none (section 2.4).
static dt_node interrupt_parent(dt_node node)
{
    do {
        uint64_t phandle = dt_number(node, "interrupt-parent", 0);
        if (phandle)
            return node_of_phandle(phandle);
        node = dt_parent(node);
    } while (node != DT_NONE && !dt_number(node, "#interrupt-cells", 0));
    return node;
}

bool dt_interrupt(dt_node node, unsigned index, struct dt_interrupt *interrupt)
{
    uint32_t size;
    const char *list = dt_property(node, "interrupts-extended", &size);
    bool extended = list; // then each entry starts with its controller
    if (!extended)
        list = dt_property(node, "interrupts", &size);
    dt_node controller = extended ? DT_NONE : interrupt_parent(node);
    for (uint32_t at = 0; list; index--) {
        if (extended) {
            if (size - at < 4)
                return false;
            controller = node_of_phandle(be32(list + at));
            at += 4;
        }
        uint64_t count = dt_number(controller, "#interrupt-cells", 0);
        if (!count || count > (size - at) / 4)
            return false;
        if (index == 0) {
            *interrupt = (struct dt_interrupt){controller, be32(list + at)};
            return true;
        }
        at += count * 4;
    }
    return false;
}

bool dt_reserved(unsigned index, struct dt_range *range)
{
    for (const char *entry = blob + reservations; be64(entry) || be64(entry + 8); entry += 16) {
        if (index-- == 0) {
            *range = (struct dt_range){be64(entry), be64(entry + 8)};
            return true;
        }
    }
    dt_node parent = dt_path("/reserved-memory");
    for (dt_node node = dt_next(parent); parent && node; node = dt_next(node)) {
        for (unsigned i = 0; dt_parent(node) == parent && dt_reg(node, i, range); i++) {
            if (index-- == 0)
                return true;
        }
    }
    return false;
}
