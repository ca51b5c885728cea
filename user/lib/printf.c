// Formatted output.
//
// Understood: %d %i %u %x %X %p %s %c %%, with l or ll for 64 bits, a width, and the flags - (left)
// and 0 (zeroes). %p always shows all 64 bits. A lone %l is %ld: programs for this interface
// use it. An unknown conversion is printed as it stands.

#include <stdarg.h>
#include <stdbool.h>

#include "user/user.h"

// Text on its way out. A text that fits leaves in one write and so is not mixed with that of other
// processes.
struct output {
    int fd;
    uint used;
    char buffer[512];
};

// Not on the stack, of which there is one page: programs may have left but little of it. It is
// empty whenever no call is under way.
static struct output output;

// What stands between % and the conversion's letter.
struct spec {
    bool left;
    bool zeroes;
    bool wide; // 64 bits
    uint width;
};

static void flush(struct output *out)
{
    uint done = 0;
    while (done < out->used) {
        int written = write(out->fd, out->buffer + done, out->used - done);
        if (written <= 0)
            break;
        done += written;
    }
    out->used = 0;
}

static void put(struct output *out, char c)
{
    if (out->used == sizeof(out->buffer))
        flush(out);
    out->buffer[out->used++] = c;
}

static void put_times(struct output *out, char c, uint times)
{
    while (times-- > 0)
        put(out, c);
}

// Prints prefix and text, filled up to the width. Zeroes come between the two.
static void put_field(struct output *out, const struct spec *spec, const char *prefix,
                      const char *text, uint length)
{
    uint whole = strlen(prefix) + length;
    uint missing = spec->width > whole ? spec->width - whole : 0;
    bool zeroes = spec->zeroes && !spec->left;
    if (!spec->left && !zeroes)
        put_times(out, ' ', missing);
    while (*prefix)
        put(out, *prefix++);
    if (zeroes)
        put_times(out, '0', missing);
    for (uint i = 0; i < length; i++)
        put(out, text[i]);
    if (spec->left)
        put_times(out, ' ', missing);
}

static void put_number(struct output *out, const struct spec *spec, const char *prefix,
                       uint64 value, uint base, bool capitals)
{
    const char *digits = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[20]; // 2^64 has 20 digits
    char *first = text + sizeof(text);
    do {
        *--first = digits[value % base];
        value /= base;
    } while (value > 0);
    put_field(out, spec, prefix, first, text + sizeof(text) - first);
}

static void put_signed(struct output *out, const struct spec *spec, long value)
{
    if (value < 0)
        put_number(out, spec, "-", -(uint64)value, 10, false);
    else
        put_number(out, spec, "", value, 10, false);
}

static void put_pointer(struct output *out, uint64 value)
{
    struct spec spec = {.zeroes = true, .width = 18};
    put_number(out, &spec, "0x", value, 16, false);
}

static void put_text(struct output *out, struct spec *spec, const char *text)
{
    if (text == 0)
        text = "(null)";
    spec->zeroes = false;
    put_field(out, spec, "", text, strlen(text));
}

// Reads flags, width and size. Returns the place of the conversion's letter.
static const char *read_spec(const char *at, struct spec *spec)
{
    *spec = (struct spec){0};
    for (; *at == '-' || *at == '0'; at++) {
        spec->left |= *at == '-';
        spec->zeroes |= *at == '0';
    }
    for (; *at >= '0' && *at <= '9'; at++)
        spec->width = spec->width * 10 + (*at - '0');
    for (; *at == 'l'; at++)
        spec->wide = true;
    return at;
}

// Prints one conversion, whose text starts after the %. Returns where the format goes on.
static const char *convert(struct output *out, const char *format, va_list *arguments)
{
    struct spec spec;
    const char *at = read_spec(format, &spec);
    char letter = *at;
    if (spec.wide && (letter == 0 || !strchr("diuxX", letter))) {
        put_signed(out, &spec, va_arg(*arguments, long));
        return at;
    }
    if (letter == 'd' || letter == 'i') {
        put_signed(out, &spec, spec.wide ? va_arg(*arguments, long) : va_arg(*arguments, int));
    } else if (letter == 'u' || letter == 'x' || letter == 'X') {
        uint64 value = spec.wide ? va_arg(*arguments, uint64) : va_arg(*arguments, uint);
        put_number(out, &spec, "", value, letter == 'u' ? 10 : 16, letter == 'X');
    } else if (letter == 'p') {
        put_pointer(out, va_arg(*arguments, uint64));
    } else if (letter == 's') {
        put_text(out, &spec, va_arg(*arguments, const char *));
    } else if (letter == 'c') {
        char c = va_arg(*arguments, int);
        spec.zeroes = false;
        put_field(out, &spec, "", &c, 1);
    } else if (letter == '%') {
        put(out, '%');
    } else {
        put(out, '%');
        return format;
    }
    return at + 1;
}

static void print(int fd, const char *format, va_list *arguments)
{
    output.fd = fd;
    while (*format) {
        char c = *format++;
        if (c == '%')
            format = convert(&output, format, arguments);
        else
            put(&output, c);
    }
    flush(&output);
}

void fprintf(int fd, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(fd, format, &arguments);
    va_end(arguments);
}

void printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(1, format, &arguments);
    va_end(arguments);
}
