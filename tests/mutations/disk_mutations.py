"""Mutations of the file system's core that the tests on the host see (tests/kernel/test_fs.py)."""

from __future__ import annotations

from tests.mutations import mutation
from tests.mutations.mutation import Mutation

LOG = "kernel/fs/log.c"
BUFFER = "kernel/fs/buffer.c"
ALLOC = "kernel/fs/alloc.c"
INODE = "kernel/fs/inode.c"
INODE_IO = "kernel/fs/inode_io.c"
CONTENT = "kernel/fs/content.c"
DIRECTORY = "kernel/fs/directory.c"
NAMESPACE = "kernel/fs/namespace.c"
MOUNT = "kernel/fs/mount.c"


def broken(name: str, what: str, file: str, old: str, new: str) -> Mutation:
    return mutation.broken(f"disk_{name}", what, file, old, new, disk=True)


DISK_MUTATIONS = (
    broken(
        "checksum_not_looked_at",
        "a header that was torn is taken for a commit",
        LOG,
        " && header->checksum == header_checksum(header)",
        "",
    ),
    broken(
        "no_flush_before_clearing",
        "the header is cleared before the blocks are in their places",
        LOG,
        "return flush() || write_header() ? -1 : 0;",
        "return write_header();",
    ),
    broken(
        "no_clearing",
        "a large commit overwrites the last one, whose header is still valid",
        LOG,
        "return flush() || write_header() ? -1 : 0;",
        "return 0;",
    ),
    broken(
        "home_before_header",
        "blocks are written to their places before the log tells of them",
        LOG,
        "    if (make_durable()) {",
        "    if (write_blocks(true) || make_durable()) {",
    ),
    broken(
        "joining_a_closed_transaction",
        "an operation changes blocks that are being written",
        LOG,
        "(log.closed || log.reserved",
        "(log.reserved",
    ),
    broken(
        "blocks_of_a_transaction_not_kept",
        "a block that was changed is forgotten before the commit",
        LOG,
        "    buffer->logged = true;\n    buffer_keep(buffer);\n",
        "    buffer->logged = true;\n",
    ),
    broken(
        "failed_disk_goes_on",
        "after a write that failed others are made",
        LOG,
        "    log.read_only = true;",
        "    log.read_only = false;",
    ),
    broken(
        "buffer_taken_from_its_user",
        "a buffer is reused while somebody has it",
        BUFFER,
        "if (atomic_load(&here->users))",
        "if (atomic_load(&here->users) > 1)",
    ),
    broken(
        "starved_not_woken",
        "who waits for a buffer is not told that there is one",
        BUFFER,
        "    queue_serve(&cache.starved, &room);\n",
        "",
    ),
    broken(
        "freed_block_stays_in_use",
        "the bit of a block that was freed is not cleared",
        ALLOC,
        "        *word &= ~mask;",
        "        *word |= mask;",
    ),
    broken(
        "bitmap_not_logged",
        "a block in use is free after a power cut",
        ALLOC,
        "        log_write(operation, buffer);\n        block = ",
        "        block = ",
    ),
    broken(
        "free_block_freed",
        "a block is freed that is free, and counted twice",
        ALLOC,
        "if (!(*word & mask)) {",
        "if (false) {",
    ),
    broken(
        "blocks_lost_when_some_are_missing",
        "where not all blocks can be had, those that were are lost",
        CONTENT,
        "blocks_free(operation, blocks, i, 0);",
        "(void)operation;",
    ),
    broken(
        "table_not_zeroed",
        "a new block of addresses has what was there before",
        CONTENT,
        "buffer_get_zeroed(table)",
        "buffer_get_blank(table)",
    ),
    broken(
        "wild_address_believed",
        "an address on the disk is used as it is",
        CONTENT,
        "    if (volume_has(block))\n        return true;",
        "    if (block)\n        return true;",
    ),
    broken(
        "last_block_not_zeroed",
        "a new block that is written in part has what was there before",
        INODE_IO,
        "fresh               ? buffer_get_zeroed(block)",
        "fresh               ? buffer_get_blank(block)",
    ),
    broken(
        "failed_write_grows_the_file",
        "a write behind the end that fails leaves a gap",
        INODE_IO,
        "writing->offset > begin && ",
        "",
    ),
    broken(
        "truncation_in_steps",
        "a power cut leaves a part of a file that was emptied",
        INODE_IO,
        "content_free_blocks() <= log_capacity() ? empty_at_once",
        "true ? empty_at_once",
    ),
    broken(
        "removed_file_stays",
        "the last reference does not take a file without links off the disk",
        INODE,
        "inode->references == 1 && inode->disk.links == 0",
        "inode->references == 0 && inode->disk.links == 0",
    ),
    broken(
        "number_free_too_early",
        "an inode's number is given out again while the inode is being removed",
        INODE,
        "        inode->loaded = false;\n        result = 1;",
        "        inode->loaded = false;\n        inode_number_free(inode->number);\n        result = 1;",
    ),
    broken(
        "use_of_a_removed_directory",
        "files can be made in a directory that was removed",
        NAMESPACE,
        "    if (change->dir->disk.links)\n",
        "    if (change->dir)\n",
    ),
    broken(
        "full_directory_removed",
        "a directory is removed with what is in it",
        NAMESPACE,
        "directory_is_empty(inode) <= 0",
        "directory_is_empty(inode) < 0",
    ),
    broken(
        "too_many_links",
        "links are counted beyond what a program can be told",
        NAMESPACE,
        "inode->disk.links >= MAX_LINKS",
        "inode->disk.links > MAX_LINKS",
    ),
    broken(
        "slot_of_a_removed_entry_lost",
        "an entry that was removed is not used again",
        DIRECTORY,
        "search.unused != NONE ? search.unused : dir->disk.size",
        "dir->disk.size",
    ),
    broken(
        "disk_smaller_than_its_file_system",
        "a disk that is cut off is mounted",
        MOUNT,
        "super->blocks > volume.device->blocks",
        "super->blocks > volume.device->blocks + 1",
    ),
)
