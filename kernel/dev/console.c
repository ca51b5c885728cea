#include "dev/console.h"
#include "arch/console.h"
#include "dev/character.h"
#include "dev/uart.h"
#include "lib/print.h"
#include "lib/queue.h"
#include "lib/string.h"

enum { INPUT_SIZE = 1024 };
enum { CONTROL_C = 3, CONTROL_D = 4, BACKSPACE = 8, CONTROL_P = 16, CONTROL_U = 21, DELETE = 127 };

static bool has_input;   // set at boot
static bool has_to_wait; // output may find no room; set at boot

// Guards what follows.
static struct spinlock lock;
static struct queue readers = QUEUE_EMPTY(readers);
static struct queue writers = QUEUE_EMPTY(writers);
static struct list room = LIST_EMPTY(room); // wait list: the process that writes
static bool writing;

// A ring of input, by the number of bytes that ever went past: from taken to complete it is for the
// readers, and from there to typed it is the line that is being edited. In it, CONTROL_D ends a
// part like a new line, but is not read. taken and typed are also read without the lock.
static char input[INPUT_SIZE];
static atomic_ulong taken, typed;
static uint64_t complete;
static bool reading;         // a reader has its turn,
static uint64_t reading_end; // and copies what follows taken, up to here

static char *input_at(uint64_t position)
{
    return &input[position % INPUT_SIZE];
}

static bool wants_input(void)
{
    return atomic_load(&typed) - atomic_load(&taken) < INPUT_SIZE;
}

// A reader has its turn when there is something to read, and nobody else is copying it. To one that
// last heard of ^C at `heard`, that ^C came since is something to read, too.

static bool is_readable(uint64_t heard)
{
    return taken != complete || console_interrupted(heard);
}

static bool take_reading(struct queue *queue, uint64_t heard)
{
    (void)queue;
    if (reading || !is_readable(heard))
        return false;
    reading = true;
    reading_end = taken;
    return true;
}

static void give_reading(struct queue *queue, uint64_t unused)
{
    (void)queue, (void)unused;
    reading = false;
}

static const struct queue_kind to_read = {take_reading, give_reading};

// A writer has its turn until all of its text is written.
static bool take_writing(struct queue *queue, uint64_t unused)
{
    (void)queue, (void)unused;
    if (writing)
        return false;
    writing = true;
    return true;
}

static void give_writing(struct queue *queue, uint64_t unused)
{
    (void)queue, (void)unused;
    writing = false;
}

static const struct queue_kind to_write = {take_writing, give_writing};

// Echo. A control character is shown as ^ and a letter, a tab as one space, so that each can be
// erased; of a character of several bytes (UTF-8) the first one counts.

static unsigned columns(char c)
{
    if ((c & 0xc0) == 0x80)
        return 0;
    return (unsigned char)c < ' ' && c != '\t' ? 2 : 1;
}

static void echo(char c)
{
    char text[2] = {c == '\t' ? ' ' : c};
    size_t size = 1;
    if (c != '\n' && columns(c) == 2) {
        text[0] = '^';
        text[size++] = c + '@';
    }
    console_write(text, size);
}

static void echo_erased(char c)
{
    static const char back[] = "\b \b";
    for (unsigned i = 0; i < columns(c); i++)
        console_write(back, sizeof back - 1);
}

// Editing. The lock is held.

static bool line_is_empty(void)
{
    return typed == complete;
}

static void erase_character(void)
{
    for (bool erased = false; !erased && !line_is_empty();) {
        char c = *input_at(--typed);
        echo_erased(c);
        erased = columns(c);
    }
}

static void add_character(char c)
{
    *input_at(typed++) = c;
    if (c != CONTROL_D)
        echo(c);
    bool overfull = !wants_input() && complete == taken; // nobody could ever read, or end it
    if (c == '\n' || c == CONTROL_D || overfull) {
        complete = typed;
        queue_serve(&readers, &to_read);
    }
}

static void edit(char c)
{
    if (c == BACKSPACE || c == DELETE) {
        erase_character();
    } else if (c == CONTROL_U) {
        while (!line_is_empty())
            erase_character();
    } else {
        add_character(c == '\r' ? '\n' : c);
    }
}

// Whoever waits for input finds out that the line which is being typed has come to nothing: by
// being killed, or by something to read.
static void interrupt(void)
{
    static const char shown[] = "^C\n";
    uint64_t flags = spin_lock(&lock);
    typed = complete = reading ? reading_end : taken;
    console_write(shown, sizeof shown - 1);
    console_interrupt();
    queue_serve(&readers, &to_read);
    spin_unlock(&lock, flags);
}

// The line that is being edited is shown again below the list.
static void list_processes(void)
{
    console_write("\n", 1);
    console_list_processes();
    uint64_t flags = spin_lock(&lock);
    for (uint64_t i = complete; i < typed; i++)
        echo(*input_at(i));
    spin_unlock(&lock, flags);
}

static void take_input(char c)
{
    if (c == CONTROL_P) {
        list_processes();
    } else if (c == CONTROL_C) {
        interrupt();
    } else {
        uint64_t flags = spin_lock(&lock);
        edit(c);
        spin_unlock(&lock, flags);
    }
}

static void wake_writer(void)
{
    uint64_t flags = spin_lock(&lock);
    wait_wake_all(&room);
    spin_unlock(&lock, flags);
}

// Reading.

// What the next read of up to size bytes gets. The lock is held.
struct part {
    uint64_t size;
    bool ended; // by CONTROL_D, which goes with it
};

static struct part next_part(uint64_t size)
{
    uint64_t end = taken;
    while (end < complete && end - taken < size && *input_at(end) != CONTROL_D) {
        if (*input_at(end++) == '\n')
            return (struct part){end - taken, false};
    }
    return (struct part){end - taken, end < complete && *input_at(end) == CONTROL_D};
}

// Copies what nobody changes, since reading is set.
static int copy_part(struct place to, uint64_t begin, uint64_t size)
{
    uint64_t before_end = INPUT_SIZE - begin % INPUT_SIZE;
    uint64_t first = size < before_end ? size : before_end;
    if (copy_to_place(to, 0, input_at(begin), first))
        return -1;
    return size > first ? copy_to_place(to, first, input, size - first) : 0;
}

// Waits for a turn with something to read. What was there when the turn was handed over may have
// been dropped before the reader runs. False: the process is killed. The lock is held.
static bool begin_reading(uint64_t heard)
{
    bool alive;
    while ((alive = queue_wait(&readers, &to_read, &lock, heard)) && !is_readable(heard)) {
        reading = false;
        queue_serve(&readers, &to_read);
    }
    return alive;
}

static int64_t read_line(struct place to, uint64_t size)
{
    if (!has_input)
        return -1;
    if (!size)
        return 0;
    uint64_t heard = console_heard(), flags = spin_lock(&lock);
    if (!begin_reading(heard)) {
        spin_unlock(&lock, flags);
        return -1;
    }
    bool interrupted = console_interrupted(heard);
    struct part part = interrupted ? (struct part){0} : next_part(size);
    reading_end = taken + part.size + part.ended;
    spin_unlock(&lock, flags);

    // What cannot be copied is not lost: the next reader gets it.
    int failed = interrupted ? copy_to_place(to, 0, "\n", 1) : copy_part(to, taken, part.size);
    if (interrupted && !failed)
        console_hear();

    flags = spin_lock(&lock);
    reading = false;
    if (!failed)
        taken += part.size + part.ended;
    queue_serve(&readers, &to_read);
    spin_unlock(&lock, flags);
    uart_resume_input();
    return failed ? -1 : interrupted ? 1 : (int64_t)part.size;
}

// Writing.

// False: the process was killed while it waited for room.
static bool write_piece(const char *piece, size_t size)
{
    if (!has_to_wait) {
        console_write(piece, size);
        return true;
    }
    uint64_t flags = spin_lock(&lock);
    bool alive = true;
    while (alive && !uart_put(piece, size))
        alive = wait_on(&room, &lock);
    spin_unlock(&lock, flags);
    return alive;
}

static int64_t write_pieces(struct place from, uint64_t size)
{
    char piece[UART_PIECE];
    for (uint64_t done = 0; done < size;) {
        uint64_t left = size - done, length = left < sizeof piece ? left : sizeof piece;
        if (copy_from_place(piece, from, done, length) || !write_piece(piece, length))
            return done ? (int64_t)done : -1;
        done += length;
    }
    return size;
}

static int64_t write_text(struct place from, uint64_t size)
{
    uint64_t flags = spin_lock(&lock);
    bool alive = queue_wait(&writers, &to_write, &lock, 0);
    spin_unlock(&lock, flags);
    if (!alive)
        return -1;
    int64_t count = write_pieces(from, size);
    flags = spin_lock(&lock);
    writing = false;
    queue_serve(&writers, &to_write);
    spin_unlock(&lock, flags);
    return count;
}

void console_init(bool polled)
{
    static const struct uart_client client = {wants_input, take_input, wake_writer};
    static const struct character_device device = {read_line, write_text};
    has_input = uart_start(&client, polled);
    has_to_wait = has_input && !polled;
    if (!has_input)
        print("cowshed: boot: the console has no interrupt: output is polled, and there is no "
              "input\n");
    character_register(MAJOR_CONSOLE, &device);
}
