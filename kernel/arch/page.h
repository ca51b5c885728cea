// Whole pages, 512 words at a time. Addresses are the kernel's (phys_to_virt), page-aligned.
#pragma once

void page_copy(void *to, const void *from);
void page_zero(void *page);
