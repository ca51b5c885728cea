#include "flow.h"

enum { NOWHERE = ~0u };

static void note(struct hart *hart, enum mode mode, struct profile *profile,
                 enum program_event event)
{
    hart->counts.program[mode][event]++;
    if (profile)
        profile->program[event]++;
}

static struct who who_is(struct flow *flow, uint32_t number, struct profile *profile)
{
    struct hart *hart = &flow->harts[number];
    return (struct who){number, hart->block->mode, &hart->counts, flow->profiling ? profile : 0};
}

static void fetch_line(struct flow *flow, const struct who *who, uint64_t physical)
{
    struct hart *hart = &flow->harts[who->hart];
    uint64_t line = physical >> LINE_SHIFT;
    if (line == hart->line)
        return;
    hart->line = line;
    cores_fetch(&flow->cores, who, line);
}

static void fetch_page(struct flow *flow, const struct who *who, uint64_t address,
                       uint64_t physical)
{
    struct hart *hart = &flow->harts[who->hart];
    uint64_t page = address >> USER_PAGE_SHIFT;
    if (page == hart->page)
        return;
    hart->page = page;
    uint32_t shift = space_shift(&flow->space, address);
    if (shift != UNTRANSLATED)
        cores_translate(&flow->cores, who, address, physical, shift, true);
}

static void fetch(struct flow *flow, const struct who *who, const struct instruction *instruction)
{
    if (!instruction->begins_line && !instruction->ends_in_next)
        return;
    if (flow->harts[who->hart].block->translated)
        fetch_page(flow, who, instruction->address, instruction->physical);
    fetch_line(flow, who, instruction->physical);
    if (instruction->ends_in_next)
        fetch_line(flow, who, instruction->physical + instruction->size - 1);
}

// What is not told from where the flow goes on.
static void execute(struct flow *flow, const struct who *who, const struct instruction *instruction)
{
    struct hart *hart = &flow->harts[who->hart];
    if (instruction->decoded.atomic)
        note(hart, who->mode, who->profile, EVENT_atomics);
    switch (instruction->decoded.kind) {
    case KIND_FENCE:
    case KIND_FENCE_I:
        note(hart, who->mode, who->profile, EVENT_fences);
        if (instruction->decoded.kind == KIND_FENCE)
            break;
        cores_fence_i(&flow->cores, who->hart);
        hart->line = ~(uint64_t)0;
        break;
    case KIND_FLUSH:
    case KIND_FLUSH_PAGE:
        note(hart, who->mode, who->profile, EVENT_flushes);
        if (instruction->decoded.kind == KIND_FLUSH_PAGE)
            break;
        cores_flush(&flow->cores, who->hart);
        hart->page = hart->data = ~(uint64_t)0;
        break;
    case KIND_BRANCH:
        note(hart, who->mode, who->profile, EVENT_branches);
        break;
    default:
        break;
    }
}

static void end_waiting(struct flow *flow, struct hart *hart)
{
    if (hart->waited && flow->together)
        tally_add(&flow->waits, hart->atomic, 1, hart->waited);
    hart->waited = 0;
}

// The lock that a hart waits for is what it has last accessed by an atomic before it waits.
static void wait_or_not(struct flow *flow, struct hart *hart, bool waits)
{
    hart->waiting = waits;
    hart->waited += waits;
    if (!waits)
        end_waiting(flow, hart);
}

// The hart has executed all instructions of its block before this index.
static void advance(struct flow *flow, uint32_t number, uint32_t to)
{
    struct hart *hart = &flow->harts[number];
    uint32_t from = hart->next;
    if (to <= from)
        return;
    struct who who = who_is(flow, number, 0);
    for (uint32_t i = from; i < to; i++) {
        const struct instruction *instruction = &hart->block->instructions[i];
        if (flow->profiling) {
            who.profile = instruction->profile;
            who.profile->program[EVENT_instructions]++;
        }
        fetch(flow, &who, instruction);
        execute(flow, &who, instruction);
        if (instruction->waits || hart->waiting)
            wait_or_not(flow, hart, instruction->waits);
    }
    hart->counts.program[who.mode][EVENT_instructions] += to - from;
    hart->executed += to - from;
    hart->next = to;
    hart->half = false;
}

void flow_add_vector(struct flow *flow, uint64_t address)
{
    for (uint32_t i = 0; i < flow->vector_count; i++) {
        if (flow->vectors[i] == address)
            return;
    }
    if (flow->vector_count < MAX_VECTORS)
        flow->vectors[flow->vector_count++] = address;
}

static bool is_vector(const struct flow *flow, uint64_t address)
{
    for (uint32_t i = 0; i < flow->vector_count; i++) {
        if (flow->vectors[i] == address)
            return true;
    }
    return false;
}

// The first instruction of the block that should have accessed memory, and has not. A conditional
// store may have made none.
static uint32_t missing_access(const struct hart *hart)
{
    if (hart->half)
        return hart->next;
    for (uint32_t i = hart->next; i < hart->block->count; i++) {
        const struct decoded *decoded = &hart->block->instructions[i].decoded;
        if ((decoded->loads || decoded->stores) && !decoded->conditional)
            return i;
    }
    return NOWHERE;
}

static void fault(struct flow *flow, uint32_t number, uint32_t index)
{
    struct hart *hart = &flow->harts[number];
    const struct instruction *instruction = &hart->block->instructions[index];
    advance(flow, number, index);
    struct who who = who_is(flow, number, instruction->profile);
    fetch(flow, &who, instruction);
    note(hart, who.mode, who.profile,
         instruction->decoded.stores ? EVENT_traps_store : EVENT_traps_load);
    hart->retried = instruction->address;
}

static void leave_call(struct flow *flow, const struct who *who, const struct instruction *last,
                       uint64_t target)
{
    uint64_t behind = last->address + last->size;
    switch (last->decoded.kind) {
    case KIND_CALL:
        cores_call(&flow->cores, who->hart, behind);
        break;
    case KIND_INDIRECT_CALL:
        cores_indirect(&flow->cores, who, last->address, target);
        cores_call(&flow->cores, who->hart, behind);
        break;
    case KIND_INDIRECT:
        cores_indirect(&flow->cores, who, last->address, target);
        break;
    case KIND_RETURN:
        cores_return(&flow->cores, who, target);
        break;
    default:
        break;
    }
}

// The block came to its end, and the hart goes on at `target`.
static void leave(struct flow *flow, uint32_t number, const struct instruction *last,
                  uint64_t target)
{
    struct hart *hart = &flow->harts[number];
    struct who who = who_is(flow, number, last->profile);
    enum kind kind = last->decoded.kind;
    uint64_t behind = last->address + last->size;
    bool jumps = kind >= KIND_JUMP && kind <= KIND_RETURN;
    if (kind == KIND_ECALL) {
        note(hart, who.mode, who.profile,
             who.mode == MODE_USER ? EVENT_traps_call : EVENT_traps_firmware);
        flow_add_vector(flow, target);
    } else if (kind == KIND_BREAK) {
        note(hart, who.mode, who.profile, EVENT_traps_other);
        flow_add_vector(flow, target);
    } else if (is_vector(flow, target) ||
               (!jumps && kind != KIND_BRANCH && kind != KIND_TRAP_RETURN && target != behind)) {
        note(hart, who.mode, who.profile, EVENT_traps_interrupt);
        flow_add_vector(flow, target);
    } else if (kind == KIND_BRANCH) {
        bool taken = target == last->decoded.target;
        if (taken)
            note(hart, who.mode, who.profile, EVENT_branches_taken);
        cores_branch(&flow->cores, &who, last->address, taken);
    } else {
        leave_call(flow, &who, last, target);
    }
}

// Ends the block before the one at `address`.
static void finish(struct flow *flow, uint32_t number, uint64_t address)
{
    struct hart *hart = &flow->harts[number];
    const struct block *block = hart->block;
    uint32_t missing = hart->cut ? NOWHERE : missing_access(hart);
    if (missing != NOWHERE) {
        fault(flow, number, missing);
        flow_add_vector(flow, address);
        return;
    }
    uint32_t end = hart->cut ? hart->next : block->count;
    advance(flow, number, end);
    leave(flow, number, &block->instructions[end - 1], address);
}

// When its turn is over a hart has executed all of its block: QEMU cuts the last block of a turn.
static uint64_t executed(const struct hart *hart)
{
    uint32_t left = hart->block && !hart->cut ? hart->block->count - hart->next : 0;
    return hart->executed + left;
}

// Others may have taken the line that the hart had last.
static void change_turn(struct flow *flow, uint32_t number)
{
    struct hart *hart = &flow->harts[number];
    rounds_change(&flow->rounds, executed(&flow->harts[flow->rounds.hart]), number, executed(hart));
    hart->data = ~(uint64_t)0;
}

void flow_begin_together(struct flow *flow, uint32_t number)
{
    for (uint32_t i = 0; i < MAX_HARTS; i++)
        flow->harts[i].waited = 0;
    tally_clear(&flow->waits);
    tally_clear(&flow->moves);
    rounds_begin(&flow->rounds, number, flow->harts[number].executed);
    flow->together = true;
}

uint64_t flow_end_together(struct flow *flow, uint32_t number)
{
    for (uint32_t i = 0; i < MAX_HARTS; i++)
        end_waiting(flow, &flow->harts[i]);
    flow->together = false;
    return rounds_makespan(&flow->rounds, flow->harts[number].executed);
}

void flow_begin(struct flow *flow, uint32_t number, const struct block *block)
{
    struct hart *hart = &flow->harts[number];
    if (number != flow->rounds.hart)
        change_turn(flow, number);
    if (hart->block)
        finish(flow, number, block->instructions[0].address);
    hart->block = block;
    hart->next = 0;
    hart->half = hart->cut = false;
}

static bool is_in(const struct block *block, const struct instruction *instruction)
{
    return block->instructions <= instruction && instruction < block->instructions + block->count;
}

// Where an instruction is in the block that the hart executes. QEMU may have translated it once
// more, alone, to access a device.
static uint32_t index_of(const struct hart *hart, const struct instruction *instruction)
{
    const struct block *block = hart->block;
    if (is_in(block, instruction))
        return instruction - block->instructions;
    for (uint32_t i = hart->next; i < block->count; i++) {
        if (block->instructions[i].address == instruction->address)
            return i;
    }
    return NOWHERE;
}

void flow_reach(struct flow *flow, uint32_t number, const struct instruction *instruction,
                bool past)
{
    uint32_t index = index_of(&flow->harts[number], instruction);
    if (index != NOWHERE)
        advance(flow, number, index + past);
}

// Firmware's addresses are physical, and others' are not.
static uint64_t data_line(const struct hart *hart, uint64_t address)
{
    return address >> LINE_SHIFT | (uint64_t)hart->block->translated << 63;
}

bool flow_repeats(const struct flow *flow, uint32_t number, uint64_t address, bool store)
{
    const struct hart *hart = &flow->harts[number];
    return hart->block && hart->data == data_line(hart, address) && (hart->stored || !store);
}

static void move_line(struct flow *flow, const struct who *who, uint64_t name, uint64_t line,
                      bool store)
{
    if (!lines_access(&flow->lines, who->hart, line, store))
        return;
    note(&flow->harts[who->hart], who->mode, who->profile, EVENT_lines_moved);
    if (flow->together)
        tally_add(&flow->moves, name, 1, store);
}

static void access_memory(struct flow *flow, const struct who *who,
                          const struct instruction *instruction, uint64_t address,
                          uint64_t physical, bool store)
{
    struct hart *hart = &flow->harts[who->hart];
    if (flow->several)
        move_line(flow, who, space_name(&flow->space, address, instruction->address),
                  physical >> LINE_SHIFT, store);
    uint32_t shift = hart->block->translated ? space_shift(&flow->space, address) : UNTRANSLATED;
    if (shift != UNTRANSLATED)
        cores_translate(&flow->cores, who, address, physical, shift, false);
    cores_data(&flow->cores, who, physical >> LINE_SHIFT, store);
    uint64_t line = data_line(hart, address);
    hart->stored = store || (hart->stored && hart->data == line);
    hart->data = line;
}

// The machine virt has a word for each hart that interrupts it (ACLINT, chapter 3, "MSWI").
#define INTERRUPT_WORDS 0x2000000ul

static void access_device(struct flow *flow, const struct who *who, uint64_t address, bool store)
{
    struct hart *hart = &flow->harts[who->hart];
    note(hart, who->mode, who->profile, EVENT_device_accesses);
    uint64_t target = (address - INTERRUPT_WORDS) / 4;
    if (store && target < MAX_HARTS && target != who->hart)
        note(hart, who->mode, who->profile, EVENT_interrupts_sent);
}

// A page whose access has faulted has another entry in its table now.
static void drop_translation(struct flow *flow, uint32_t number, uint64_t address,
                             uint64_t physical)
{
    uint32_t shift = space_shift(&flow->space, address);
    if (shift != UNTRANSLATED)
        cores_drop(&flow->cores, number, address, physical, shift);
    flow->harts[number].retried = 0;
}

void flow_access(struct flow *flow, uint32_t number, const struct instruction *instruction,
                 uint64_t address, uint64_t physical, bool store, enum place place)
{
    struct hart *hart = &flow->harts[number];
    const struct decoded *decoded = &instruction->decoded;
    uint32_t index = hart->block ? index_of(hart, instruction) : NOWHERE;
    if (index == NOWHERE)
        return;
    bool both = decoded->atomic && decoded->loads && decoded->stores;
    bool half = both && !store;
    advance(flow, number, index + !half);
    hart->half = half;
    if (half)
        return; // the store may fault, which a hart knows before it loads
    hart->cut = !is_in(hart->block, instruction);
    struct who who = who_is(flow, number, instruction->profile);
    if (hart->retried == instruction->address && place == PLACE_MEMORY)
        drop_translation(flow, number, address, physical);
    if (both && !decoded->conditional) // where QEMU reads to compare, and a hart does not
        note(hart, who.mode, who.profile, EVENT_loads);
    note(hart, who.mode, who.profile, store ? EVENT_stores : EVENT_loads);
    if (decoded->atomic && !hart->waiting)
        hart->atomic = space_name(&flow->space, address, instruction->address);
    if (place == PLACE_DEVICE)
        access_device(flow, &who, address, store);
    else if (place == PLACE_MEMORY)
        access_memory(flow, &who, instruction, address, physical, store);
}
