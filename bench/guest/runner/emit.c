#include "emit.h"

#include <stdarg.h>
#include <stdbool.h>

#include "benchmark.h"
#include "user/user.h"

// Twice the longest record with numbers. Texts stop short of the end by a margin, in which the
// record can be closed.
#define LINE_SIZE 2048
#define LINE_MARGIN 32

static char line[LINE_SIZE];
static uint used;
static bool first; // the next field is the first of its object

static void put(char c)
{
    if (used < LINE_SIZE)
        line[used++] = c;
}

static void put_plain(const char *text)
{
    while (*text)
        put(*text++);
}

char *write_digits(char *at, uint64 value)
{
    char digits[20]; // of 2^64
    uint count = 0;
    do {
        digits[count++] = '0' + value % 10;
        value /= 10;
    } while (value > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static void put_number(uint64 value)
{
    char digits[20];
    char *end = write_digits(digits, value);
    for (char *digit = digits; digit < end; digit++)
        put(*digit);
}

// Puts text inside a JSON string. Only printable ASCII stays as it is: a record stays one line
// whatever a user typed as an argument.
static void put_escaped(const char *text)
{
    for (; *text && used < LINE_SIZE - LINE_MARGIN; text++) {
        bool printable = *text >= ' ' && *text <= '~';
        if (*text == '"' || *text == '\\')
            put('\\');
        put(printable ? *text : '?');
    }
}

static void put_key(const char *key)
{
    if (!first)
        put(',');
    first = false;
    put('"');
    put_plain(key);
    put_plain("\":");
}

void emit_begin(const char *type)
{
    used = 0;
    first = true;
    put_plain("@ {");
    emit_text("type", type);
}

void emit_number(const char *key, uint64 value)
{
    put_key(key);
    put_number(value);
}

void emit_flag(const char *key, int value)
{
    put_key(key);
    put_plain(value ? "true" : "false");
}

void emit_text(const char *key, const char *value)
{
    put_key(key);
    put('"');
    put_escaped(value);
    put('"');
}

void emit_open(const char *key)
{
    put_key(key);
    put('{');
    first = true;
}

void emit_close(void)
{
    put('}');
    first = false;
}

void emit_end(void)
{
    put_plain("}\n");
    for (uint done = 0; done < used;) {
        int written = write(1, line + done, used - done);
        if (written <= 0)
            exit(FAILED);
        done += written;
    }
}

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    emit_begin("error");
    put_plain(",\"message\":\"");
    for (; *format; format++) {
        if (*format != '%') {
            put_escaped((const char[]){*format, 0});
        } else if (format[1] == 's') {
            put_escaped(va_arg(arguments, const char *));
            format += 1;
        } else { // %lu
            put_number(va_arg(arguments, uint64));
            format += 2;
        }
    }
    put('"');
    emit_end();
    va_end(arguments);
    exit(FAILED);
}
