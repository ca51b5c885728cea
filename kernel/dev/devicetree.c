#include "dev/devicetree.h"
#include "arch/layout.h"
#include "lib/string.h"

// Section 5.2: the header. All numbers are big-endian.
struct header {
    uint32_t magic, total_size, structure, strings, reservations, version, last_compatible;
    uint32_t boot_hart, strings_size, structure_size;
};

enum { MAGIC = 0xd00dfeed, BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4, END = 9 };
enum { MAX_DEPTH = 16 };

static const char *blob;
static paddr_t blob_address;
static uint32_t structure, structure_end, strings, reservations;

static uint32_t be32(const void *at)
{
    const uint8_t *b = at;
    return (uint32_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

static uint64_t be64(const void *at)
{
    return (uint64_t)be32(at) << 32 | be32((const char *)at + 4);
}

bool dt_init(paddr_t address)
{
    const struct header *header = phys_to_virt(address);
    if (address % 4 || be32(&header->magic) != MAGIC || be32(&header->last_compatible) > 17)
        return false;
    blob = (const char *)header;
    blob_address = address;
    structure = be32(&header->structure);
    structure_end = structure + be32(&header->structure_size);
    strings = be32(&header->strings);
    reservations = be32(&header->reservations);
    return structure_end <= be32(&header->total_size);
}

paddr_t dt_end(void)
{
    return blob_address + be32(blob + offsetof(struct header, total_size));
}

// The token after the one at offset (section 5.4).
static uint32_t skip_token(uint32_t at)
{
    uint32_t token = be32(blob + at);
    at += 4;
    if (token == BEGIN_NODE)
        return align_up(at + strlen(blob + at) + 1, 4);
    if (token == PROPERTY)
        return align_up(at + 8 + be32(blob + at), 4);
    return at;
}

static uint32_t token_at(uint32_t at)
{
    return at < structure_end ? be32(blob + at) : END;
}

dt_node dt_next(dt_node node)
{
    uint32_t at = node == DT_NONE ? structure : skip_token(node);
    while (token_at(at) != END && token_at(at) != BEGIN_NODE)
        at = skip_token(at);
    return token_at(at) == END ? DT_NONE : at;
}

const void *dt_property(dt_node node, const char *name, uint32_t *size)
{
    if (node == DT_NONE)
        return 0;
    for (uint32_t at = skip_token(node); token_at(at) == PROPERTY || token_at(at) == NOP;
         at = skip_token(at)) {
        if (token_at(at) == NOP)
            continue;
        if (strcmp(blob + strings + be32(blob + at + 8), name) == 0) {
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
    for (uint32_t at = 0; list && at < size; at += strlen(list + at) + 1) {
        if (strcmp(list + at, value) == 0)
            return true;
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

dt_node dt_parent(dt_node node)
{
    dt_node open[MAX_DEPTH];
    unsigned depth = 0;
    for (uint32_t at = structure; token_at(at) != END; at = skip_token(at)) {
        if (at == node)
            return depth ? open[depth - 1] : DT_NONE;
        if (token_at(at) == BEGIN_NODE) {
            if (depth == MAX_DEPTH)
                return DT_NONE; // no real tree is that deep
            open[depth++] = at;
        } else if (token_at(at) == END_NODE && depth) {
            depth--;
        }
    }
    return DT_NONE;
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
    uint64_t step = (address_cells + size_cells) * 4;
    uint32_t size;
    const char *reg = dt_property(node, "reg", &size);
    if (!reg || !step || (index + 1) * step > size)
        return false;
    range->base = cells(reg + index * step, address_cells);
    range->size = cells(reg + index * step + address_cells * 4, size_cells);
    return true;
}

// The node that others refer to by this number.
static dt_node node_of_phandle(uint32_t phandle)
{
    dt_node node = dt_next(DT_NONE);
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
    for (uint64_t at = 0; list; index--) {
        if (extended && at + 4 <= size)
            controller = node_of_phandle(be32(list + at));
        uint64_t begin = at + (extended ? 4 : 0);
        uint64_t count = dt_number(controller, "#interrupt-cells", 0);
        at = begin + count * 4;
        if (!count || at > size)
            return false;
        if (index == 0) {
            *interrupt = (struct dt_interrupt){controller, be32(list + begin)};
            return true;
        }
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
