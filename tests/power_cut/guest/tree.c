// tree DIRECTORY...: prints all that is in these directories, with a checksum of each file's
// content, and then tries whether the file system can be used.
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/stat.h"
#include "user/user.h"

enum { PATH = 128, BUFFER = 4096, TRIED = 30000 };

static uint table[256];
static unsigned char buffer[BUFFER];

static void fail(const char *what, const char *path)
{
    printf("failed %s %s\n", what, path);
    exit(1);
}

// CRC-32 as of Ethernet and zlib, bit by bit for each byte and then by the byte.
static void make_table(void)
{
    for (uint byte = 0; byte < 256; byte++) {
        uint sum = byte;
        for (int bit = 0; bit < 8; bit++)
            sum = sum & 1 ? 0xedb88320 ^ sum >> 1 : sum >> 1;
        table[byte] = sum;
    }
}

static uint checksum(const char *path, uint size)
{
    uint sum = 0xffffffff, length = 0;
    int file = open(path, O_RDONLY), got;
    if (file < 0)
        fail("open", path);
    while ((got = read(file, buffer, sizeof buffer)) > 0) {
        for (int i = 0; i < got; i++)
            sum = table[(sum ^ buffer[i]) & 255] ^ sum >> 8;
        length += got;
    }
    close(file);
    if (got < 0 || length != size)
        fail("read", path);
    return ~sum;
}

static void show_directory(const char *path);

static void show(const char *path)
{
    struct stat stat;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &stat))
        fail("fstat", path);
    close(file);
    if (stat.type == T_FILE)
        printf("file %s %d %d %x\n", path, stat.nlink, (int)stat.size, checksum(path, stat.size));
    else if (stat.type == T_DEVICE)
        printf("device %s %d 0 0\n", path, stat.nlink);
    else
        show_directory(path);
}

static void show_entry(const char *directory, const struct dirent *entry)
{
    char path[PATH];
    uint length = strlen(directory), i = 0;
    if (entry->inum == 0 || length + 1 + DIRSIZ + 1 > PATH)
        return;
    memcpy(path, directory, length);
    path[length++] = '/';
    while (i < DIRSIZ && entry->name[i])
        path[length++] = entry->name[i++];
    path[length] = 0;
    if (strcmp(path + length - i, ".") && strcmp(path + length - i, ".."))
        show(path);
}

static void show_directory(const char *path)
{
    struct dirent entry;
    int file = open(path, O_RDONLY);
    if (file < 0)
        fail("open", path);
    printf("directory %s 1 0 0\n", path);
    while (read(file, &entry, sizeof entry) == sizeof entry)
        show_entry(path, &entry);
    close(file);
}

// A file that needs a block of addresses comes and goes.
static void try(void)
{
    const char *path = "/tried";
    int file = open(path, O_CREATE | O_RDWR);
    if (file < 0)
        fail("create", path);
    for (int i = 0; i < TRIED; i += sizeof buffer) {
        memset(buffer, i / BUFFER, sizeof buffer);
        if (write(file, buffer, sizeof buffer) != sizeof buffer)
            fail("write", path);
    }
    close(file);
    if ((file = open(path, O_RDONLY)) < 0)
        fail("open", path);
    for (int i = 0; i < TRIED; i += sizeof buffer) {
        if (read(file, buffer, sizeof buffer) != sizeof buffer)
            fail("read", path);
        for (int j = 0; j < BUFFER; j++)
            if (buffer[j] != i / BUFFER)
                fail("compare", path);
    }
    close(file);
    if (unlink(path))
        fail("unlink", path);
}

int main(int argc, char **argv)
{
    make_table();
    for (int i = 1; i < argc; i++)
        show(argv[i]);
    printf("end\n");
    try();
    return 0;
}
