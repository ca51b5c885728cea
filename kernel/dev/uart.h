// The serial port: a 16550 or compatible. What is written goes into a ring, from which the port
// takes it by interrupts, or, without interrupts, straight to the port.
#pragma once

#include "arch/types.h"

#define UART_PIECE 512 // bytes: the most that uart_put() takes

// Takes over the console if the devicetree has such a port, preferably the one named as standard
// output. Otherwise the firmware's console stays. Without interrupts at first.
void uart_init(void);

// The user of the port. input() and has_sent() are called by its interrupt handler, on one hart at
// a time, with none of the port's locks held.
struct uart_client {
    bool (*wants_input)(void); // takes no lock
    void (*input)(char byte);  // a byte has come; only if wants_input()
    void (*has_sent)(void);    // callers of uart_put() that found no room may try again
};

// Boot: from now on the port has interrupts, for input and, unless polled, for output. False: it
// has none, or there is no port.
bool uart_start(const struct uart_client *client, bool polled);

// Sends text as one piece, in order with other calls and with console_write(), for which it leaves
// some room. False: there is no room now, and nothing was taken. Any context.
bool uart_put(const char *text, size_t size);

// The client wants input again. Any context.
void uart_resume_input(void);
