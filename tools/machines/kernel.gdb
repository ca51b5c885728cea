# What gdb can be asked about this kernel. .gdbinit of make qemu-gdb reads it.

# Where the kernel sees all of physical memory: DIRECT_BASE of kernel/arch/layout.h.
set $direct = 0xffffffc000000000

define show_pte
    printf "%#018lx", $arg0
    if $arg0 & 1
        printf "  frame %#lx ", ($arg0 << 10 >> 20) << 12
        set $bit = 0
        while $bit < 8
            if $arg0 >> $bit & 1
                printf " %c", "VRWXUGAD"[$bit]
            end
            set $bit = $bit + 1
        end
        if $arg0 >> 8 & 1
            printf " COW"
        end
    end
    printf "\n"
end

define pte
    if $argc != 1
        printf "usage: pte ADDRESS\n"
    else
        set $table = ($satp & 0xfffffffffff) << 12
        set $level = 2
        while $level >= 0
            set $index = ((unsigned long) ($arg0) >> (12 + 9 * $level)) & 511
            set $entry = ((unsigned long *) ($direct + $table))[$index]
            printf "level %d, entry %3d: ", $level, $index
            show_pte $entry
            # Ends at a page, and at an entry that leads nowhere.
            if ($entry & 0xf) != 1
                set $level = 0
            end
            set $table = ($entry << 10 >> 20) << 12
            set $level = $level - 1
        end
    end
end

document pte
pte ADDRESS: the page-table entries on the way to a virtual address, in the tables of the hart that
the selected thread stands for. V R W X U G A D are the bits of an entry, COW is bit 8 (PTE_COW).
end
