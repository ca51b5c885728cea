"""Mutations of descriptors, open files, pipes, and the system calls about them."""

from __future__ import annotations

from functools import partial

from tests.mutations import mutation

DESCRIPTORS = "kernel/fs/descriptors.c"
FILE = "kernel/fs/file.c"
PIPE = "kernel/fs/pipe.c"
SYS_FILE = "kernel/sys/file.c"
SYS_SYSTEM = "kernel/sys/system.c"
PROC = "kernel/proc/proc.c"
EXEC = "kernel/proc/exec.c"

TESTS = (
    "descriptors_*,chdir_*,exit_*,exec_*,file_*,open_*,pipe*,process*,path*,read_*,row3_*,row4_*"
)

broken = partial(mutation.broken, tests=TESTS)  # where a mutation has no others

FILE_MUTATIONS = (
    broken(
        "sbrklazy_takes_memory_at_once",
        "the heap grows in one way, whatever the program asks for",
        "kernel/sys/process.c",
        "bool lazy = (int32_t)frame->a1 == SBRK_LAZY;",
        "bool lazy = false;",
        tests="lazy_*",
    ),
    broken(
        "sbrk_by_more_than_there_is_fails",
        "sbrk by less than nothing is an error",
        "kernel/sys/process.c",
        "return old; // by more",
        "return -1; // by more",
        tests="sbrk_*",
    ),
    broken(
        "file_write_leaves_a_gap",
        "a write behind the end of a file succeeds",
        "kernel/fs/inode_io.c",
        "inode->disk.type != FS_FILE || begin > inode->disk.size",
        "inode->disk.type != FS_FILE",
    ),
    broken(
        "file_read_of_nothing_needs_a_place",
        "a read of no bytes looks at where they would go",
        "kernel/fs/inode_io.c",
        "offset >= inode->disk.size || size == 0",
        "offset >= inode->disk.size",
    ),
    broken(
        "file_numbers_go_round",
        "a number that is free is not used again until all others have been",
        "kernel/fs/alloc.c",
        "    if (number < lowest_inode)\n        lowest_inode = number;\n",
        "",
    ),
    broken(
        "descriptors_are_changed_while_shared",
        "a process changes a set of descriptors that others have, too",
        DESCRIPTORS,
        "memory_order_acquire) == 1)",
        "memory_order_acquire) >= 1)",
    ),
    broken(
        "descriptors_copy_without_references",
        "the copy of a set does not count as an owner of its files",
        DESCRIPTORS,
        "from->files[i] ? file_share(from->files[i]) : 0",
        "from->files[i]",
    ),
    broken(
        "descriptors_copied_set_is_kept",
        "who copies a set stays an owner of the old one",
        DESCRIPTORS,
        "    descriptors_put(shared);\n",
        "",
    ),
    broken(
        "descriptors_stay_open_at_exit",
        "a process that ends does not give up its descriptors",
        PROC,
        "    descriptors_put(proc->descriptors); // may sleep",
        "    // may sleep",
    ),
    broken(
        "descriptors_number_of_64_bits",
        "the upper half of a register is part of a descriptor",
        SYS_FILE,
        "descriptors_file(proc_current()->descriptors, (int32_t)argument)",
        "argument > 15 ? 0 : descriptors_file(proc_current()->descriptors, argument)",
    ),
    broken(
        "descriptors_room_is_seen_too_late",
        "open makes or empties a file and then finds no descriptor for it",
        SYS_FILE,
        "    if (!argument_path(path, frame->a0) || "
        "!descriptors_have_room(proc_current()->descriptors, 1))\n"
        "        return -1;\n"
        "    struct inode *inode = fs_open(current_directory(), path, flags);\n"
        "    if (!inode)\n"
        "        return -1;\n",
        "    if (!argument_path(path, frame->a0))\n"
        "        return -1;\n"
        "    struct inode *inode = fs_open(current_directory(), path, flags);\n"
        "    if (!inode)\n"
        "        return -1;\n"
        "    if (!descriptors_have_room(proc_current()->descriptors, 1)) {\n"
        "        inode_put(inode);\n"
        "        return -1;\n"
        "    }\n",
    ),
    broken(
        "descriptors_of_a_failed_pipe",
        "a pipe whose numbers cannot be stored stays open",
        SYS_FILE,
        "    descriptors_close(&proc_current()->descriptors, ends[1]);\n",
        "",
    ),
    broken(
        "file_reads_without_permission",
        "what was opened to write can be read",
        FILE,
        "    file->readable = !(flags & O_WRONLY);",
        "    file->readable = true;",
    ),
    broken(
        "file_append_is_forgotten",
        "O_APPEND does nothing",
        FILE,
        "file->append = flags & O_APPEND;",
        "file->append = false;",
    ),
    broken(
        "file_offset_is_not_locked",
        "two reads of one open file get the same offset",
        FILE,
        "    mutex_lock(&file->offset_lock);\n    inode_lock_shared(file->inode);\n"
        "    int64_t count = inode_read(file->inode, to, file->offset, size);\n"
        "    inode_unlock_shared(file->inode);\n"
        "    if (count > 0)\n        file->offset += count;\n"
        "    mutex_unlock(&file->offset_lock);\n",
        "    inode_lock_shared(file->inode);\n"
        "    int64_t count = inode_read(file->inode, to, file->offset, size);\n"
        "    inode_unlock_shared(file->inode);\n"
        "    if (count > 0)\n        file->offset += count;\n",
        harts=4,
        tests="file_offset_*",
    ),
    broken(
        "file_device_of_any_number",
        "a device node opens whatever its number",
        FILE,
        "is_device && inode_major(inode) >= MAJOR_LIMIT",
        "is_device && false",
        tests="mknod_*",
    ),
    broken(
        "pipe_frame_unknown_to_the_audit",
        "the audit takes a pipe's frame for lost",
        PIPE,
        "    audit_add_frames(visit_frames);\n",
        "    (void)visit_frames;\n",
    ),
    broken(
        "pipe_frame_is_kept",
        "a closed pipe's frame is not given back",
        PIPE,
        "    frame_free(virt_to_pfn(pipe));\n",
        "",
    ),
    broken(
        "pipe_end_wakes_nobody",
        "who waits does not learn that the other end was closed",
        PIPE,
        "    wake_end(pipe, other(end));\n",
        "",
    ),
    broken(
        "pipe_has_no_turns",
        "two writers move bytes at the same time",
        PIPE,
        "    pipe->ends[end].busy = true;\n",
        "",
        harts=4,
        tests="pipe*",
    ),
    broken(
        "pipe_turn_is_kept",
        "a writer that is killed while it waits keeps its turn",
        PIPE,
        "    finish(&transfer);\n    if (!able)\n        return -1;\n",
        "    if (!able) {\n"
        "        spin_unlock(&pipe->lock, transfer.flags);\n"
        "        return -1;\n"
        "    }\n"
        "    finish(&transfer);\n",
    ),
    broken(
        "pipe_waits_for_its_turn_for_ever",
        "a process that waits for its turn cannot be killed",
        PIPE,
        "    if (queue_wait(&pipe->ends[end].turns, &turn_kinds[end], &pipe->lock, wanted))\n"
        "        return true;\n"
        "    spin_unlock(&pipe->lock, transfer->flags);\n"
        "    return false;\n",
        "    queue_wait_always(&pipe->ends[end].turns, &turn_kinds[end], &pipe->lock, wanted);\n"
        "    return true;\n",
    ),
    broken(
        "pipe_loses_what_cannot_be_copied",
        "bytes that a bad address could not take are gone",
        PIPE,
        "    if (transfer->failed)\n        return false;\n    own->position += length;\n",
        "    own->position += length;\n    if (transfer->failed)\n        return false;\n",
    ),
    broken(
        "pipe_write_without_readers",
        "a write to a pipe that nobody reads succeeds",
        PIPE,
        "    return alive && pipe->ends[PIPE_READ].open;",
        "    return alive;",
    ),
    broken(
        "pipe_wraps_too_late",
        "bytes are written behind the ring's end",
        PIPE,
        "    if (length > RING_SIZE - at)\n        length = RING_SIZE - at;\n",
        "    if (length > RING_SIZE - at + 8)\n        length = RING_SIZE - at + 8;\n",
    ),
    broken(
        "processes_beyond_the_room",
        "more processes are told of than there is room for",
        SYS_SYSTEM,
        "        if (count < room && copy",
        "        if (copy",
    ),
    broken(
        "exec_leaves_arguments_below_the_stack",
        "what arguments were passed through stays in the stack page",
        EXEC,
        "    wipe_stack(image);\n",
        "    (void)wipe_stack;\n",
        tests="row16_*,exec_*",
    ),
    broken(
        "exec_wipes_one_byte_too_few",
        "the last byte that an argument was passed through stays",
        EXEC,
        "        image->dirty = length;",
        "        image->dirty = length - 1;",
        tests="row16_*,exec_*",
    ),
)
