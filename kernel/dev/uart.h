// The serial port: a 16550 or compatible. What is written goes into a ring, from which the port
// takes it by interrupts, or, without interrupts, straight to the port.
#pragma once

#include "arch/types.h"

#define UART_PIECE 512 // bytes: what uart_put() takes at most

// Takes over the console where the devicetree names such a port as the standard output, or has
// one at all; else the firmware's console stays. Without interrupts at first.
void uart_init(void);

// Who uses the port. input() and has_sent() are called by its interrupt handler, on one hart at a
// time, with none of the port's locks held.
struct uart_client {
    bool (*wants_input)(void); // takes no lock
    void (*input)(char byte);  // a byte has come; only if wants_input()
    void (*has_sent)(void);    // who found no room in uart_put() may try again
};

// Boot: from now on the port has interrupts, for input and, unless polled, for output. False: it
// has none, or there is no port.
bool uart_start(const struct uart_client *client, bool polled);

// Sends text as one piece, in the order of all that is written by this and by console_write(), of
// which this leaves room for a part. False: there is no room now; nothing was taken. Any context.
bool uart_put(const char *text, size_t size);

// The client wants input again. Any context.
void uart_resume_input(void);
