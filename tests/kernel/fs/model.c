#include "model.h"
#include <stdlib.h>
#include <string.h>

struct content {
    unsigned references;
    uint64_t size;
    uint8_t bytes[];
};

static struct content *new_content(uint64_t size)
{
    struct content *content = calloc(1, sizeof *content + size);
    content->references = 1;
    content->size = size;
    return content;
}

static void put_content(struct content *content)
{
    if (content && --content->references == 0)
        free(content);
}

const uint8_t *object_bytes(const struct object *object)
{
    return object->content->bytes;
}

uint64_t object_size(const struct object *object)
{
    return object->content->size;
}

void model_init(struct model *model)
{
    *model = (struct model){0};
    for (unsigned i = 0; i < HANDLES; i++)
        model->handles[i] = -1;
}

struct model model_copy(const struct model *model)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        if (model->objects[i].content)
            model->objects[i].content->references++;
    return *model;
}

void model_free(struct model *model)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        put_content(model->objects[i].content);
    model_init(model);
}

static struct node *node_at(struct model *model, struct where where)
{
    return where.child < 0 ? &model->top[where.top] : &model->child[where.top][where.child];
}

const struct node *model_node(const struct model *model, struct where where)
{
    return node_at((struct model *)model, where);
}

struct object *model_object(struct model *model, const struct change *change)
{
    if (change->handle >= 0)
        return model->handles[change->handle] < 0 ? 0
                                                  : &model->objects[model->handles[change->handle]];
    struct node *node = node_at(model, change->where);
    return node->kind == PLAIN_FILE ? &model->objects[node->object] : 0;
}

static void drop_unused(struct object *object)
{
    if (object->links || object->handles)
        return;
    put_content(object->content);
    object->content = 0;
}

uint8_t *change_bytes(const struct change *change)
{
    uint8_t *bytes = malloc(change->size + 8);
    struct random random = {change->seed};
    for (uint64_t i = 0; i < change->size; i += 8) {
        uint64_t word = random_next(&random);
        memcpy(bytes + i, &word, 8);
    }
    return bytes;
}

// Choosing.

static struct where choose_where(struct random *random)
{
    struct where where = {random_below(random, TOPS), -1};
    if (random_one_in(random, 2))
        where.child = random_below(random, CHILDREN);
    return where;
}

// A name of that kind, if a few tries find one.
static struct where choose_kind(const struct model *model, struct random *random, enum kind kind)
{
    struct where where = choose_where(random);
    for (unsigned i = 0; i < 12 && model_node(model, where)->kind != kind; i++)
        where = choose_where(random);
    return where;
}

static uint64_t choose_size(struct random *random, uint64_t largest)
{
    if (largest > 100 * 1024 && random_one_in(random, 3))
        return 1 + random_below(random, largest);
    switch (random_below(random, 8)) {
    case 0:
        return 1 + random_below(random, largest);
    case 1:
    case 2:
        return 1 + random_below(random, 9 * 1024);
    case 3:
        return 1024 * (1 + random_below(random, 9));
    default:
        return 1 + random_below(random, 1500);
    }
}

static void choose_write(const struct model *model, struct random *random, uint64_t largest,
                         struct change *change)
{
    struct object *object = model_object((struct model *)model, change);
    uint64_t size = object ? object_size(object) : 0;
    change->size = choose_size(random, largest);
    change->append = random_one_in(random, 3);
    change->offset = size;
    if (random_one_in(random, 3))
        change->offset = random_below(random, size + 1);
    else if (random_one_in(random, 6))
        change->offset = size + random_below(random, random_one_in(random, 4) ? largest : 4000);
    change->seed = random_next(random);
}

struct change model_choose(const struct model *model, struct random *random, uint64_t largest)
{
    static const enum action actions[] = {
        CREATE,   CREATE, MAKE_DIRECTORY, MAKE_DEVICE, LINK,  UNLINK, UNLINK, UNLINK,
        TRUNCATE, WRITE,  WRITE,          WRITE,       WRITE, OPEN,   CLOSE,  READ};
    struct change change = {.handle = -1};
    change.action = actions[random_below(random, sizeof actions / sizeof *actions)];
    change.where = choose_where(random);
    change.minor = random_below(random, 100);
    if (change.action == TRUNCATE || change.action == WRITE || change.action == OPEN ||
        change.action == READ)
        change.where = choose_kind(model, random, PLAIN_FILE);
    if (change.action == CREATE || change.action == MAKE_DIRECTORY)
        change.where = choose_kind(model, random, NOTHING);
    if (change.action == LINK)
        change.other = choose_kind(model, random, PLAIN_FILE);
    if (change.action == LINK && model_node(model, change.other)->kind == DEVICE)
        change.action = READ; // the model does not count a device's links
    bool needs_handle = change.action == OPEN || change.action == CLOSE;
    if (needs_handle || random_one_in(random, 3))
        change.handle = random_below(random, HANDLES);
    if (change.action == WRITE)
        choose_write(model, random, largest, &change);
    return change;
}

// Doing.

static bool has_directory(const struct model *model, struct where where)
{
    return where.child < 0 || model->top[where.top].kind == DIRECTORY;
}

static bool is_empty(const struct model *model, int top)
{
    for (unsigned i = 0; i < CHILDREN; i++)
        if (model->child[top][i].kind != NOTHING)
            return false;
    return true;
}

static unsigned unused_object(struct model *model)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        if (!model->objects[i].content)
            return i;
    abort();
}

static bool make(struct model *model, const struct change *change, enum kind kind)
{
    struct node *node = node_at(model, change->where);
    if (!has_directory(model, change->where))
        return false;
    if (node->kind != NOTHING) // open() with O_CREATE takes what there is, but no directory
        return change->action == CREATE && node->kind != DIRECTORY;
    *node = (struct node){.kind = kind, .minor = change->minor};
    if (kind == PLAIN_FILE) {
        node->object = unused_object(model);
        model->objects[node->object] = (struct object){new_content(0), 1, 0};
    }
    return true;
}

static bool add_link(struct model *model, const struct change *change)
{
    struct node *old = node_at(model, change->other), *node = node_at(model, change->where);
    if (!has_directory(model, change->where) || node->kind != NOTHING || old->kind != PLAIN_FILE)
        return false;
    *node = *old;
    model->objects[node->object].links++;
    return true;
}

static bool remove_name(struct model *model, const struct change *change)
{
    struct node *node = node_at(model, change->where);
    if (!has_directory(model, change->where) || node->kind == NOTHING)
        return false;
    if (node->kind == DIRECTORY && change->where.child < 0 && !is_empty(model, change->where.top))
        return false;
    if (node->kind == PLAIN_FILE) {
        struct object *object = &model->objects[node->object];
        object->links--;
        drop_unused(object);
    }
    *node = (struct node){0};
    return true;
}

static void replace(struct object *object, struct content *content)
{
    put_content(object->content);
    object->content = content;
}

static bool write_bytes(struct model *model, const struct change *change)
{
    struct object *object = model_object(model, change);
    if (!object)
        return false;
    uint64_t old = object_size(object), offset = change->append ? old : change->offset;
    uint64_t end = offset + change->size;
    if (offset > old)
        return false;
    struct content *content = new_content(end > old ? end : old);
    memcpy(content->bytes, object_bytes(object), old);
    uint8_t *bytes = change_bytes(change);
    memcpy(content->bytes + offset, bytes, change->size);
    free(bytes);
    replace(object, content);
    return true;
}

static bool open_file(struct model *model, const struct change *change)
{
    struct node *node = node_at(model, change->where);
    if (node->kind != PLAIN_FILE || model->handles[change->handle] >= 0)
        return false;
    model->handles[change->handle] = node->object;
    model->objects[node->object].handles++;
    return true;
}

static bool close_file(struct model *model, const struct change *change)
{
    int object = model->handles[change->handle];
    if (object < 0)
        return false;
    model->objects[object].handles--;
    drop_unused(&model->objects[object]);
    model->handles[change->handle] = -1;
    return true;
}

bool model_apply(struct model *model, const struct change *change)
{
    struct object *object;
    switch (change->action) {
    case CREATE:
        return make(model, change, PLAIN_FILE);
    case MAKE_DIRECTORY:
        return make(model, change, DIRECTORY);
    case MAKE_DEVICE:
        return make(model, change, DEVICE);
    case LINK:
        return add_link(model, change);
    case UNLINK:
        return remove_name(model, change);
    case TRUNCATE:
        object = model_object(model, change);
        if (object)
            replace(object, new_content(0));
        return object;
    case WRITE:
        return write_bytes(model, change);
    case OPEN:
        return open_file(model, change);
    case CLOSE:
        return close_file(model, change);
    case READ:
        return model_object(model, change);
    }
    abort();
}
