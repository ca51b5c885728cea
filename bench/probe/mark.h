// Marks: a program tells the probe, from inside of the machine, where a region begins and ends.
//
// A mark is an integer instruction with x0 as its destination: a HINT (unprivileged specification,
// chapter 2.9), which any RISC-V hart executes as nothing. So a kernel and its programs may carry
// marks wherever they run, and need not know whether a probe listens.
//
//     MARK(MARK_BEGIN)     the region begins behind the mark
//     MARK(MARK_END)       it ends before the mark
//     MARK(MARK_JOIN)      one of several processes begins its part of a region that they share
//     MARK(MARK_LEAVE)     it has done its part
//     MARK(MARK_KEEP)      the last region that has ended is a sample, and goes to the results
//
// A shared region begins with the first MARK_JOIN, and ends when as many MARK_LEAVE have come;
// other regions must not be inside. Of it the probe also tells what the harts cost each other.
//
// A reading of the cycle counter directly behind MARK_BEGIN, or directly before MARK_END, is not in
// the region: then the probe counts what the two readings count. A second begin without an end
// replaces the first. Regions of a machine are not nested.
#pragma once

#define MARK_BEGIN 0x5c1
#define MARK_END 0x5c2
#define MARK_KEEP 0x5c3
#define MARK_JOIN 0x5c4
#define MARK_LEAVE 0x5c5

#ifdef __ASSEMBLER__
#define MARK(number) slti x0, x0, number
#else
#define MARK_TEXT_(number) #number
// As a string, to put it beside other instructions of one asm statement.
#define MARK_TEXT(number) "slti x0, x0, " MARK_TEXT_(number) "\n\t"
#define MARK(number) __asm__ volatile(MARK_TEXT(number)::: "memory")
#endif
