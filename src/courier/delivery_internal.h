/* SPDX-License-Identifier: Apache-2.0 */
/* courier/delivery_internal.h - the ways of delivery behind courier/delivery.h: a row of functions each. */
#ifndef LATCHKEY_COURIER_DELIVERY_INTERNAL_H
#define LATCHKEY_COURIER_DELIVERY_INTERNAL_H

#include "courier/delivery.h"

struct envelope {
    const char *from, *to;
    const struct lk_text *message;
    int64_t deadline; /* monotonic */
};

struct delivery_way {
    const char *scheme; /* how courier.deliver_to begins */
    /* `state` is the way's own, made when first needed: *state is NULL then. */
    enum lk_status (*send)(void **state, const struct config *config, const struct envelope *envelope, bool *answered,
                           struct lk_trouble *trouble);
    enum lk_status (*look)(void **state, const struct config *config, struct lk_trouble *trouble);
    void (*free)(void *state);
};

enum lk_status delivery_smtp_send(void **state, const struct config *config, const struct envelope *envelope,
                                  bool *answered, struct lk_trouble *trouble);
enum lk_status delivery_smtp_look(void **state, const struct config *config, struct lk_trouble *trouble);
void delivery_smtp_free(void *state);

enum lk_status delivery_maildir_send(void **state, const struct config *config, const struct envelope *envelope,
                                     bool *answered, struct lk_trouble *trouble);
enum lk_status delivery_maildir_look(void **state, const struct config *config, struct lk_trouble *trouble);

#endif
