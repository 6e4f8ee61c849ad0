/* SPDX-License-Identifier: Apache-2.0 */
#include "limits/buckets.h"
#include "unit/testing.h"

#include <string.h>

#define NOW INT64_C(1000000)

static const struct bucket_rule rule = { .most = 3, .pause = 100 };

struct key {
    uint8_t bytes[BUCKET_KEY_LEN];
};

static struct key key_of(uint32_t number)
{
    struct key key = { { 0 } };
    memcpy(key.bytes, &number, sizeof number);
    return key;
}

static int64_t try(struct buckets *buckets, uint32_t number, int64_t now)
{
    const struct key key = key_of(number);
    const int64_t wait = buckets_wait(buckets, key.bytes, &rule, now);
    if (wait == 0)
        buckets_take(buckets, key.bytes, &rule, now);
    return wait;
}

static void test_empties_and_fills(void **state)
{
    (void) state;
    struct buckets *buckets = buckets_new(8);
    for (int i = 0; i < 3; i++)
        assert_int_equal(try(buckets, 1, NOW), 0);
    assert_int_equal(try(buckets, 1, NOW), 100);
    assert_int_equal(try(buckets, 1, NOW + 40), 60);
    assert_int_equal(try(buckets, 2, NOW), 0);
    assert_int_equal(try(buckets, 1, NOW + 100), 0);
    assert_int_equal(try(buckets, 1, NOW + 100), 100);
    for (int i = 0; i < 3; i++)
        assert_int_equal(try(buckets, 1, NOW + 1000), 0);
    assert_int_equal(try(buckets, 1, NOW + 1000), 100);
    buckets_free(buckets);
}

static void test_gives_back(void **state)
{
    (void) state;
    struct buckets *buckets = buckets_new(8);
    const struct key key = key_of(1);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(try(buckets, 1, NOW), 0);
        buckets_give_back(buckets, key.bytes, &rule);
    }
    const struct key unknown = key_of(2);
    buckets_give_back(buckets, unknown.bytes, &rule);
    assert_int_equal(try(buckets, 2, NOW), 0);
    buckets_free(buckets);
}

static void test_no_limit(void **state)
{
    (void) state;
    const struct bucket_rule none = { .most = 0, .pause = 100 };
    const struct key key = key_of(1);
    struct buckets *buckets = buckets_new(8);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(buckets_wait(buckets, key.bytes, &none, NOW), 0);
        buckets_take(buckets, key.bytes, &none, NOW);
    }
    buckets_free(buckets);
}

/* The table is full: who was used least recently is forgotten, and nobody else. All keys of a row collide here and there. */
static void test_oldest_gives_way(void **state)
{
    (void) state;
    struct buckets *buckets = buckets_new(300);
    for (uint32_t i = 0; i < 300; i++)
        for (int times = 0; times < 3; times++)
            assert_int_equal(try(buckets, i * 256, NOW), 0);
    for (uint32_t i = 0; i < 300; i++)
        assert_int_equal(try(buckets, i * 256, NOW), 100);
    const struct key first = key_of(0);
    buckets_take(buckets, first.bytes, &rule, NOW); /* used: now the second is the oldest */
    assert_int_equal(try(buckets, 1, NOW), 0);
    assert_int_equal(try(buckets, 0, NOW), 200);
    assert_int_equal(try(buckets, 512, NOW), 100);
    assert_int_equal(try(buckets, 256, NOW), 0);
    buckets_free(buckets);
    buckets_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empties_and_fills),
        cmocka_unit_test(test_gives_back),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_oldest_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
