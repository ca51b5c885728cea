// Lines, and where they are from.

#include "user/user.h"
#include "sh.h"

struct source source;

const char *origin(void)
{
    static char text[LINE_SIZE];
    char digits[12];
    char *digit = digits + sizeof(digits);
    uint length = source.name ? strlen(source.name) : 0;
    if (!source.name || length + sizeof(digits) + 8 > sizeof(text))
        return "sh: ";
    *--digit = 0;
    for (int left = source.line; left > 0; left /= 10)
        *--digit = '0' + left % 10;
    strcpy(text, "sh: ");
    strcpy(text + 4, source.name);
    text[4 + length] = ':';
    strcpy(text + 5 + length, digit);
    strcpy(text + strlen(text), ": ");
    return text;
}

enum line read_line(char *line, uint size)
{
    uint length = 0;
    bool too_long = false, zero = false;
    source.line++;
    for (;;) {
        char c;
        int got = read(source.fd, &c, 1);
        if (got < 0) {
            fprintf(2, "%scannot read the next line\n", origin());
            return LINE_NONE;
        }
        if (got == 0 && length == 0)
            return LINE_NONE;
        if (got == 0 || c == '\n')
            break;
        zero |= c == 0;
        too_long |= length + 1 == size;
        if (!too_long)
            line[length++] = c;
    }
    line[length] = 0;
    if (too_long)
        fprintf(2, "%sthe line is longer than %d bytes\n", origin(), size - 1);
    else if (zero)
        fprintf(2, "%sthe line has a zero byte\n", origin());
    return too_long || zero ? LINE_BAD : LINE_READ;
}
