/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/delivery.h"

#include "base/fatal.h"
#include "courier/delivery_internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct delivery_way WAYS[] = {
    {"smtp://",   delivery_smtp_send,    delivery_smtp_look,    delivery_smtp_free},
    { "smtps://", delivery_smtp_send,    delivery_smtp_look,    delivery_smtp_free},
    { "maildir:", delivery_maildir_send, delivery_maildir_look, NULL              },
};

struct delivery {
    const struct config *config;
    const struct delivery_way *way; /* NULL: none that we know */
    void *state;
    bool answered;
};

struct delivery *delivery_new(const struct config *config)
{
    struct delivery *delivery = calloc(1, sizeof *delivery);
    if (delivery == NULL)
        lk_fatal("out of memory");
    delivery->config = config;
    for (size_t i = 0; i < sizeof WAYS / sizeof WAYS[0]; i++) {
        if (strncmp(config->courier_deliver_to, WAYS[i].scheme, strlen(WAYS[i].scheme)) == 0)
            delivery->way = &WAYS[i];
    }
    return delivery;
}

static enum lk_status no_way(struct lk_trouble *trouble)
{
    return lk_fail(trouble, LK_BUSY, "courier.deliver_to is neither smtp://, smtps:// nor maildir:");
}

enum lk_status delivery_send(struct delivery *delivery, const char *from, const char *to, const struct lk_text *message,
                             int64_t deadline, struct lk_trouble *trouble)
{
    const struct envelope envelope = { .from = from, .to = to, .message = message, .deadline = deadline };
    delivery->answered = false;
    if (delivery->way == NULL)
        return no_way(trouble);
    return delivery->way->send(&delivery->state, delivery->config, &envelope, &delivery->answered, trouble);
}

enum lk_status delivery_look(struct delivery *delivery, struct lk_trouble *trouble)
{
    if (delivery->way == NULL)
        return no_way(trouble);
    return delivery->way->look(&delivery->state, delivery->config, trouble);
}

bool delivery_was_answered(const struct delivery *delivery)
{
    return delivery->answered;
}

void delivery_free(struct delivery *delivery)
{
    if (delivery == NULL)
        return;
    if (delivery->way != NULL && delivery->way->free != NULL)
        delivery->way->free(delivery->state);
    free(delivery);
}
