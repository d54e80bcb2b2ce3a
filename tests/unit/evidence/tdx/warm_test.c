/* SPDX-License-Identifier: Apache-2.0 */

/* What endorsements remember of machines seen before changes no verdict, and threads may share it.
 */

#include "samples.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 40, QUOTES = 3 };

/* Of three machines, all good at one time with one another's collateral beside them. */
static const struct {
    const char *id, *set;
} quotes[QUOTES] = {{"tdx/v4-phala-uptodate", "collateral-1"},
                    {"tdx/v4-live-ccel-tdreport", "collateral-1"},
                    {"tdx/v5-gotdx-uptodate", "collateral-1"}};

struct machine {
    struct sample sample;
    struct endorsements endorsements;
    int64_t at_s;
};

static struct machine machines[QUOTES];

static const json_t *set_of(const struct sample *sample, const char *dir)
{
    size_t index;
    json_t *set;
    json_array_foreach(json_object_get(sample->manifest.root, "collateral_sets"), index, set)
    {
        if (strcmp(text_of(set, "dir"), dir) == 0)
            return set;
    }
    return NULL;
}

static void open_machines(void)
{
    for (size_t i = 0; i < QUOTES; i++) {
        machines[i] = (struct machine){.sample = sample_open(quotes[i].id)};
        machines[i].at_s =
            time_of(text_of(set_of(&machines[i].sample, quotes[i].set), "verify_at"));
        endorse_with_set(&machines[i].endorsements, &machines[i].sample, quotes[i].set);
    }
}

static void close_machines(void)
{
    for (size_t i = 0; i < QUOTES; i++) {
        sample_clear(&machines[i].sample);
        endorsements_clear(&machines[i].endorsements);
    }
}

static bool same_checks(const struct facts *a, const struct facts *b)
{
    bool same = a->check_count == b->check_count && a->valid_until_s == b->valid_until_s;
    for (size_t i = 0; same && i < a->check_count; i++) {
        const struct check *const other = facts_check(b, a->checks[i].name);
        same = other && other->result == a->checks[i].result &&
               strcmp(other->reason, a->checks[i].reason) == 0;
    }
    return same;
}

static bool same_claims(const struct facts *a, const struct facts *b)
{
    bool same = a->claims.count == b->claims.count;
    for (size_t i = 0; same && i < a->claims.count; i++) {
        const struct claim *const claim = &a->claims.entries[i];
        const struct claim *const other = claims_find(&b->claims, claim->name);
        same = other && other->number == claim->number &&
               slice_equal(claim_value(&a->claims, claim), claim_value(&b->claims, other));
    }
    return same;
}

TEST(a_machine_seen_before_gets_the_facts_it_got_the_first_time)
{
    static struct facts cold, warm;
    if (samples_are_absent("machines seen before"))
        return;
    open_machines();
    for (size_t i = 0; i < QUOTES; i++) {
        const slice quote = buffer_view(&machines[i].sample.evidence);
        EXPECT_OK(tdx_verify_at(quote, &machines[i].endorsements, machines[i].at_s, &cold));
        EXPECT_OK(tdx_verify_at(quote, &machines[i].endorsements, machines[i].at_s, &warm));
        EXPECT(facts_authentic(&cold) && same_checks(&cold, &warm) && same_claims(&cold, &warm));
    }
    close_machines();
}

/* E21: What is remembered was good at another time; the dates are looked at each time. */
TEST(E21_a_machine_seen_before_is_refused_when_its_collateral_has_expired)
{
    static struct facts facts;
    if (samples_are_absent("machines seen before"))
        return;
    open_machines();
    struct machine *const machine = &machines[0];
    const slice quote = buffer_view(&machine->sample.evidence);
    EXPECT_OK(tdx_verify_at(quote, &machine->endorsements, machine->at_s, &facts));
    EXPECT(facts_authentic(&facts));
    EXPECT_OK(tdx_verify_at(quote, &machine->endorsements, facts.valid_until_s + 1, &facts));
    EXPECT(!facts_authentic(&facts));
    close_machines();
}

/* E22: Endorsements only grow, and what came later must count: here, all of them come later. */
TEST(E22_what_is_added_later_is_looked_at)
{
    static struct facts facts;
    if (samples_are_absent("collateral that comes later"))
        return;
    SCOPED(sample) sample = sample_open(quotes[0].id);
    SCOPED(endorsements) endorsements = {0};
    const int64_t at_s = time_of(text_of(set_of(&sample, quotes[0].set), "verify_at"));
    EXPECT_OK(tdx_verify_at(buffer_view(&sample.evidence), &endorsements, at_s, &facts));
    EXPECT(strcmp(failure_of(&facts, "revocation"), "TDX_CRL_MISSING") == 0);
    EXPECT(strcmp(failure_of(&facts, "tcb_info"), "TDX_COLLATERAL_MISSING") == 0);
    EXPECT(!facts_authentic(&facts));
    endorse_with_set(&endorsements, &sample, quotes[0].set);
    EXPECT_OK(tdx_verify_at(buffer_view(&sample.evidence), &endorsements, at_s, &facts));
    EXPECT(facts_authentic(&facts));
}

/* Verifies each quote in turn, sometimes with a bit of its signature flipped. */
static void *verify_again_and_again(void *counter)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    size_t *const right = counter;
    for (size_t i = 0; i < ROUNDS; i++) {
        const struct machine *const machine = &machines[i % QUOTES];
        const bool flip = i % 5 == 4;
        SCOPED(buffer) quote = {0};
        const status copied = buffer_append(&quote, buffer_view(&machine->sample.evidence));
        if (copied.fault)
            break;
        quote.data[100] ^= flip; /* in the report */
        *facts = (struct facts){0};
        const struct verification request = {.evidence = buffer_view(&quote),
                                             .endorsements = &machine->endorsements,
                                             .now_s = machine->at_s};
        if (!tdx_platform.verify(&request, facts).fault && facts_authentic(facts) == !flip)
            (*right)++;
    }
    free(facts);
    return NULL;
}

TEST(threads_may_verify_under_the_same_endorsements)
{
    pthread_t threads[THREADS];
    size_t right[THREADS] = {0};
    if (samples_are_absent("verification in several threads"))
        return;
    open_machines();
    for (size_t i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, verify_again_and_again, &right[i]) == 0);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        EXPECT(right[i] == ROUNDS);
    }
    close_machines();
}
