#include "lib/print.h"
#include "arch/console.h"
#include "arch/csr.h"
#include "arch/power.h"
#include "lib/string.h"
#include <stdarg.h>

struct line {
    size_t used;
    char text[256];
};

static void line_end(struct line *line)
{
    console_write(line->text, line->used);
    line->used = 0;
}

static void line_add(struct line *line, char c)
{
    if (line->used == sizeof line->text)
        line_end(line);
    line->text[line->used++] = c;
}

static void add_text(struct line *line, const char *text)
{
    while (*text)
        line_add(line, *text++);
}

static void add_number(struct line *line, uint64_t value, unsigned base)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (count)
        line_add(line, digits[--count]);
}

static void add_signed(struct line *line, int64_t value)
{
    if (value < 0)
        line_add(line, '-');
    add_number(line, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

static void format_line(struct line *line, const char *format, va_list arguments)
{
    for (; *format; format++) {
        if (*format != '%') {
            line_add(line, *format);
            continue;
        }
        bool is_long = *++format == 'l';
        if (is_long)
            format++;
        if (*format == 'd')
            add_signed(line, is_long ? va_arg(arguments, long) : va_arg(arguments, int));
        else if (*format == 'u' || *format == 'x')
            add_number(line,
                       is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned),
                       *format == 'u' ? 10 : 16);
        else if (*format == 'p')
            add_number(line, (uintptr_t)va_arg(arguments, void *), 16);
        else if (*format == 's')
            add_text(line, va_arg(arguments, const char *));
        else if (*format == 'c')
            line_add(line, (char)va_arg(arguments, int));
        else
            line_add(line, *format);
    }
}

void print(const char *format, ...)
{
    struct line line = {.used = 0};
    va_list arguments;
    va_start(arguments, format);
    format_line(&line, format, arguments);
    va_end(arguments);
    line_end(&line);
}

void panic(const char *format, ...)
{
    struct line line = {.used = 0};
    va_list arguments;
    irq_disable();
    va_start(arguments, format);
    add_text(&line, "cowshed: panic: ");
    format_line(&line, format, arguments);
    line_add(&line, '\n');
    va_end(arguments);
    line_end(&line);
    power_off(255);
}
