/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A requester and a responder in a simulated TEE, in one process. Between the responder and its
 * evidence stands the test.
 */

#include "tees.h"

#include "crypto/asym.h"
#include "profile/attester.h"
#include "profile/certificate.h"
#include "profile/judge.h"
#include "spdm/message/capabilities.h"

enum { FRAME_SIZE_MAX = 32 << 10, SESSIONS = 2, SLOT = 0, DAY_S = 86400 };

static const uint8_t versions[] = {SPDM_1_0, SPDM_1_1, SPDM_1_2, SPDM_1_3, SPDM_1_4};

#define FOR_EACH_VERSION(version)                                                                  \
    for (const uint8_t *version = versions; version < versions + sizeof versions; version++)

struct scene {
    struct private_key key;
    struct buffer chain_bytes;
    struct spdm_own_chain own_chain;
    struct spdm_identity identity;
    struct spdm_chain chain; /* as the requester knows it */

    struct profile_attester attester;
    const struct sim_snp *snp; /* that it runs in; NULL: the TD */
    status (*answers)(struct scene *, const struct spdm_measuring *, struct writer *, uint8_t *);
    struct buffer kept; /* the record of an earlier answer */

    struct spdm_requester_setup requester_setup;
    struct spdm_responder_setup responder_setup;
    struct spdm_session requester_sessions[SESSIONS], responder_sessions[SESSIONS];
    uint8_t chain_space[FRAME_SIZE_MAX], scratch[FRAME_SIZE_MAX], kept_request[FRAME_SIZE_MAX];
    struct spdm_requester requester;
    struct spdm_responder responder;
    uint8_t request[FRAME_SIZE_MAX], response[FRAME_SIZE_MAX];
    struct writer out;
    struct profile_judgement judgement;
};

/* ---- the responder's evidence ---- */

/* What another thread would do. */
static inline void collect(struct scene *scene)
{
    uint8_t binding[BINDING_SIZE];
    struct buffer evidence = {0}, endorsements = {0};
    if (!profile_attester_next(&scene->attester, binding))
        return;
    if (scene->snp) {
        must(sim_snp_report(scene->snp, SLICE(binding), &evidence));
        must(buffer_append(&endorsements, buffer_view(&scene->snp->certificate_table)));
    } else {
        must(sim_tdx_quote(&the_tees()->td, SLICE(binding), &evidence));
    }
    profile_attester_give(&scene->attester, binding, OK, &evidence, &endorsements);
}

static inline status answer_truly(struct scene *scene, const struct spdm_measuring *what,
                                  struct writer *record, uint8_t *out_count)
{
    const status measured = profile_measure(&scene->attester, what, record, out_count);
    if (!measured.fault || measured.fault->failure != FAILURE_UNAVAILABLE)
        return measured;
    collect(scene);
    return profile_measure(&scene->attester, what, record, out_count);
}

static inline status measure(void *context, const struct spdm_measuring *what,
                             struct writer *record, uint8_t *out_count)
{
    struct scene *const scene = context;
    return scene->answers(scene, what, record, out_count);
}

/* ---- the two ---- */

static inline status no_dice(uint8_t *out, size_t size)
{
    return random_bytes(out, size);
}

static inline struct spdm_settings settings_for(enum spdm_side side, uint8_t version,
                                                enum asym asym)
{
    return (struct spdm_settings){
        .side = side,
        .version_min = version,
        .version_max = version,
        .capabilities = {.flags = SPDM_CERT_CAP | SPDM_ENCRYPT_CAP | SPDM_MAC_CAP |
                                  SPDM_KEY_EX_CAP | SPDM_HBEAT_CAP,
                         .data_transfer_size = FRAME_SIZE_MAX,
                         .message_size_max = FRAME_SIZE_MAX},
        .algorithms =
            {
                .measurement_specifications = SPDM_MEASUREMENTS_DMTF,
                .other_params = SPDM_OPAQUE_FORMAT_1,
                .base_asym = spdm_asym_bit(asym),
                .base_hash = spdm_hash_bit(HASH_SHA384),
                .tables = {[SPDM_TABLE_DHE] = {.is_present = true, .algorithms = 0x10},
                           [SPDM_TABLE_AEAD] = {.is_present = true, .algorithms = 0x02},
                           [SPDM_TABLE_KEY_SCHEDULE] = {.is_present = true,
                                                        .algorithms = SPDM_KEY_SCHEDULE}},
            },
        .measurement_hashes = spdm_measurement_hash_bit(HASH_SHA384),
    };
}

static inline void settle(struct scene *scene, uint8_t version, enum asym asym)
{
    static const struct spdm_secured_offer secured = {2, {0x1100, 0x1200}, SPDM_AEAD_LIMIT_MAX};
    scene->requester_setup = (struct spdm_requester_setup){
        .settings = settings_for(SPDM_REQUESTER, version, asym),
        .transport = &spdm_mctp,
        .secured = secured,
        .random = no_dice,
    };
    scene->responder_setup = (struct spdm_responder_setup){
        .settings = settings_for(SPDM_RESPONDER, version, asym),
        .transport = &spdm_mctp,
        .identity = &scene->identity,
        .duties = {.measure = measure},
        .tcb_kinds = 1 << SPDM_MEASUREMENT_MANIFEST,
        .secured = secured,
        .random = no_dice,
    };
    scene->responder_setup.settings.capabilities.flags |= SPDM_MEAS_SIGNED;
    scene->requester_setup.settings.sequence_size = (uint8_t)spdm_mctp.sequence_size;
    scene->responder_setup.settings.sequence_size = (uint8_t)spdm_mctp.sequence_size;
}

static inline void begin(struct scene *scene)
{
    spdm_requester_begin(&scene->requester, &scene->requester_setup,
                         &(struct spdm_requester_loans){
                             {.sessions = scene->requester_sessions, .session_count = SESSIONS},
                             scene->chain_space,
                             sizeof scene->chain_space,
                         });
    spdm_responder_begin(
        &scene->responder, &scene->responder_setup, scene,
        &(struct spdm_responder_loans){
            {.sessions = scene->responder_sessions,
             .session_count = SESSIONS,
             .incoming = {.space = scene->kept_request, .capacity = sizeof scene->kept_request}},
            scene->scratch,
            sizeof scene->scratch,
        });
    scene->out = writer_over(scene->request, sizeof scene->request);
}

/* What the responder shows: these certificates, around its key. */
static inline void show(struct scene *scene, slice certificates,
                        const struct spdm_chain_rules *rules)
{
    must(spdm_chain_write(rules->hash, certificates, &scene->chain_bytes));
    must(spdm_chain_read(rules, buffer_view(&scene->chain_bytes), &scene->chain));
    scene->own_chain =
        (struct spdm_own_chain){rules->hash, buffer_view(&scene->chain_bytes), scene->chain.digest};
    scene->identity.slots[SLOT] =
        (struct spdm_own_slot){.chains = &scene->own_chain, .chain_count = 1, .key = &scene->key};
}

/* With the fresh form's certificates. */
static inline struct scene *scene_open(uint8_t version)
{
    struct scene *const scene = calloc(1, sizeof *scene);
    SCOPED(buffer) certificates = {0};
    const struct profile_certificate request = {.name = "a test's TEE",
                                                .not_before_s = start.wall_s - DAY_S,
                                                .not_after_s = start.wall_s + DAY_S};
    const struct spdm_chain_rules rules = {.version = version,
                                           .hash = HASH_SHA384,
                                           .asym = ASYM_ECDSA_P384,
                                           .model = SPDM_DEVICE_CERT};
    if (!scene)
        abort();
    must(private_key_generate(CURVE_P384, &scene->key));
    must(profile_certificate_chain(&request, &scene->key, &certificates));
    show(scene, buffer_view(&certificates), &rules);
    scene->attester = (struct profile_attester){
        .mode = PROFILE_FRESH, .platform = platform_named("tdx"), .identity = &scene->identity};
    scene->answers = answer_truly;
    settle(scene, version, ASYM_ECDSA_P384);
    begin(scene);
    return scene;
}

static inline void scene_close(struct scene *scene)
{
    spdm_requester_clear(&scene->requester);
    spdm_responder_clear(&scene->responder);
    profile_attester_clear(&scene->attester);
    private_key_clear(&scene->key);
    spdm_chain_clear(&scene->chain);
    buffer_clear(&scene->chain_bytes);
    buffer_clear(&scene->kept);
    free(scene);
}

/* ---- what they say ---- */

static inline enum spdm_progress speak(struct scene *scene)
{
    enum spdm_progress progress = SPDM_SEND;
    while (progress == SPDM_SEND) {
        struct writer answer = writer_over(scene->response, sizeof scene->response);
        must(spdm_responder_receive(&scene->responder, start, scene->request, scene->out.size,
                                    &answer));
        scene->out.size = 0;
        progress = spdm_requester_receive(&scene->requester, start, scene->response, answer.size,
                                          &scene->out);
    }
    return progress;
}

static inline void get_acquainted(struct scene *scene)
{
    struct spdm_requester *const requester = &scene->requester;
    must(spdm_requester_connect(requester, start, &scene->out));
    EXPECT(speak(scene) == SPDM_DONE);
    must(spdm_requester_digests(requester, start, NULL, &scene->out));
    EXPECT(speak(scene) == SPDM_DONE);
    must(spdm_requester_certificate(requester, start, NULL, SLOT, &scene->out));
    EXPECT(speak(scene) == SPDM_DONE);
    EXPECT_OK(spdm_requester_accept(requester, SLOT, &scene->chain));
}

static inline struct spdm_session *open_session(struct scene *scene)
{
    const struct spdm_opening opening = {.slot = SLOT, .summary = SPDM_SUMMARY_ALL};
    must(spdm_requester_open_session(&scene->requester, start, &opening, &scene->out));
    EXPECT(speak(scene) == SPDM_DONE);
    return scene->requester.opened;
}

static inline enum spdm_progress ask(struct scene *scene, struct spdm_session *session,
                                     uint8_t operation, bool asks_signature)
{
    const struct spdm_measuring_order order = {.session = session,
                                               .operation = operation,
                                               .asks_raw = true,
                                               .asks_signature = asks_signature,
                                               .slot = SLOT};
    must(spdm_requester_measurements(&scene->requester, start, &order, &scene->out));
    return speak(scene);
}

static inline bool has_reason(const struct appraisal *appraisal, const char *reason)
{
    for (size_t i = 0; i < appraisal->reason_count; i++)
        if (strcmp(appraisal->reasons[i], reason) == 0)
            return true;
    for (size_t i = 0; i < appraisal->reason_count; i++)
        printf("  reason: %s\n", appraisal->reasons[i]);
    return false;
}
