"""Mutations of descriptors, open files, pipes, and the system calls about them."""

from __future__ import annotations

from mutation import Edit, Mutation

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

FILE_MUTATIONS = (
    Mutation(
        name="descriptors_are_changed_while_shared",
        what="a process changes a set of descriptors that others have, too",
        tests=TESTS,
        edits=(Edit(DESCRIPTORS, "memory_order_acquire) == 1)", "memory_order_acquire) >= 1)"),),
    ),
    Mutation(
        name="descriptors_copy_without_references",
        what="the copy of a set does not count as an owner of its files",
        tests=TESTS,
        edits=(
            Edit(
                DESCRIPTORS,
                "from->files[i] ? file_share(from->files[i]) : 0",
                "from->files[i]",
            ),
        ),
    ),
    Mutation(
        name="descriptors_copied_set_is_kept",
        what="who copies a set stays an owner of the old one",
        tests=TESTS,
        edits=(Edit(DESCRIPTORS, "    descriptors_put(shared);\n", ""),),
    ),
    Mutation(
        name="descriptors_stay_open_at_exit",
        what="a process that ends does not give up its descriptors",
        tests=TESTS,
        edits=(
            Edit(PROC, "    descriptors_put(proc->descriptors); // may sleep", "    // may sleep"),
        ),
    ),
    Mutation(
        name="descriptors_number_of_64_bits",
        what="the upper half of a register is part of a descriptor",
        tests=TESTS,
        edits=(
            Edit(
                SYS_FILE,
                "descriptors_file(proc_current()->descriptors, (int32_t)argument)",
                "argument > 15 ? 0 : descriptors_file(proc_current()->descriptors, argument)",
            ),
        ),
    ),
    Mutation(
        name="descriptors_room_is_seen_too_late",
        what="open makes or empties a file and then finds no descriptor for it",
        tests=TESTS,
        edits=(
            Edit(
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
        ),
    ),
    Mutation(
        name="descriptors_of_a_failed_pipe",
        what="a pipe whose numbers cannot be stored stays open",
        tests=TESTS,
        edits=(
            Edit(
                SYS_FILE,
                "    descriptors_close(&proc_current()->descriptors, ends[1]);\n",
                "",
            ),
        ),
    ),
    Mutation(
        name="file_reads_without_permission",
        what="what was opened to write can be read",
        tests=TESTS,
        edits=(
            Edit(FILE, "    file->readable = !(flags & O_WRONLY);", "    file->readable = true;"),
        ),
    ),
    Mutation(
        name="file_append_is_forgotten",
        what="O_APPEND does nothing",
        tests=TESTS,
        edits=(Edit(FILE, "file->append = flags & O_APPEND;", "file->append = false;"),),
    ),
    Mutation(
        name="file_offset_is_not_locked",
        what="two reads of one open file get the same offset",
        harts=4,
        tests="file_offset_*",
        edits=(
            Edit(
                FILE,
                "    mutex_lock(&file->offset_lock);\n    inode_lock(file->inode);\n"
                "    int64_t count = inode_read(file->inode, to, file->offset, size);\n"
                "    inode_unlock(file->inode);\n"
                "    if (count > 0)\n        file->offset += count;\n"
                "    mutex_unlock(&file->offset_lock);\n",
                "    inode_lock(file->inode);\n"
                "    int64_t count = inode_read(file->inode, to, file->offset, size);\n"
                "    inode_unlock(file->inode);\n"
                "    if (count > 0)\n        file->offset += count;\n",
            ),
        ),
    ),
    Mutation(
        name="file_device_of_any_number",
        what="a device node opens whatever its number",
        tests="mknod_*",
        edits=(Edit(FILE, "is_device && inode_major(inode) >= MAJOR_LIMIT", "is_device && false"),),
    ),
    Mutation(
        name="pipe_frame_unknown_to_the_audit",
        what="the audit takes a pipe's frame for lost",
        tests=TESTS,
        edits=(Edit(PIPE, "    audit_add_frames(visit_frames);\n", "    (void)visit_frames;\n"),),
    ),
    Mutation(
        name="pipe_frame_is_kept",
        what="a closed pipe's frame is not given back",
        tests=TESTS,
        edits=(Edit(PIPE, "    frame_free(virt_to_pfn(pipe));\n", ""),),
    ),
    Mutation(
        name="pipe_end_wakes_nobody",
        what="who waits does not learn that the other end was closed",
        tests=TESTS,
        edits=(Edit(PIPE, "    wait_wake_all(&pipe->ends[other(end)].ready);\n", ""),),
    ),
    Mutation(
        name="pipe_has_no_turns",
        what="two writers move bytes at the same time",
        harts=4,
        tests="pipe*",
        edits=(Edit(PIPE, "        own->busy = true;\n", ""),),
    ),
    Mutation(
        name="pipe_turn_is_kept",
        what="a writer that is killed while it waits keeps its turn",
        tests=TESTS,
        edits=(
            Edit(
                PIPE,
                "    finish(&transfer);\n    if (!able)\n        return -1;\n",
                "    if (!able) {\n"
                "        spin_unlock(&pipe->lock, transfer.flags);\n"
                "        return -1;\n"
                "    }\n"
                "    finish(&transfer);\n",
            ),
        ),
    ),
    Mutation(
        name="pipe_waits_for_its_turn_for_ever",
        what="a process that waits for its turn cannot be killed",
        tests=TESTS,
        edits=(
            Edit(
                PIPE,
                "        alive = wait_on(&own->turn, &pipe->lock);",
                "        wait_on_always(&own->turn, &pipe->lock);",
            ),
        ),
    ),
    Mutation(
        name="pipe_loses_what_cannot_be_copied",
        what="bytes that a bad address could not take are gone",
        tests=TESTS,
        edits=(
            Edit(
                PIPE,
                "    if (transfer->failed)\n        return false;\n    own->position += length;\n",
                "    own->position += length;\n    if (transfer->failed)\n        return false;\n",
            ),
        ),
    ),
    Mutation(
        name="pipe_write_without_readers",
        what="a write to a pipe that nobody reads succeeds",
        tests=TESTS,
        edits=(
            Edit(
                PIPE,
                " &&\n               is_open(&transfer, PIPE_READ);",
                ";",
            ),
        ),
    ),
    Mutation(
        name="pipe_wraps_too_late",
        what="bytes are written behind the ring's end",
        tests=TESTS,
        edits=(
            Edit(
                PIPE,
                "    if (length > RING_SIZE - at)\n        length = RING_SIZE - at;\n",
                "    if (length > RING_SIZE - at + 8)\n        length = RING_SIZE - at + 8;\n",
            ),
        ),
    ),
    Mutation(
        name="processes_beyond_the_room",
        what="more processes are told of than there is room for",
        tests=TESTS,
        edits=(Edit(SYS_SYSTEM, "        if (count < room && copy", "        if (copy"),),
    ),
    Mutation(
        name="exec_leaves_arguments_below_the_stack",
        what="what arguments were passed through stays in the stack page",
        tests="row16_*,exec_*",
        edits=(Edit(EXEC, "    wipe_stack(image);\n", "    (void)wipe_stack;\n"),),
    ),
    Mutation(
        name="exec_wipes_one_byte_too_few",
        what="the last byte that an argument was passed through stays",
        tests="row16_*,exec_*",
        edits=(Edit(EXEC, "        image->dirty = length;", "        image->dirty = length - 1;"),),
    ),
)
