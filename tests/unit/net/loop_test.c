/* SPDX-License-Identifier: Apache-2.0 */
#include "net/clock.h"
#include "net/loop.h"
#include "net/worker.h"

#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static struct loop *loop;
static char order[64];

static void note(char c)
{
    const size_t size = strlen(order);
    if (size + 1 < sizeof order)
        order[size] = c;
}

static void begin(void)
{
    memset(order, 0, sizeof order);
    EXPECT_OK(loop_new(&loop));
}

static void run_and_end(void)
{
    EXPECT_OK(loop_run(loop));
    loop_free(loop);
}

static void fire_a(struct timer *timer)
{
    (void)timer;
    note('a');
}

static void fire_b(struct timer *timer)
{
    (void)timer;
    note('b');
}

static void fire_stop(struct timer *timer)
{
    (void)timer;
    note('.');
    loop_stop(loop);
}

TEST(timers_fire_in_the_order_of_their_times_and_not_when_cleared)
{
    begin();
    const int64_t now_ms = clock_now().monotonic_ms;
    struct timer stop = {.fire = fire_stop}, a = {.fire = fire_a}, b = {.fire = fire_b},
                 never = {.fire = fire_a};
    timer_set(&stop, loop, now_ms + 30);
    timer_set(&a, loop, now_ms + 20);
    timer_set(&never, loop, now_ms + 15);
    timer_set(&b, loop, now_ms + 40);
    timer_set(&b, loop, now_ms + 10);
    timer_clear(&never);
    run_and_end();
    EXPECT(strcmp(order, "ba.") == 0);
    EXPECT(clock_now().monotonic_ms >= now_ms + 30);
}

static struct watch watches[2];

static void stop_both(struct watch *watch, uint32_t events)
{
    (void)watch, (void)events;
    note('w');
    watch_stop(&watches[0]);
    watch_stop(&watches[1]);
    loop_stop(loop);
}

TEST(a_watch_that_is_stopped_in_its_round_is_not_called_any_more)
{
    int pipes[2][2];
    begin();
    for (int i = 0; i < 2; i++) {
        EXPECT(pipe(pipes[i]) == 0 && write(pipes[i][1], "x", 1) == 1);
        watches[i].ready = stop_both;
        EXPECT_OK(watch_start(&watches[i], loop, pipes[i][0], EPOLLIN));
    }
    run_and_end();
    EXPECT(strcmp(order, "w") == 0);
    for (int i = 0; i < 2; i++)
        close(pipes[i][0]), close(pipes[i][1]);
}

static void task_again(struct task *task)
{
    note('t');
    if (strlen(order) < 3)
        task_put_off(task, loop);
    else
        loop_stop(loop);
}

static void task_other(struct task *task)
{
    (void)task;
    note('o');
}

TEST(tasks_run_once_a_round_in_order_and_can_be_cancelled)
{
    struct task again = {.run = task_again}, other = {.run = task_other},
                cancelled = {.run = task_other};
    begin();
    task_put_off(&again, loop);
    task_put_off(&cancelled, loop);
    task_put_off(&other, loop);
    task_put_off(&again, loop);
    task_cancel(&cancelled);
    run_and_end();
    EXPECT(strcmp(order, "tot") == 0);
}

enum { POSTS = 2000, POSTERS = 4 };
static atomic_int posted;
static int ran;

static void run_post(struct post *post)
{
    free(post);
    if (++ran == POSTS * POSTERS)
        loop_stop(loop);
}

static void *post_many(void *argument)
{
    (void)argument;
    for (int i = 0; i < POSTS; i++) {
        struct post *const post = calloc(1, sizeof *post);
        post->run = run_post;
        loop_post(loop, post);
        atomic_fetch_add(&posted, 1);
    }
    return NULL;
}

TEST(posts_from_several_threads_all_run_on_the_loops_thread)
{
    pthread_t threads[POSTERS];
    begin();
    ran = 0;
    for (int i = 0; i < POSTERS; i++)
        pthread_create(&threads[i], NULL, post_many, NULL);
    EXPECT_OK(loop_run(loop));
    for (int i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    loop_free(loop);
    EXPECT(ran == POSTS * POSTERS && atomic_load(&posted) == ran);
}

struct sum {
    struct job job;
    struct post post;
    int value;
};

static void answer_sum(struct post *post)
{
    ran += EMBEDDED_IN(post, struct sum, post)->value;
    loop_stop(loop);
}

static void compute_sum(struct job *job)
{
    struct sum *const sum = EMBEDDED_IN(job, struct sum, job);
    sum->value = 42;
    sum->post.run = answer_sum;
    loop_post(loop, &sum->post);
}

static atomic_int dropped;

static void drop_sum(struct job *job)
{
    (void)job;
    atomic_fetch_add(&dropped, 1);
}

static void sleep_a_little(struct job *job)
{
    (void)job;
    usleep(50000);
}

TEST(a_worker_answers_through_the_loop_and_drops_what_it_did_not_begin)
{
    struct worker *worker = NULL;
    struct sum sum = {.job = {compute_sum, drop_sum, NULL}};
    struct job slow = {sleep_a_little, drop_sum, NULL}, late = slow;
    begin();
    ran = 0;
    EXPECT_OK(worker_new(1, &worker));
    worker_submit(worker, &sum.job);
    run_and_end();
    EXPECT(ran == 42);
    worker_submit(worker, &slow);
    usleep(10000);
    worker_submit(worker, &late);
    worker_free(worker);
    EXPECT(atomic_load(&dropped) == 1);
}
