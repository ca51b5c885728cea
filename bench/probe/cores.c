#include "cores.h"

#include <inttypes.h>

// One line: what, hart, mode, numbers.
#define RECORD(cores, format, ...)                                                                 \
    do {                                                                                           \
        if ((cores)->record && !(cores)->waiting)                                                  \
            fprintf((cores)->record, format "\n", __VA_ARGS__);                                    \
    } while (0)

#define EACH(cores, core)                                                                          \
    for (struct core *core = (cores)->list;                                                        \
         !(cores)->waiting && core < (cores)->list + (cores)->count; core++)

void cores_fetch(struct cores *cores, const struct who *who, uint64_t line)
{
    RECORD(cores, "fetch %u %u %" PRIu64, who->hart, who->mode, line);
    EACH(cores, core)
    core_fetch(core, who, line);
}

void cores_data(struct cores *cores, const struct who *who, uint64_t line, bool store)
{
    RECORD(cores, "data %u %u %" PRIu64 " %d", who->hart, who->mode, line, store);
    EACH(cores, core)
    core_data(core, who, line, store);
}

void cores_translate(struct cores *cores, const struct who *who, uint64_t address,
                     uint64_t physical, uint32_t shift, bool fetch)
{
    RECORD(cores, "translate %u %u %" PRIu64 " %" PRIu64 " %u %d", who->hart, who->mode, address,
           physical, shift, fetch);
    EACH(cores, core)
    core_translate(core, who, address, physical, shift, fetch);
}

void cores_branch(struct cores *cores, const struct who *who, uint64_t address, bool taken)
{
    RECORD(cores, "branch %u %u %" PRIu64 " %d", who->hart, who->mode, address, taken);
    EACH(cores, core)
    core_branch(core, who, address, taken);
}

void cores_call(struct cores *cores, uint32_t hart, uint64_t return_address)
{
    RECORD(cores, "call %u 0 %" PRIu64, hart, return_address);
    EACH(cores, core)
    core_call(core, hart, return_address);
}

void cores_indirect(struct cores *cores, const struct who *who, uint64_t address, uint64_t target)
{
    RECORD(cores, "indirect %u %u %" PRIu64 " %" PRIu64, who->hart, who->mode, address, target);
    EACH(cores, core)
    core_indirect(core, who, address, target);
}

void cores_return(struct cores *cores, const struct who *who, uint64_t target)
{
    RECORD(cores, "return %u %u %" PRIu64, who->hart, who->mode, target);
    EACH(cores, core)
    core_return(core, who, target);
}

void cores_flush(struct cores *cores, uint32_t hart)
{
    RECORD(cores, "flush %u 0", hart);
    EACH(cores, core)
    core_flush(core, hart);
}

void cores_drop(struct cores *cores, uint32_t hart, uint64_t address, uint64_t physical,
                uint32_t shift)
{
    RECORD(cores, "drop %u 0 %" PRIu64 " %" PRIu64 " %u", hart, address, physical, shift);
    EACH(cores, core)
    core_drop(core, hart, address, physical, shift);
}

void cores_fence_i(struct cores *cores, uint32_t hart)
{
    RECORD(cores, "fence_i %u 0", hart);
    EACH(cores, core)
    core_fence_i(core, hart);
}

void cores_record_counts(struct cores *cores, uint32_t hart, const struct counts *counts)
{
    for (uint32_t core = 0; cores->record && core < cores->count; core++) {
        for (int mode = 0; mode < MODES; mode++) {
            fprintf(cores->record, "counted %u %d %u", hart, mode, core);
            for (int event = 0; event < CORE_EVENT_COUNT; event++)
                fprintf(cores->record, " %" PRIu64, counts->core[core][mode][event]);
            fprintf(cores->record, "\n");
        }
    }
}

void cores_end_record(struct cores *cores)
{
    if (cores->record)
        fclose(cores->record);
    cores->record = 0;
}
