// Lines into trees.
//
// One loop over the tokens, without recursion: the stack is one page. A level is what has been read
// of a line or of an open parenthesis.

#include "kernel/fcntl.h"
#include "user/user.h"
#include "sh.h"

enum token {
    END,
    WORD,
    LESS,
    GREATER,
    APPEND,
    PIPE,
    AND_THEN,
    OR_ELSE,
    AMPERSAND,
    SEMICOLON,
    NEWLINE,
    OPEN,
    CLOSE,
};

static const char *const token_names[] = {
    [END] = "end",
    [WORD] = "a word",
    [LESS] = "'<'",
    [GREATER] = "'>'",
    [APPEND] = "'>>'",
    [PIPE] = "'|'",
    [AND_THEN] = "'&&'",
    [OR_ELSE] = "'||'",
    [AMPERSAND] = "'&'",
    [SEMICOLON] = "';'",
    [NEWLINE] = "end of the line",
    [OPEN] = "'('",
    [CLOSE] = "')'",
};

// 0 for a chain, pipeline or command: none is being read, the next token starts one.
struct level {
    struct chain *chain;
    struct pipeline *pipeline;
    struct command *command;
    enum condition condition; // of the next pipeline
    uint words;               // of the command
    // Where what comes next is noted.
    struct chain **next_chain;
    struct pipeline **next_pipeline;
    struct command **next_command;
    struct word **next_word;
    struct redirect **next_redirect;
};

static struct {
    const char *at;
    const char *word; // the last token's text, if it is a word
    bool failed;      // a message is out
    struct level levels[NESTING + 1];
    int depth;
} parser;

// The memory of a line's tree. The nodes of a token need no more than TOKEN_MOST: it is looked for
// before each token, and the words leave it free.
#define TOKEN_MOST 256
static char arena[16 * 1024] __attribute__((aligned(8)));
static uint arena_used;

static void fail(const char *what, const char *detail)
{
    if (!parser.failed)
        fprintf(2, "%ssyntax error: %s%s\n", origin(), what, detail);
    parser.failed = true;
}

static void fail_unexpected(enum token token)
{
    if (token == WORD)
        fail("unexpected word ", parser.word);
    else
        fail("unexpected ", token_names[token]);
}

static void *take(uint bytes)
{
    void *place = arena + arena_used;
    arena_used += (bytes + 7) & ~7u;
    return memset(place, 0, bytes);
}

// Tokens.

static bool is_word_end(char c)
{
    return c == 0 || strchr(" \t\r\n<>|&;()", c);
}

static void put(char c)
{
    if (arena_used < sizeof(arena) - 2 * TOKEN_MOST)
        arena[arena_used++] = c;
    else
        fail("there is too much in one line", "");
}

// Reads a word, whose quotes go.
static enum token read_word(void)
{
    parser.word = arena + arena_used;
    char quote = 0;
    const char *at = parser.at;
    for (; *at && (quote || !is_word_end(*at)); at++) {
        bool escapes = *at == '\\' && quote != '\'' && at[1];
        if (escapes && (!quote || at[1] == '"' || at[1] == '\\'))
            put(*++at);
        else if (*at == quote)
            quote = 0;
        else if (!quote && (*at == '\'' || *at == '"'))
            quote = *at;
        else
            put(*at);
    }
    parser.at = at;
    put(0);
    arena_used = (arena_used + 7) & ~7u;
    if (quote)
        fail(quote == '"' ? "a \" without a second one" : "a ' without a second one", "");
    return WORD;
}

static enum token read_token(void)
{
    static const struct {
        const char *text;
        enum token token;
    } operators[] = {
        {">>", APPEND}, {"&&", AND_THEN}, {"||", OR_ELSE},  {"<", LESS},
        {">", GREATER}, {"|", PIPE},      {"&", AMPERSAND}, {";", SEMICOLON},
        {"(", OPEN},    {")", CLOSE},     {"\n", NEWLINE},
    };
    while (*parser.at && strchr(" \t\r", *parser.at))
        parser.at++;
    if (*parser.at == '#') {
        while (*parser.at && *parser.at != '\n')
            parser.at++;
    }
    if (!*parser.at)
        return END;
    for (uint i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        uint length = strlen(operators[i].text);
        if (memcmp(parser.at, operators[i].text, length) == 0) {
            parser.at += length;
            return operators[i].token;
        }
    }
    return read_word();
}

// Nodes.

static struct level *level(void)
{
    return &parser.levels[parser.depth];
}

// What is read next belongs to a command: that of the level, or a new one.
static struct command *current_command(void)
{
    struct level *at = level();
    if (!at->chain) {
        at->chain = take(sizeof(*at->chain));
        *at->next_chain = at->chain;
        at->next_chain = &at->chain->next;
        at->next_pipeline = &at->chain->pipelines;
        at->condition = ALWAYS;
    }
    if (!at->pipeline) {
        at->pipeline = take(sizeof(*at->pipeline));
        at->pipeline->condition = at->condition;
        *at->next_pipeline = at->pipeline;
        at->next_pipeline = &at->pipeline->next;
        at->next_command = &at->pipeline->commands;
    }
    if (!at->command) {
        at->command = take(sizeof(*at->command));
        *at->next_command = at->command;
        at->next_command = &at->command->next;
        at->next_word = &at->command->words;
        at->next_redirect = &at->command->redirects;
        at->words = 0;
    }
    return at->command;
}

static void add_word(void)
{
    const struct command *command = current_command();
    struct level *at = level();
    if (command->group) {
        fail_unexpected(WORD);
        return;
    }
    if (++at->words > MAXARG) {
        fail("a command has too many words, from here on: ", parser.word);
        return;
    }
    struct word *word = take(sizeof(*word));
    word->text = parser.word;
    *at->next_word = word;
    at->next_word = &word->next;
}

static void add_redirect(enum token token)
{
    current_command();
    struct redirect *redirect = take(sizeof(*redirect));
    redirect->fd = token == LESS ? 0 : 1;
    redirect->flags = O_RDONLY;
    if (token != LESS)
        redirect->flags = O_WRONLY | O_CREATE | (token == APPEND ? O_APPEND : O_TRUNC);
    *level()->next_redirect = redirect;
    level()->next_redirect = &redirect->next;

    enum token target = read_token();
    redirect->path = parser.word;
    if (target != WORD)
        fail("no file's name before ", token_names[target]);
}

// ( where a command can start.
static void open_group(void)
{
    if (level()->command) {
        fail_unexpected(OPEN);
        return;
    }
    if (parser.depth == NESTING) {
        fail("too many parentheses are open", "");
        return;
    }
    struct command *command = current_command();
    parser.depth++;
    *level() = (struct level){.next_chain = &command->group};
}

// | && or ||: a command must stand before it.
static void join(enum token token)
{
    struct level *at = level();
    if (!at->command) {
        fail_unexpected(token);
        return;
    }
    at->command = 0;
    if (token == PIPE)
        return;
    at->pipeline = 0;
    at->condition = token == AND_THEN ? AFTER_SUCCESS : AFTER_FAILURE;
}

// What ends a chain. Without one it is left alone, but for &, which must be about something.
static void end_chain(enum token token)
{
    struct level *at = level();
    if (!at->command && (at->chain || token == AMPERSAND)) {
        fail_unexpected(token);
        return;
    }
    if (token == AMPERSAND)
        at->chain->background = true;
    at->chain = 0;
    at->pipeline = 0;
    at->command = 0;
}

static void close_group(void)
{
    if (parser.depth == 0) {
        fail_unexpected(CLOSE);
        return;
    }
    end_chain(CLOSE);
    parser.depth--;
    if (!level()->command->group)
        fail("there is no command between the parentheses", "");
}

static void handle(enum token token)
{
    switch (token) {
    case WORD:
        add_word();
        break;
    case LESS:
    case GREATER:
    case APPEND:
        add_redirect(token);
        break;
    case OPEN:
        open_group();
        break;
    case CLOSE:
        close_group();
        break;
    case PIPE:
    case AND_THEN:
    case OR_ELSE:
        join(token);
        break;
    case NEWLINE:
    case AMPERSAND:
    case SEMICOLON:
    case END:
        end_chain(token);
        break;
    }
}

bool parse(const char *line, struct chain **chains)
{
    *chains = 0;
    arena_used = 0;
    parser.at = line;
    parser.failed = false;
    parser.depth = 0;
    parser.levels[0] = (struct level){.next_chain = chains};
    enum token token;
    do {
        token = read_token();
        if (token == END && parser.depth > 0)
            fail("a ( without a )", "");
        if (arena_used > sizeof(arena) - TOKEN_MOST)
            fail("there is too much in one line", "");
        if (!parser.failed)
            handle(token);
    } while (token != END && !parser.failed);
    return !parser.failed;
}
