// Running a line.
//
// The shell forks for each command but its own, and waits for all commands of a pipeline at once.
// A group runs as a shell of its own, in the child. What runs in the background stays a child that
// is waited for whenever any child is.

#include "kernel/fcntl.h"
#include "kernel/stat.h"
#include "user/cowshed.h"
#include "user/user.h"
#include "sh.h"

int last_status;
bool in_background;

// ^C.

static int shielded;        // what shield() was last told, or was told for this process
static int line_interrupts; // how often ^C had come when the line began; with prompts

bool shows_prompts(void)
{
    return shielded == SHIELD_SELF;
}

void begin_line(void)
{
    shielded = SHIELD_SELF;
    line_interrupts = shield(shielded);
}

bool is_interrupted(void)
{
    return shows_prompts() && shield(shielded) != line_interrupts;
}

// In a child that does not run in the background: ^C kills it, unless it came before there was a
// child to kill.
static void face_interrupts(void)
{
    if (!shows_prompts())
        return;
    shielded = 0;
    if (shield(0) != line_interrupts)
        exit(-1);
}

// In a child: what follows in the source is not for it.
static void leave_source(void)
{
    if (source.fd > 2)
        close(source.fd);
    source.fd = NO_FD;
}

// In the child: makes the file of fd that of number `to`.
static void move_fd(int fd, int to)
{
    if (fd == to)
        return;
    close(to);
    dup(fd); // the lowest free number: descriptors below it are open
    close(fd);
}

static void redirect(const struct redirect *redirect)
{
    for (; redirect; redirect = redirect->next) {
        int fd = open(redirect->path, redirect->flags);
        if (fd < 0) {
            fprintf(2, "%scannot open %s\n", origin(), redirect->path);
            exit(1);
        }
        move_fd(fd, redirect->fd);
    }
}

// Whether the file starts with #!, so that this shell can run it.
static bool is_script(const char *path)
{
    char start[2] = "";
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return false;
    bool result = read(fd, start, 2) == 2 && start[0] == '#' && start[1] == '!';
    close(fd);
    return result;
}

// argv[-1] is there for this. Returns whether there is such a file.
static bool try_program(const char *path, char **argv)
{
    exec(path, argv);
    struct stat st;
    if (stat(path, &st) < 0)
        return false;
    if (is_script(path)) {
        char *name = argv[0];
        argv[-1] = "/bin/sh";
        argv[0] = (char *)path;
        exec(argv[-1], argv - 1);
        argv[0] = name;
    }
    return st.type == T_FILE;
}

// A name without a slash is looked for in the current directory, then in /bin.
static void run_program(const struct word *word)
{
    static char *argv[MAXARG + 2]; // not on the stack, which groups have used
    int count = 1;
    for (; word; word = word->next)
        argv[count++] = (char *)word->text;
    argv[count] = 0;
    const char *name = argv[1];
    bool found = try_program(name, argv + 1);
    if (!strchr(name, '/') && strlen(name) < MAXPATH - 5) {
        static char path[MAXPATH] = "/bin/";
        strcpy(path + 5, name);
        found |= try_program(path, argv + 1);
    }
    if (!found) {
        fprintf(2, "%s%s: not found\n", origin(), name);
        exit(NOT_FOUND);
    }
    fprintf(2, "%s%s: cannot be run: no program, long arguments, or no memory\n", origin(), name);
    exit(CANNOT_RUN);
}

// In the child.
static void run_command(const struct command *command)
{
    leave_source();
    redirect(command->redirects);
    if (command->group)
        exit(run(command->group));
    if (!command->words)
        exit(0);
    if (is_builtin(command->words->text))
        exit(run_builtin(command->words));
    run_program(command->words);
}

static void put_away(int fd)
{
    if (fd != NO_FD)
        close(fd);
}

// In the child of a pipeline: reads from input and writes into the pipe, if there are any.
static void connect(int input, const int *pipe)
{
    put_away(pipe[0]);
    if (input != NO_FD)
        move_fd(input, 0);
    if (pipe[1] != NO_FD)
        move_fd(pipe[1], 1);
}

// Starts the commands of a pipeline. Returns whether all have started.
static bool start(struct command *command)
{
    int input = NO_FD;
    for (; command; command = command->next) {
        int fds[2] = {NO_FD, NO_FD};
        if (command->next && pipe(fds) < 0) {
            fprintf(2, "%scannot make a pipe\n", origin());
            break;
        }
        command->pid = fork();
        if (command->pid == 0) {
            face_interrupts();
            connect(input, fds);
            run_command(command);
        }
        put_away(input);
        put_away(fds[1]);
        input = fds[0];
        if (command->pid < 0) {
            fprintf(2, "%scannot start a process\n", origin());
            break;
        }
    }
    if (command)
        put_away(input);
    return !command;
}

static bool any_runs(const struct command *command)
{
    while (command && command->pid <= 0)
        command = command->next;
    return command;
}

// Waits for all commands of a pipeline. Returns the last one's status.
static int await(struct command *commands)
{
    int last = 1;
    while (any_runs(commands)) {
        int status;
        int pid = wait(&status);
        if (pid < 0)
            break;
        for (struct command *command = commands; command; command = command->next) {
            if (command->pid != pid)
                continue;
            command->pid = 0;
            if (!command->next)
                last = status;
        }
    }
    return last;
}

static int run_pipeline(struct command *commands)
{
    const struct word *words = commands->words;
    if (words && !commands->next && !commands->redirects && is_builtin(words->text))
        return run_builtin(words);
    bool whole = start(commands);
    int status = await(commands);
    return whole ? status : 1;
}

static int run_pipelines(const struct pipeline *pipeline)
{
    for (; pipeline && !is_interrupted(); pipeline = pipeline->next) {
        if (pipeline->condition == AFTER_SUCCESS && last_status != 0)
            continue;
        if (pipeline->condition == AFTER_FAILURE && last_status == 0)
            continue;
        last_status = run_pipeline(pipeline->commands);
    }
    return last_status;
}

// In a child: its input is at the end, so that what is typed stays the shell's.
static void end_input(void)
{
    int fds[2];
    if (pipe(fds) == 0) {
        close(fds[1]);
        move_fd(fds[0], 0);
    }
}

// One command alone needs no shell that waits for it: its process is the one that can be killed.
static int start_background(const struct chain *chain)
{
    shield(SHIELD_FAMILY);
    int pid = fork();
    if (pid != 0)
        shield(shielded);
    if (pid == 0) {
        shielded = SHIELD_FAMILY;
        leave_source();
        end_input();
        if (!chain->pipelines->next && !chain->pipelines->commands->next)
            run_command(chain->pipelines->commands);
        exit(run_pipelines(chain->pipelines));
    }
    if (pid < 0) {
        fprintf(2, "%scannot start a process\n", origin());
        return 1;
    }
    in_background = true;
    return 0;
}

int run(const struct chain *chain)
{
    for (; chain && !is_interrupted(); chain = chain->next) {
        if (chain->background)
            last_status = start_background(chain);
        else
            run_pipelines(chain->pipelines);
    }
    return last_status;
}

// wait() would wait for those that still run: so it is called as often as there are children that
// have ended. The first process has children that it did not start.
void reap_background(void)
{
    int self = getpid();
    if (!in_background && self != 1)
        return;
    int count;
    struct process_info *table = process_table(&count);
    if (!table)
        return; // there is no memory: another time
    in_background = false;
    for (int i = 0; i < count; i++) {
        if (table[i].parent != self)
            continue;
        if (table[i].state == 'Z')
            wait(0);
        else
            in_background = true;
    }
    free(table);
}
