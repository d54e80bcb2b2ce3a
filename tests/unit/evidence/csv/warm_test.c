/* SPDX-License-Identifier: Apache-2.0 */

/* What is remembered between verifications, by several threads at once. */

#include "csv_samples.h"

#include "sim/csv.h"

#include <pthread.h>
#include <time.h>

enum { THREADS = 4, ROUNDS = 25, SIGNATURES_COLD = 4 /* report, PEK, CEK, HSK */ };

static const uint8_t zeros[64];

struct world {
    struct sim_csv_vendor vendor;
    struct sim_csv guest;
    struct endorsements endorsements;
    struct buffer report;
};

static struct world *world_make(void)
{
    struct world *const world = calloc(1, sizeof *world);
    const struct sim_csv_settings settings = sim_csv_defaults();
    SCOPED(buffer) text = {0};
    SCOPED(buffer) hsk_cek = {0};
    EXPECT_OK(sim_csv_vendor_make(&text));
    EXPECT_OK(sim_csv_vendor_read(buffer_view(&text), &world->vendor));
    EXPECT_OK(sim_csv_launch(&world->vendor, &settings, &world->guest));
    EXPECT_OK(sim_csv_hsk_cek(&world->vendor, &hsk_cek));
    EXPECT_OK(endorsements_trust(&world->endorsements, SLICE(world->vendor.hrk_certificate)));
    EXPECT_OK(endorsements_add(&world->endorsements, buffer_view(&hsk_cek)));
    EXPECT_OK(
        sim_csv_report(&world->guest, SLICE(zeros), (slice){zeros, 16}, true, &world->report));
    return world;
}

static void world_free(struct world *world)
{
    endorsements_clear(&world->endorsements);
    buffer_clear(&world->report);
    sim_csv_vendor_clear(&world->vendor);
    free(world);
}

static bool is_authentic(struct world *world)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    const status verified =
        csv_verify_bound(buffer_view(&world->report), SLICE(zeros), &world->endorsements, facts);
    const bool authentic = !verified.fault && facts_authentic(facts);
    free(facts);
    return authentic;
}

static void *verify_again_and_again(void *context)
{
    for (int i = 0; i < ROUNDS; i++)
        if (!is_authentic(context))
            return context;
    return NULL;
}

TEST(several_threads_verify_under_the_same_endorsements)
{
    pthread_t threads[THREADS];
    struct world *const world = world_make();
    for (size_t i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, verify_again_and_again, world) == 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *failed = world;
        EXPECT(pthread_join(threads[i], &failed) == 0 && !failed);
    }
    world_free(world);
}

/* What is remembered is of the certificates as they were: another anchor, another answer. */
TEST(a_root_that_is_trusted_later_is_seen)
{
    struct world *const world = world_make();
    SCOPED(endorsements) others = {0};
    SCOPED(buffer) hsk_cek = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(sim_csv_hsk_cek(&world->vendor, &hsk_cek));
    EXPECT_OK(endorsements_add(&others, buffer_view(&hsk_cek)));
    EXPECT_OK(endorsements_add(&others, SLICE(world->vendor.hrk_certificate)));
    EXPECT_OK(csv_verify_bound(buffer_view(&world->report), SLICE(zeros), &others, facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "CSV_ROOT_UNTRUSTED") == 0);
    EXPECT_OK(endorsements_trust(&others, SLICE(world->vendor.hrk_certificate)));
    EXPECT_OK(csv_verify_bound(buffer_view(&world->report), SLICE(zeros), &others, facts));
    EXPECT(facts_authentic(facts));
    free(facts);
    world_free(world);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

TEST(a_machine_seen_before_costs_one_signature)
{
    struct world *const world = world_make();
    double begun = seconds();
    EXPECT(is_authentic(world));
    const double cold_s = seconds() - begun;
    begun = seconds();
    for (int i = 0; i < ROUNDS; i++)
        EXPECT(is_authentic(world));
    const double warm_s = (seconds() - begun) / ROUNDS;
    printf("  cold %.2f ms, warm %.3f ms\n", 1e3 * cold_s, 1e3 * warm_s);
    EXPECT(warm_s < 2 * cold_s / SIGNATURES_COLD);
    world_free(world);
}
