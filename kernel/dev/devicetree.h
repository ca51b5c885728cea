// The flattened devicetree that the firmware hands over (Devicetree Specification 0.4, chapter 5).
//
// A node is an offset into the structure block; DT_NONE is no node. All functions accept
// DT_NONE, and then find nothing.
//
// dt_init() checks the whole blob: the place of its blocks, each token, each name. After that, no
// function reads outside the blob, whatever the values of its properties are.
#pragma once

#include "arch/types.h"

typedef uint32_t dt_node;
#define DT_NONE 0u

// Boot, before all else here, with the kernel's page table. Returns 0, or why the devicetree at
// this address cannot be used: text that follows "the devicetree cannot be used: ".
const char *dt_init(paddr_t address);
paddr_t dt_end(void); // where the blob ends

// The next node, in the order of the tree, that a walk from DT_NONE meets. With a property name
// (compatible, device_type) and a value, the next node one of whose strings in that property is
// the value.
dt_node dt_next(dt_node node);
dt_node dt_find(dt_node after, const char *property, const char *value);

// The node that node is in; the root is in DT_NONE.
dt_node dt_parent(dt_node node);

// A node by its path, such as "/chosen". Anything after a colon is ignored.
dt_node dt_path(const char *path);

// A property's bytes and their number; 0 if it is missing.
const void *dt_property(dt_node node, const char *name, uint32_t *size);

// A property as a string, or fallback; as a number of 32 or 64 bits, or fallback.
const char *dt_string(dt_node node, const char *name, const char *fallback);
uint64_t dt_number(dt_node node, const char *name, uint64_t fallback);

// Whether the node is compatible with a device of this name.
bool dt_is_compatible(dt_node node, const char *name);

// Whether the node's status is okay (or absent).
bool dt_is_okay(dt_node node);

// Pair number index of the reg property, by the parent's cell counts. False if there is none.
struct dt_range {
    paddr_t base;
    uint64_t size;
};
bool dt_reg(dt_node node, unsigned index, struct dt_range *range);

// Interrupt number index of a device, by its property interrupts-extended or interrupts (section
// 2.4): where it leads, and the first cell of its specifier, which is the number. False if
// there is none.
struct dt_interrupt {
    dt_node controller;
    uint32_t number;
};
bool dt_interrupt(dt_node node, unsigned index, struct dt_interrupt *interrupt);

// Memory that must not be used: entry number index of the memory reservation block, and then of
// the children of /reserved-memory. False when there are no more.
bool dt_reserved(unsigned index, struct dt_range *range);
