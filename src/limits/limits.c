/* SPDX-License-Identifier: Apache-2.0 */
#include "limits/limits.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "limits/buckets.h"
#include "limits/network.h"
#include "logging/metrics.h"

#include <pthread.h>
#include <sodium/crypto_generichash_blake2b.h>
#include <sodium/randombytes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_LEN 32

enum counted_by {
    BY_TEXT = 0,
    BY_ADDRESS,
    BY_NETWORK
};

#define SETTING_OF(name) offsetof(struct config, limits_##name)

static const struct {
    const char *name;
    enum counted_by by;
    size_t most, pause; /* where the settings stand in struct config */
} LIMITS[LIMITS_COUNT] = {
    [LIMIT_SIGN_IN_ADDRESS] = {"sign_in_address",  BY_ADDRESS, SETTING_OF(address_tries), SETTING_OF(address_pause)},
    [LIMIT_SIGN_IN_NETWORK] = { "sign_in_network", BY_NETWORK, SETTING_OF(network_tries), SETTING_OF(network_pause)},
    [LIMIT_SIGN_IN_NAME] = { "sign_in_name",    BY_TEXT,    SETTING_OF(name_tries),    SETTING_OF(name_pause)   },
    [LIMIT_SIGN_IN_KNOWN] = { "sign_in_known",   BY_TEXT,    SETTING_OF(name_tries),    SETTING_OF(name_pause)   },
    [LIMIT_SIGN_UP_ADDRESS] = { "sign_up_address", BY_ADDRESS, SETTING_OF(address_tries), SETTING_OF(address_pause)},
    [LIMIT_SIGN_UP_NETWORK] = { "sign_up_network", BY_NETWORK, SETTING_OF(network_tries), SETTING_OF(network_pause)},
    [LIMIT_MAIL_ADDRESS] = { "mail_address",    BY_ADDRESS, SETTING_OF(address_tries), SETTING_OF(address_pause)},
    [LIMIT_MAIL_NETWORK] = { "mail_network",    BY_NETWORK, SETTING_OF(network_tries), SETTING_OF(network_pause)},
    [LIMIT_MAIL_ACCOUNT] = { "mail_account",    BY_TEXT,    SETTING_OF(mail_tries),    SETTING_OF(mail_pause)   },
    [LIMIT_MAIL_TARGET] = { "mail_target",     BY_TEXT,    SETTING_OF(mail_tries),    SETTING_OF(mail_pause)   },
    [LIMIT_MAIL_PROFILE] = { "mail_profile",    BY_TEXT,    SETTING_OF(mail_tries),    SETTING_OF(mail_pause)   },
};

struct limits {
    pthread_mutex_t lock; /* protects the buckets */
    struct buckets *buckets;
    struct bucket_rule rules[LIMITS_COUNT];
    struct network_prefixes address, network;
    uint8_t secret[SECRET_LEN];
};

static int64_t setting_at(const struct config *config, size_t offset)
{
    int64_t value = 0;
    memcpy(&value, (const char *) config + offset, sizeof value);
    return value;
}

struct limits *limits_new(const struct config *config)
{
    struct limits *limits = calloc(1, sizeof *limits);
    if (limits == NULL || pthread_mutex_init(&limits->lock, NULL) != 0)
        lk_fatal("out of memory");
    limits->buckets = buckets_new((size_t) config->limits_remembered);
    for (size_t i = 0; i < LIMITS_COUNT; i++)
        limits->rules[i] = (struct bucket_rule){ .most = setting_at(config, LIMITS[i].most),
                                                 .pause = setting_at(config, LIMITS[i].pause) * LK_CLOCK_SECOND };
    limits->address = (struct network_prefixes){ .ipv4 = (unsigned) config->limits_ipv4_address,
                                                 .ipv6 = (unsigned) config->limits_ipv6_address };
    limits->network = (struct network_prefixes){ .ipv4 = (unsigned) config->limits_ipv4_network,
                                                 .ipv6 = (unsigned) config->limits_ipv6_network };
    randombytes_buf(limits->secret, sizeof limits->secret);
    return limits;
}

void limits_free(struct limits *limits)
{
    if (limits == NULL)
        return;
    buckets_free(limits->buckets);
    (void) pthread_mutex_destroy(&limits->lock);
    free(limits);
}

/* ---- keys ---- */

struct keyed {
    enum limit limit;
    uint8_t key[BUCKET_KEY_LEN];
};

static void digest(const struct limits *limits, struct keyed *keyed, const void *bytes, size_t len)
{
    crypto_generichash_blake2b_state state;
    const uint8_t limit = (uint8_t) keyed->limit;
    (void) crypto_generichash_blake2b_init(&state, limits->secret, SECRET_LEN, BUCKET_KEY_LEN);
    (void) crypto_generichash_blake2b_update(&state, &limit, sizeof limit);
    (void) crypto_generichash_blake2b_update(&state, bytes, len);
    (void) crypto_generichash_blake2b_final(&state, keyed->key, BUCKET_KEY_LEN);
}

/* False: there is nothing to count. */
static bool find_key(const struct limits *limits, const struct limits_subject *subject, struct keyed *keyed_out)
{
    *keyed_out = (struct keyed){ .limit = subject->limit };
    if (subject->text == NULL || limits->rules[subject->limit].most == 0)
        return false;
    if (LIMITS[subject->limit].by == BY_TEXT) {
        digest(limits, keyed_out, subject->text, strlen(subject->text));
        return true;
    }
    uint8_t network[NETWORK_LEN];
    const bool is_network = LIMITS[subject->limit].by == BY_NETWORK;
    if (network_of(subject->text, is_network ? limits->network : limits->address, network) != LK_OK)
        return false;
    digest(limits, keyed_out, network, sizeof network);
    return true;
}

static size_t find_keys(const struct limits *limits, const struct limits_subject *subjects, size_t count,
                        struct keyed keyed_out[static LIMITS_SUBJECTS_MOST])
{
    size_t found = 0;
    for (size_t i = 0; i < count && found < LIMITS_SUBJECTS_MOST; i++)
        found += find_key(limits, &subjects[i], &keyed_out[found]);
    return found;
}

/* ---- tokens ---- */

/* The one that waits longest; `count` where none does. */
static size_t find_longest_wait(const struct limits *limits, const struct keyed *keyed, size_t count, int64_t now,
                                int64_t *wait_out)
{
    size_t found = count;
    *wait_out = 0;
    for (size_t i = 0; i < count; i++) {
        const int64_t wait = buckets_wait(limits->buckets, keyed[i].key, &limits->rules[keyed[i].limit], now);
        if (wait <= *wait_out)
            continue;
        *wait_out = wait;
        found = i;
    }
    return found;
}

enum lk_status limits_take(struct limits *limits, const struct limits_subject *subjects, size_t count,
                           int64_t *wait_out)
{
    struct keyed keyed[LIMITS_SUBJECTS_MOST];
    const size_t found = find_keys(limits, subjects, count, keyed);
    int64_t wait = 0;
    (void) pthread_mutex_lock(&limits->lock);
    const int64_t now = lk_clock_monotonic();
    const size_t refused = find_longest_wait(limits, keyed, found, now, &wait);
    for (size_t i = 0; refused == found && i < found; i++)
        buckets_take(limits->buckets, keyed[i].key, &limits->rules[keyed[i].limit], now);
    (void) pthread_mutex_unlock(&limits->lock);
    if (refused == found)
        return LK_OK;
    metrics_count(METRIC_LIMITED, LIMITS[keyed[refused].limit].name, NULL);
    *wait_out = (wait + LK_CLOCK_SECOND - 1) / LK_CLOCK_SECOND;
    return LK_BUSY;
}

void limits_give_back(struct limits *limits, const struct limits_subject *subjects, size_t count)
{
    struct keyed keyed[LIMITS_SUBJECTS_MOST];
    const size_t found = find_keys(limits, subjects, count, keyed);
    (void) pthread_mutex_lock(&limits->lock);
    for (size_t i = 0; i < found; i++)
        buckets_give_back(limits->buckets, keyed[i].key, &limits->rules[keyed[i].limit]);
    (void) pthread_mutex_unlock(&limits->lock);
}
