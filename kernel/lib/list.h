// Doubly linked lists, linked through a member of the elements. An unlinked member points to
// itself.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *previous;
};

#define LIST_EMPTY(name)                                                                           \
    {                                                                                              \
        &(name), &(name)                                                                           \
    }

// The struct of this type that has link as a member.
#define list_entry(link, type, member) ((type *)((char *)(link)-offsetof(type, member)))

#define list_for_each(link, head)                                                                  \
    for (struct list *link = (head)->next; link != (head); link = link->next)

static inline void list_init(struct list *list)
{
    list->next = list->previous = list;
}

static inline bool list_empty(const struct list *list)
{
    return list->next == list;
}

static inline void list_append(struct list *head, struct list *link)
{
    link->next = head;
    link->previous = head->previous;
    head->previous->next = link;
    head->previous = link;
}

// Leaves link unlinked, also if it was so before.
static inline void list_remove(struct list *link)
{
    link->next->previous = link->previous;
    link->previous->next = link->next;
    list_init(link);
}

// Removes the first link and returns it; 0 if there is none.
static inline struct list *list_take(struct list *head)
{
    struct list *link = head->next;
    if (link == head)
        return 0;
    list_remove(link);
    return link;
}
