/* SPDX-License-Identifier: Apache-2.0 */

/* Chains: what is missing, doubled or in another order; AMD's own revocation; many threads. */

#include "evidence/snp/chain.h"
#include "evidence/snp/verify.h"
#include "snp_samples.h"

#include <pthread.h>

static void endorse_file(struct endorsements *endorsements, const char *folder, const char *name)
{
    SCOPED(buffer) bytes = file_read(folder, name);
    EXPECT_OK(endorsements_add(endorsements, buffer_view(&bytes)));
}

static void endorse_list(struct endorsements *endorsements, const char *folder,
                         const char *const names[4])
{
    for (size_t i = 0; i < 4 && names[i]; i++)
        endorse_file(endorsements, folder, names[i]);
}

TEST(of_leaves_that_fit_equally_the_one_that_came_last_is_tried_first)
{
    static const uint8_t hidden_chip[SNP_CHIP_ID_SIZE];
    static const struct certificate no_certificate;
    const struct snp_report report = {.chip_id = SLICE(hidden_chip)};
    struct snp_chain leaves[3] = {{.leaf = &no_certificate, .kind = SNP_KEY_VCEK},
                                  {.leaf = &no_certificate, .kind = SNP_KEY_VCEK},
                                  {.leaf = &no_certificate, .kind = SNP_KEY_VLEK}};
    const struct snp_chains chains = {.chains = {&leaves[0], &leaves[1], &leaves[2]}, .count = 3};
    EXPECT(snp_chain_for(&chains, &report, 0) == &leaves[1]);
}

/* E19, E22 */
TEST(E19_chains_are_found_in_any_order_and_missed_when_a_link_is)
{
    static const struct {
        const char *names[4];
        const char *reason; /* of the chain; empty: authentic */
    } cases[] = {
        {{"vcek.der", "ask.der", "ark.der"}, ""},
        {{"ark.der", "ask.der", "vcek.der"}, ""},
        {{"ark.der", "vcek.der", "ask.der", "vcek.der"}, ""},
        {{"vcek.der", "ark.der"}, "SNP_CHAIN_INCOMPLETE"},
        {{"vcek.der", "ask.der"}, "SNP_CHAIN_INCOMPLETE"},
        {{"vcek.der"}, "SNP_CHAIN_INCOMPLETE"},
        {{"ask.der", "ark.der"}, "SNP_CERTIFICATE_MISSING"},
        {{NULL}, "SNP_CERTIFICATE_MISSING"},
    };
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(sample) sample = sample_open("snp/milan-v3-vcek-aci");
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SCOPED(endorsements) endorsements = {0};
        endorse_list(&endorsements, sample.folder, cases[i].names);
        EXPECT_OK(
            snp_verify_at(buffer_view(&sample.evidence), &endorsements, snp_time(&sample), facts));
        EXPECT(strcmp(failure_of(facts, "chain"), cases[i].reason) == 0);
        EXPECT(facts_authentic(facts) == !*cases[i].reason);
    }
    EXPECT_OK(snp_verify_at(buffer_view(&sample.evidence), NULL, snp_time(&sample), facts));
    EXPECT(!facts_authentic(facts));
    free(facts);
}

TEST(what_is_added_later_is_found_though_the_chain_was_remembered_without_it)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(sample) sample = sample_open("snp/milan-v3-vcek-aci");
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    const slice evidence = buffer_view(&sample.evidence);
    endorse_file(&endorsements, sample.folder, "vcek.der");
    endorse_file(&endorsements, sample.folder, "ask.der");
    EXPECT_OK(snp_verify_at(evidence, &endorsements, snp_time(&sample), facts));
    EXPECT(!facts_authentic(facts));
    trust_file(&endorsements, sample.folder, "ark.der"); /* an anchor is a root like any other */
    EXPECT_OK(snp_verify_at(evidence, &endorsements, snp_time(&sample), facts));
    EXPECT(facts_authentic(facts));
    free(facts);
}

/* E18: the synthetic root bears the real one's name, and does not come between. */
TEST(E18_a_root_of_the_same_name_does_not_stand_in_the_way)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(sample) real = sample_open("snp/milan-v3-vcek-aci");
    SCOPED(sample) made = sample_open("synthetic-snp/milan-vcek-r5");
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    snp_endorse(&endorsements, &made, NULL);
    snp_endorse(&endorsements, &real, NULL);
    EXPECT_OK(snp_verify_at(buffer_view(&real.evidence), &endorsements, snp_time(&real), facts));
    EXPECT(facts_authentic(facts));
    EXPECT_OK(snp_verify_at(buffer_view(&made.evidence), &endorsements, snp_time(&made), facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "SNP_ROOT_UNTRUSTED") == 0);
    trust_file(&endorsements, made.folder, "ark.der");
    EXPECT_OK(snp_verify_at(buffer_view(&made.evidence), &endorsements, snp_time(&made), facts));
    EXPECT(facts_authentic(facts));
    free(facts);
}

/* E22: no report of a chip under the first intermediate is public, so its certificate is asked. */
TEST(E22_amds_list_revokes_the_first_genoa_intermediate_and_not_the_second)
{
    static const char *const names[] = {"ask_revoked.der", "ask_current.der"};
    char folder[PATH_SIZE];
    if (!samples_root())
        SKIP(1, "no shared samples");
    path_join(samples_root(), "snp/negative-genoa-revoked-ask", folder);
    SCOPED(endorsements) endorsements = {0};
    SCOPED(json) manifest = json_of_file(folder, "manifest.json");
    const json_t *const times = json_object_get(manifest.root, "verification_time");
    endorse_file(&endorsements, folder, "ark.der");
    endorse_file(&endorsements, folder, "crl_milan.der");
    endorse_file(&endorsements, folder, "crl_genoa.der");
    const struct certificate *const root = &endorsements.items[0].certificate;
    for (size_t i = 0; i < 2; i++) {
        SCOPED(buffer) der = file_read(folder, names[i]);
        SCOPED(certificate) intermediate = {0};
        struct crl_set crls;
        EXPECT_OK(certificate_read(buffer_view(&der), &intermediate));
        EXPECT_OK(certificate_issued_by(&intermediate, root, SIGNATURE_RSA_PSS_SHA384, 1));
        crl_set_gather(&endorsements, root, &intermediate, SIGNATURE_RSA_PSS_SHA384, &crls);
        EXPECT(crls.count == 1 && !crls.forged); /* Milan's says nothing of it */
        const struct crl *const crl = crl_set_at(&crls, time_of(text_of(times, "at")));
        EXPECT(crl_lists(crl, &intermediate) == (i == 0));
        EXPECT(crl->next_update_s == time_of(text_of(times, "valid_until")));
    }
}

/* The same list with a real report under the second intermediate. */
TEST(E22_a_real_list_is_asked_by_its_dates)
{
    static const struct {
        const char *at;
        const char *reason;
    } cases[] = {{"2022-10-31T13:34:45Z", "SNP_CRL_NOT_YET_VALID"},
                 {"2022-10-31T13:34:46Z", ""},
                 {"2023-10-31T23:00:00Z", ""},
                 {"2023-10-31T23:00:01Z", "SNP_CRL_EXPIRED"}};
    char folder[PATH_SIZE];
    if (!samples_root())
        SKIP(1, "no shared samples");
    path_join(samples_root(), "snp/negative-genoa-revoked-ask", folder);
    SCOPED(sample) sample = sample_open("snp/genoa-v5-vcek-siena");
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    snp_endorse(&endorsements, &sample, NULL);
    endorse_file(&endorsements, folder, "ask_revoked.der"); /* of another key: it issued nothing */
    endorse_file(&endorsements, folder, "crl_genoa.der");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        EXPECT_OK(snp_verify_at(buffer_view(&sample.evidence), &endorsements, time_of(cases[i].at),
                                facts));
        EXPECT(strcmp(failure_of(facts, "revocation"), cases[i].reason) == 0);
        EXPECT(strcmp(result_name(facts, "chain"), "pass") == 0);
    }
    free(facts);
}

TEST(without_a_list_revocation_is_told_to_be_undecided)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(sample) sample = sample_open("snp/milan-v3-vcek-aci");
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    snp_endorse(&endorsements, &sample, NULL);
    EXPECT_OK(
        snp_verify_at(buffer_view(&sample.evidence), &endorsements, snp_time(&sample), facts));
    EXPECT(strcmp(result_name(facts, "revocation"), "skipped") == 0);
    EXPECT(strcmp(facts_check(facts, "revocation")->reason, "SNP_CRL_MISSING") == 0);
    free(facts);
}

TEST(the_pinned_roots_are_those_whose_certificates_the_samples_carry)
{
    static const char *const ids[] = {"snp/milan-v3-vcek-aci", "snp/genoa-v5-vcek-siena",
                                      "snp/turin-v5-vcek"};
    static const char *const names[] = {"ARK-Milan", "ARK-Genoa", "ARK-Turin"};
    if (!samples_root())
        SKIP(3, "no shared samples");
    for (size_t i = 0; i < 3; i++) {
        SCOPED(sample) sample = sample_open(ids[i]);
        SCOPED(endorsements) endorsements = {0};
        const struct snp_chains *chains;
        snp_endorse(&endorsements, &sample, NULL);
        EXPECT_OK(snp_chains_of(&endorsements, &chains));
        EXPECT(chains->count == 1);
        snp_chain_examine(&endorsements, chains->chains[0]);
        EXPECT(chains->chains[0]->trust == ROOT_PINNED);
        EXPECT(strcmp(chains->chains[0]->root_name, names[i]) == 0);
    }
}

enum { THREADS = 4, ROUNDS = 8 };

struct shared_bench {
    const struct sample *sample;
    const struct endorsements *endorsements;
    size_t accepted;
};

static void *verify_again_and_again(void *argument)
{
    struct shared_bench *const bench = argument;
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < ROUNDS; i++)
        if (!snp_verify_at(buffer_view(&bench->sample->evidence), bench->endorsements,
                           snp_time(bench->sample), facts)
                 .fault &&
            facts_authentic(facts))
            __atomic_add_fetch(&bench->accepted, 1, __ATOMIC_RELAXED);
    free(facts);
    return NULL;
}

TEST(threads_may_verify_under_the_same_endorsements)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(sample) sample = sample_open("snp/genoa-v5-vcek-siena");
    SCOPED(endorsements) endorsements = {0};
    struct shared_bench bench = {&sample, &endorsements, 0};
    pthread_t threads[THREADS];
    snp_endorse(&endorsements, &sample, NULL);
    for (size_t i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, verify_again_and_again, &bench) == 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    EXPECT(bench.accepted == (size_t)THREADS * ROUNDS);
}
