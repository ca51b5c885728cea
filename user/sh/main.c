// sh [-c LINE | FILE]: runs a line, a file's lines, or the lines of descriptor 0.

#include "kernel/fcntl.h"
#include "kernel/stat.h"
#include "user/user.h"
#include "sh.h"

// Descriptors 0, 1 and 2 must be open, so that no pipe or file becomes one of them.
static void open_standard(void)
{
    int fd;
    while ((fd = open("/console", O_RDWR)) >= 0 && fd < 3)
        ;
    if (fd >= 3)
        close(fd);
}

static void run_line(const char *line)
{
    struct chain *chains;
    if (parse(line, &chains))
        run(chains);
    else
        last_status = BAD_SYNTAX;
}

static bool is_console(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.type == T_DEVICE;
}

static void run_lines(bool prompts)
{
    static char line[LINE_SIZE];
    for (;;) {
        reap_background();
        if (prompts) {
            begin_line();
            fprintf(2, "$ ");
        }
        enum line result = read_line(line, sizeof(line));
        if (result == LINE_NONE)
            break;
        if (is_interrupted())
            continue;
        if (result == LINE_READ)
            run_line(line);
        else
            last_status = BAD_SYNTAX;
    }
    if (prompts)
        fprintf(2, "\n");
}

int main(int argc, char **argv)
{
    open_standard();
    if (argc == 3 && strcmp(argv[1], "-c") == 0) {
        source.fd = NO_FD;
        run_line(argv[2]);
    } else if (argc == 2 && argv[1][0] != '-') {
        source.name = argv[1];
        source.fd = open(argv[1], O_RDONLY);
        if (source.fd < 0) {
            fprintf(2, "sh: cannot open %s\n", argv[1]);
            return NOT_FOUND;
        }
        run_lines(false);
    } else if (argc == 1) {
        run_lines(is_console(0));
    } else {
        fprintf(2, "usage: sh [-c LINE | FILE]\n");
        return BAD_SYNTAX;
    }
    return last_status;
}
