/* SPDX-License-Identifier: Apache-2.0 */

/* The small parts: places for the unproved, held bytes, waiting times, turns, what is told. */

#include "gateway/backoff.h"
#include "gateway/dial.h"
#include "gateway/half_open.h"
#include "gateway/held.h"
#include "gateway/report.h"
#include "gateway/turns.h"

#include "test.h"

#include <unistd.h>

static struct address host(uint32_t number)
{
    struct address address = {.size = sizeof address.v4};
    address.v4.sin_family = AF_INET;
    address.v4.sin_addr.s_addr = htonl(number);
    return address;
}

/* N11 */
TEST(one_source_has_few_places_and_all_together_have_some)
{
    static struct half_open half_open;
    half_open_begin(&half_open);
    const struct address greedy = host(1);
    for (int i = 0; i < HALF_OPEN_PER_SOURCE_MAX; i++)
        EXPECT_OK(half_open_enter(&half_open, &greedy));
    EXPECT_FAIL(EXHAUSTED, half_open_enter(&half_open, &greedy));
    const uint32_t left = HALF_OPEN_MAX - HALF_OPEN_PER_SOURCE_MAX;
    for (uint32_t i = 0; i < left; i++) {
        const struct address other = host(2 + i);
        EXPECT_OK(half_open_enter(&half_open, &other));
    }
    const struct address late = host(99999);
    EXPECT_FAIL(EXHAUSTED, half_open_enter(&half_open, &late));
    half_open_leave(&half_open, &greedy);
    EXPECT_OK(half_open_enter(&half_open, &late));
    EXPECT_FAIL(EXHAUSTED, half_open_enter(&half_open, &greedy));
    half_open_leave(&half_open, &late);
    for (uint32_t i = 0; i < left; i++) {
        const struct address other = host(2 + i);
        half_open_leave(&half_open, &other);
    }
    for (int i = 1; i < HALF_OPEN_PER_SOURCE_MAX; i++)
        half_open_leave(&half_open, &greedy);
    EXPECT(half_open.total == 0 && half_open.source_count == 0);
    half_open_leave(&half_open, &greedy); /* once too often does no harm */
    EXPECT(half_open.total == 0);
    half_open_end(&half_open);
}

TEST(held_bytes_come_out_as_they_went_in)
{
    struct held held = {0};
    uint8_t bytes[10000], next_in = 0, next_out = 0;
    uint32_t state = 7;
    for (int i = 0; i < 2000; i++) {
        state = state * 1664525 + 1013904223;
        const size_t size = (state >> 10) % (i % 3 ? 300 : sizeof bytes);
        if (i % 2 && held.size >= size) {
            struct iovec parts[64];
            const size_t count = held_view(&held, parts, 64);
            size_t seen = 0;
            for (size_t k = 0; k < count; k++)
                for (size_t j = 0; j < parts[k].iov_len && seen < size; j++, seen++)
                    EXPECT(((uint8_t *)parts[k].iov_base)[j] == next_out++);
            EXPECT(seen == size);
            held_taken(&held, size);
        } else if (held.size < 1 << 20) {
            for (size_t j = 0; j < size; j++)
                bytes[j] = next_in++;
            EXPECT_OK(held_append(&held, (slice){bytes, size}));
        }
    }
    held_taken(&held, held.size);
    EXPECT(!held.first && !held.last && !held.allocated && !held.size);
}

/* N9: what is held costs little more than its bytes, however small the pieces in which it came. */
TEST(a_million_single_bytes_take_little_more_than_a_million)
{
    struct held held = {0};
    const uint8_t byte = 1;
    for (int i = 0; i < 1 << 20; i++)
        EXPECT_OK(held_append(&held, (slice){&byte, 1}));
    EXPECT(held.size == 1 << 20 && held.allocated < (1 << 20) + HELD_PIECE_MOST);
    held_clear(&held);
    EXPECT(!held.allocated);
}

TEST(waiting_times_double_to_a_limit_and_differ)
{
    int64_t most_ms = BACKOFF_FIRST_MS;
    bool differ = false;
    for (unsigned failures = 0; failures < 100; failures++) {
        const int64_t first_ms = backoff_ms(failures);
        for (int i = 0; i < 50; i++) {
            const int64_t wait_ms = backoff_ms(failures);
            EXPECT(wait_ms > most_ms / 2 - 1 && wait_ms <= most_ms);
            differ |= wait_ms != first_ms;
        }
        most_ms = 2 * most_ms < BACKOFF_MOST_MS ? 2 * most_ms : BACKOFF_MOST_MS;
    }
    EXPECT(differ);
}

TEST(the_next_round_is_told_as_a_time_and_never_as_zero)
{
    const struct moment now = {.wall_s = 1000, .monotonic_ms = 5000};
    EXPECT(report_next_round_s(INT64_MAX, now) == 0);
    EXPECT(report_next_round_s(5000 + 30000, now) == 1030);
    EXPECT(report_next_round_s(5001 + 30000, now) == 1031);
}

/* ---- turns ---- */

enum { TURNS = 12 };

struct noting {
    struct turn turn;
    char name;
};
static char ran[TURNS + 1], dropped[TURNS + 1];
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void note(char *list, const struct noting *noting)
{
    const size_t size = strlen(list);
    list[size] = noting->name;
    list[size + 1] = 0;
}

static void run_noting(struct turn *turn)
{
    pthread_mutex_lock(&gate);
    note(ran, EMBEDDED_IN(turn, struct noting, turn));
    pthread_mutex_unlock(&gate);
}

static void drop_noting(struct turn *turn)
{
    note(dropped, EMBEDDED_IN(turn, struct noting, turn));
}

static void submit(struct turns *turns, struct noting *noting, uint32_t source, char name)
{
    *noting = (struct noting){
        .turn = {.source = host(source), .run = run_noting, .drop = drop_noting}, .name = name};
    turns_submit(turns, &noting->turn);
}

/* N11: the collector serves hosts in turn, so one that asks on every link delays nobody else. */
TEST(a_source_with_many_jobs_delays_others_by_one)
{
    static struct noting notings[TURNS];
    struct turns turns;
    ran[0] = dropped[0] = 0;
    turns_begin(&turns);
    EXPECT_OK(worker_new(1, &turns.worker));
    pthread_mutex_lock(&gate); /* the first waits in its job, the others in the queue */
    for (size_t i = 0; i < 8; i++)
        submit(&turns, &notings[i], 1, (char)('A' + i));
    submit(&turns, &notings[8], 2, 'x');
    submit(&turns, &notings[9], 2, 'y');
    submit(&turns, &notings[10], 3, 'z');
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(&gate);
        const size_t size = strlen(ran);
        pthread_mutex_unlock(&gate);
        if (size == 11)
            break;
        usleep(1000);
    }
    /* Whether A had begun when x came decides which of B and x is first; nothing else is open. */
    EXPECT(strcmp(ran, "AxzByCDEFGH") == 0 || strcmp(ran, "AxBzyCDEFGH") == 0 ||
           strcmp(ran, "ABxzCyDEFGH") == 0);
    turns_end(&turns);
    EXPECT(!dropped[0] && !turns.first && !turns.last);
}

TEST(turns_that_never_came_are_dropped_once_each)
{
    static struct noting notings[TURNS];
    struct turns turns;
    ran[0] = dropped[0] = 0;
    turns_begin(&turns);
    EXPECT_OK(worker_new(0, &turns.worker)); /* nobody works */
    for (size_t i = 0; i < 6; i++)
        submit(&turns, &notings[i], 1 + i % 2, (char)('A' + i));
    turns_end(&turns);
    EXPECT(!ran[0] && strlen(dropped) == 6);
    for (size_t i = 0; i < 6; i++)
        EXPECT(strchr(dropped, (char)('A' + i)));
    EXPECT(!turns.first && !turns.last);
}

/* What a job found may ask for another, and is told of after the end. */
TEST(a_turn_that_comes_after_the_end_is_dropped)
{
    static struct noting late;
    struct turns turns;
    ran[0] = dropped[0] = 0;
    turns_begin(&turns);
    EXPECT_OK(worker_new(1, &turns.worker));
    turns_end(&turns);
    submit(&turns, &late, 1, 'L');
    EXPECT(!ran[0] && strcmp(dropped, "L") == 0);
}

/* ---- dials ---- */

static size_t dials_done;

static void note_dial(void *owner, status outcome, int fd, const struct address *address)
{
    (void)address;
    EXPECT_FAIL(UNAVAILABLE, outcome);
    EXPECT(fd == -1);
    dials_done++;
    loop_stop(owner);
}

/* N12 */
TEST(a_name_that_is_found_too_late_is_no_connection)
{
    static const struct config impatient = {.connect_timeout_s = 0};
    struct gateway gateway = {.config = &impatient};
    struct shard shard = {.gateway = &gateway};
    struct dial *dial = NULL;
    const struct endpoint to = {.host = "localhost", .port = 1};
    dials_done = 0;
    EXPECT_OK(worker_new(1, &gateway.resolver));
    EXPECT_OK(loop_new(&shard.loop));
    EXPECT_OK(dial_start(&shard, &to, NULL, note_dial, shard.loop, &dial));
    usleep(200000); /* its answer and the end of its time are seen in one round */
    EXPECT_OK(loop_run(shard.loop));
    EXPECT(dials_done == 1);
    worker_free(gateway.resolver);
    loop_finish(shard.loop);
    loop_free(shard.loop);
}

static void nothing(struct job *job)
{
    (void)job;
    usleep(200000);
}

TEST(a_name_that_nobody_looks_up_any_more_is_no_connection)
{
    static const struct config patient = {.connect_timeout_s = 10};
    struct gateway gateway = {.config = &patient};
    struct shard shard = {.gateway = &gateway};
    struct job busy = {.run = nothing};
    struct dial *dial = NULL;
    const struct endpoint to = {.host = "localhost", .port = 1};
    dials_done = 0;
    EXPECT_OK(worker_new(1, &gateway.resolver));
    EXPECT_OK(loop_new(&shard.loop));
    worker_submit(gateway.resolver, &busy);
    EXPECT_OK(dial_start(&shard, &to, NULL, note_dial, shard.loop, &dial));
    usleep(50000);
    worker_free(gateway.resolver); /* while the first job is at hand */
    loop_finish(shard.loop);
    EXPECT(dials_done == 1);
    loop_free(shard.loop);
}
