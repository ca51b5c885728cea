#include "arch/boot.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/stack.h"

_Alignas(PAGE_SIZE) pte_t kernel_root[TABLE_ENTRIES];
static _Alignas(PAGE_SIZE) pte_t image_table[TABLE_ENTRIES]; // middle table: image and stacks
static _Alignas(PAGE_SIZE) pte_t crossing_root[TABLE_ENTRIES];
uint64_t boot_satp, crossing_satp;
static paddr_t image_base;
static size_t direct_end; // direct-mapped so far: GiB 0 .. direct_end - 1, some with holes

struct hart harts[MAX_HARTS];
uint32_t hart_count;

extern const char text_begin[], text_end[], data_begin[], bss_end[];

#define KERNEL_PAGE (PTE_V | PTE_R | PTE_G | PTE_A)
#define DIRECT_INDEX (TABLE_ENTRIES / 2)

paddr_t symbol_to_phys(const void *symbol)
{
    return (vaddr_t)symbol - KERNEL_BASE + image_base;
}

struct image boot_image(void)
{
    return (struct image){symbol_to_phys(text_begin), symbol_to_phys(text_end),
                          symbol_to_phys(data_begin), symbol_to_phys(bss_end)};
}

static void map_giga(pte_t *root, size_t giga)
{
    root[DIRECT_INDEX + giga] =
        pte_make(giga * (GIGA_SIZE >> PAGE_SHIFT), KERNEL_PAGE | PTE_W | PTE_D);
    if (giga >= direct_end)
        direct_end = giga + 1;
}

bool direct_map(paddr_t base, uint64_t size)
{
    if (!size)
        return true;
    if (base + size < base || base + size > DIRECT_MAX)
        return false;
    for (size_t giga = base / GIGA_SIZE; giga <= (base + size - 1) / GIGA_SIZE; giga++)
        map_giga(kernel_root, giga);
    tlb_flush_all();
    return true;
}

void kernel_half_copy(pte_t *root)
{
    for (size_t i = DIRECT_INDEX; i < DIRECT_INDEX + direct_end; i++)
        root[i] = kernel_root[i];
    root[TABLE_ENTRIES - 1] = kernel_root[TABLE_ENTRIES - 1];
}

void kernel_half_clear(pte_t *root)
{
    for (size_t i = DIRECT_INDEX; i < DIRECT_INDEX + direct_end; i++)
        root[i] = 0;
    root[TABLE_ENTRIES - 1] = 0;
}

void kernel_stacks_map(size_t count, pte_t *tables, const void *stacks)
{
    for (size_t i = 0; i < count * KERNEL_STACK_SIZE / PAGE_SIZE; i++) {
        size_t stack = i / (KERNEL_STACK_SIZE / PAGE_SIZE),
               page = i % (KERNEL_STACK_SIZE / PAGE_SIZE);
        size_t entry = (stack * KERNEL_STACK_PIECE + KERNEL_STACK_SIZE) / PAGE_SIZE + page;
        tables[entry] = pte_make(virt_to_pfn(stacks) + i, KERNEL_PAGE | PTE_W | PTE_D);
    }
    pte_t *spans = &image_table[middle_index(STACKS_BASE)];
    for (size_t i = 0; i < kernel_stacks_tables(count) / PAGE_SIZE; i++)
        spans[i] = pte_table(virt_to_pfn(tables) + i);
    tlb_flush_all();
}

static uint64_t satp_of(const pte_t *root)
{
    return SATP_SV39 | (paddr_t)root >> PAGE_SHIFT;
}

// On the way over the code runs at its physical addresses, which are in the half of the user, and
// then at the kernel's. The page at a physical address is not global: no space has it.
static void map_crossing(paddr_t image)
{
    size_t giga = image / GIGA_SIZE;
    crossing_root[giga] = pte_make(giga * (GIGA_SIZE >> PAGE_SHIFT), PTE_V | PTE_R | PTE_X | PTE_A);
    crossing_root[TABLE_ENTRIES - 1] = kernel_root[TABLE_ENTRIES - 1];
    crossing_satp = satp_of(crossing_root);
}

// Runs at physical addresses, before there is any mapping: it uses addresses relative to the
// program counter only (no tables of pointers, no switch).
void boot_map(paddr_t image)
{
    image_base = image;
    size_t text_spans = (data_begin - text_begin) / SPAN_SIZE;
    size_t spans = text_spans + align_up(bss_end - data_begin, SPAN_SIZE) / SPAN_SIZE;
    for (size_t i = 0; i < spans; i++) {
        pfn_t frame = (image >> PAGE_SHIFT) + i * TABLE_ENTRIES;
        uint64_t access = i < text_spans ? PTE_X : PTE_W | PTE_D;
        image_table[i] = pte_make(frame, KERNEL_PAGE | access);
    }
    kernel_root[TABLE_ENTRIES - 1] = pte_make((paddr_t)image_table >> PAGE_SHIFT, PTE_V);
    map_giga(kernel_root, image / GIGA_SIZE);
    boot_satp = satp_of(kernel_root);
    map_crossing(image);
}
