// Giving up pages: drop a reference to each frame, and give back those that have no owner left.
#pragma once

static inline void cow_release_range(struct space *space, pte_t *entries, size_t n)
{
    (void)space;
    struct count_batch counts;
    count_open(&counts, 0);
    for (pte_t *entry = entries; entry < entries + n; entry++) {
        pte_t pte = *entry;
        if (!pte)
            continue;
        *entry = 0;
        if (count_drop(&counts, pte_pfn(pte)) == 0)
            frame_free(pte_pfn(pte));
    }
    count_close(&counts);
}
