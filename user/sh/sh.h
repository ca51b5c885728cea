// The shell.
//
//     line     = [chain] { (";" | "&" | newline) [chain] }
//     chain    = pipeline { ("&&" | "||") pipeline }
//     pipeline = command { "|" command }
//     command  = { word | redirect }  or  "(" line ")" { redirect }
//     redirect = ("<" | ">" | ">>") word
//
// '...' and "..." make one word of their content. \ takes the meaning from the next byte (in "..."
// only from " and \). # starts a comment at the start of a word. A whole line is parsed before any
// of it runs. The tree lives in one arena, which the next line uses again.
#pragma once

#include <stdbool.h>

#include "kernel/param.h"
#include "kernel/types.h"

#define NO_FD (-1)
#define LINE_SIZE 2048 // bytes, with the zero at the end
#define NESTING 6      // parentheses within parentheses: each costs some of the one page of stack

// Exit statuses by custom.
#define BAD_SYNTAX 2
#define CANNOT_RUN 126
#define NOT_FOUND 127

struct word {
    const char *text;
    struct word *next;
};

struct redirect {
    int fd;
    int flags; // of open()
    const char *path;
    struct redirect *next;
};

struct command {
    struct word *words;
    struct chain *group; // what the parentheses hold; then there are no words
    struct redirect *redirects;
    struct command *next; // reads what this one writes
    int pid;              // while it runs
};

// Whether a pipeline runs, by the status of the one before it.
enum condition { ALWAYS, AFTER_SUCCESS, AFTER_FAILURE };

struct pipeline {
    enum condition condition;
    struct command *commands;
    struct pipeline *next;
};

struct chain {
    bool background;
    struct pipeline *pipelines;
    struct chain *next;
};

// Where lines come from. Those of a file have numbers in messages.
struct source {
    int fd;           // NO_FD: there is one line alone, an argument
    const char *name; // of the file; 0 for descriptor 0
    int line;
};
extern struct source source;

// How a message starts: "sh: ", and the file and line, if there are any.
const char *origin(void);

enum line { LINE_READ, LINE_BAD, LINE_NONE };

// Reads the next line, without its end, and nothing after it, which is for the commands to read.
// LINE_BAD: it is skipped, and a message says why. LINE_NONE: the input is at its end.
enum line read_line(char *line, uint size);

// Parses a line. False: a message says what is wrong. An empty line is a chain of 0.
bool parse(const char *line, struct chain **chains);

// Runs what a line says. Returns the last command's status, and leaves it in last_status.
int run(const struct chain *chains);
extern int last_status;

// Waits for children that have already ended.
void reap_background(void);
extern bool in_background; // some may be left

// ^C. It does not kill a shell that shows prompts, which gives up the line that it runs, or
// processes in the background, whoever started them. It kills all others.
bool shows_prompts(void);
void begin_line(void);     // a line is about to be read, of a shell that shows prompts
bool is_interrupted(void); // whether ^C came since then; false in any other shell

// The shell's built-in commands: whether the word names one, and running it.
bool is_builtin(const char *name);
int run_builtin(const struct word *words);
