#include "common/part.h"

#define REPORTED 2 // exit status of a part that has said itself what is wrong

static const char *part_name = "";
static char part_directory[40];

void fail_part(const char *text)
{
    printf("%s: %s\n", part_name, text);
    exit(REPORTED);
}

// In the part's process.
static void run_in_directory(const struct part *part, int uses_files)
{
    if (uses_files && chdir(part_directory))
        fail_part("there is no directory to run in");
    part->run();
    exit(0);
}

static int passes(const struct program *program, const struct part *part)
{
    part_name = part->name;
    struct account before = take_account();
    if (program->uses_files && mkdir(part_directory)) {
        printf("%s: cannot make %s\n", part_name, part_directory);
        return 0;
    }
    int pid = start(), status;
    if (pid == 0)
        run_in_directory(part, program->uses_files);
    while (wait(&status) != pid)
        continue;
    if (status == KILLED)
        printf("%s: the part's process was killed\n", part_name);
    else if (status != 0 && status != REPORTED)
        printf("%s: FAILED\n", part_name);
    int left = program->uses_files ? remove_tree(part_directory) - 1 : 0;
    if (left && status == 0)
        printf("%s: %d files or directories are left\n", part_name, left);
    int in_order = is_left_in_order(part_name, &before);
    if (status || left || !in_order)
        return 0;
    printf("%s: ok\n", part_name);
    return 1;
}

static int is_chosen(const struct part *part, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], part->name) == 0)
            return 1;
    }
    return argc == 1;
}

static const char *unknown_name(const struct program *program, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int known = 0;
        for (int p = 0; p < program->count; p++)
            known += strcmp(argv[i], program->parts[p].name) == 0;
        if (!known)
            return argv[i];
    }
    return 0;
}

int run_parts(const struct program *program, int argc, char **argv)
{
    set_own_path(argv[0]);
    if (argc > 2 && strcmp(argv[1], "-x") == 0)
        return program->executed(argc, argv);
    if (argc == 2 && strcmp(argv[1], "-l") == 0) {
        for (int i = 0; i < program->count; i++)
            printf("%s\n", program->parts[i].name);
        return 0;
    }
    const char *unknown = unknown_name(program, argc, argv);
    if (unknown) {
        fprintf(2, "%s: there is no part %s; %s -l lists them\n", argv[0], unknown, argv[0]);
        return 2;
    }
    const char *directory = program->uses_files ? make_work_directory() : "";
    strcpy(part_directory, directory);
    strcpy(part_directory + strlen(directory), "/part");
    int failed = 0;
    for (int i = 0; i < program->count; i++) {
        if (is_chosen(&program->parts[i], argc, argv))
            failed += !passes(program, &program->parts[i]);
    }
    if (program->uses_files)
        remove_tree(directory);
    if (failed)
        printf("%d FAILED\n", failed);
    else
        printf("%s\n", program->passed);
    return failed > 0;
}
