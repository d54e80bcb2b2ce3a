/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Our requester and our responder in one process, for tests and fuzzers that need no recording. The
 * parties' keys are the throw-away ones of tests/vectors/sim, or made here; their certificates are
 * issued here. What must not fail ends the program.
 */

#include "crypto/issue.h"
#include "spdm/algorithms.h"
#include "spdm/message/key_exchange.h"
#include "spdm/message/measurement_block.h"
#include "spdm/requester.h"
#include "spdm/responder.h"

#include "vectors/sim/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAIR_FRAME_SIZE_MAX = 16 << 10, /* all frames here: no signature and no chain is longer */
    PAIR_SESSIONS = 2,
    PAIR_SLOT = 0,
    PAIR_HEARTBEAT_S = 5,
    PAIR_TRANSFER_SIZE = PAIR_FRAME_SIZE_MAX - 64,
};

static const struct moment pair_now = {.wall_s = 1768435200, .monotonic_ms = 1};
static const uint8_t pair_measured[32] = {1, 2, 3};

static inline void must(status done)
{
    if (!done.fault)
        return;
    fprintf(stderr, "%s:%d: %s\n", done.fault->file, done.fault->line, done.fault->what);
    abort();
}

/* ---- the parties ---- */

/* A chain of one certificate, which its own subject issued. */
struct pair_party {
    struct private_key key;
    struct buffer bytes;
    struct spdm_own_chain chain;
    struct spdm_identity identity;
    struct spdm_chain read; /* as the other one knows it */
};

static inline void pair_party_clear(struct pair_party *party)
{
    private_key_clear(&party->key);
    buffer_clear(&party->bytes);
    spdm_chain_clear(&party->read);
}

/* Of `key`, which it takes. Its certificate is issued by the P-256 key of the throw-away ones, for
 * not every key that SPDM takes can sign a certificate here. */
static inline void pair_party_make(struct pair_party *party, struct private_key *key,
                                   enum hash hash)
{
    enum { ISSUER = 3 };
    const struct certificate_request root_request = {
        .subject = "CN=Root",
        .serial = 1,
        .not_before_s = pair_now.wall_s,
        .not_after_s = pair_now.wall_s + 86400,
        .is_ca = true,
        .path_length = 0,
    };
    struct certificate_request request = root_request;
    const struct spdm_chain_rules rules = {
        .version = SPDM_1_3, .hash = hash, .model = SPDM_DEVICE_CERT};
    SCOPED(private_key) issuer = {0};
    SCOPED(public_key) issuer_public = {0};
    SCOPED(public_key) public = {0};
    SCOPED(certificate) root = {0};
    SCOPED(certificate) leaf = {0};
    SCOPED(buffer) all = {0};
    SCOPED(buffer) leaf_der = {0};

    *party = (struct pair_party){.key = *key};
    *key = (struct private_key){0};
    request.subject = "CN=Leaf";
    request.is_ca = false;
    request.path_length = -1;
    must(private_key_read_pem(slice_of_text(sim_test_keys[ISSUER]), &issuer));
    must(private_key_public(&issuer, &issuer_public));
    must(private_key_public(&party->key, &public));
    must(certificate_issue(&root_request, &issuer_public, NULL, &issuer, SIGNATURE_ECDSA_SHA256,
                           &root));
    must(certificate_issue(&request, &public, &root, &issuer, SIGNATURE_ECDSA_SHA256, &leaf));
    must(certificate_der(&root, &all));
    must(certificate_der(&leaf, &leaf_der));
    must(buffer_append(&all, buffer_view(&leaf_der)));
    must(spdm_chain_write(hash, buffer_view(&all), &party->bytes));
    must(spdm_chain_read(&rules, buffer_view(&party->bytes), &party->read));
    party->chain = (struct spdm_own_chain){hash, buffer_view(&party->bytes), party->read.digest};
    party->identity.slots[PAIR_SLOT] =
        (struct spdm_own_slot){.chains = &party->chain, .chain_count = 1, .key = &party->key};
}

/* ---- what they agree to ---- */

struct pair_terms {
    uint32_t transfer_size; /* longer messages go in chunks; 0: there are none, and no chunks */
    const struct spdm_transport *transport;
    uint8_t version;
    uint8_t mutual; /* enum spdm_mutual */
    bool is_in_the_clear;
    bool is_mac_only;
    enum hash hash;
    enum asym asym;
    enum asym requester_asym;
    enum group group;
    enum aead aead;
};

/* spec: DSP0274 1.4, "Algorithm structure tables" */
static inline struct spdm_algorithm_set pair_algorithms(const struct pair_terms *terms)
{
    static const uint16_t dhe[] = {
        [GROUP_FFDHE_2048] = 0x01, [GROUP_FFDHE_3072] = 0x02, [GROUP_FFDHE_4096] = 0x04,
        [GROUP_P256] = 0x08,       [GROUP_P384] = 0x10,       [GROUP_P521] = 0x20,
        [GROUP_SM2] = 0x40,        [GROUP_ML_KEM_1024] = 0,
    };
    static const uint16_t kem[] = {
        [GROUP_ML_KEM_512] = 0x01, [GROUP_ML_KEM_768] = 0x02, [GROUP_ML_KEM_1024] = 0x04};
    static const uint16_t aead[] = {[AEAD_AES_128_GCM] = 0x01,
                                    [AEAD_AES_256_GCM] = 0x02,
                                    [AEAD_CHACHA20_POLY1305] = 0x04,
                                    [AEAD_SM4_GCM] = 0x08};
    const uint16_t requester_pqc = (uint16_t)spdm_pqc_asym_bit(terms->requester_asym);
    return (struct spdm_algorithm_set){
        .measurement_specifications = SPDM_MEASUREMENTS_DMTF,
        .other_params = SPDM_OPAQUE_FORMAT_1,
        .base_asym = spdm_asym_bit(terms->asym),
        .base_hash = spdm_hash_bit(terms->hash),
        .pqc_asym = spdm_pqc_asym_bit(terms->asym),
        .tables =
            {
                [SPDM_TABLE_DHE] = {dhe[terms->group] != 0, dhe[terms->group], {0}},
                [SPDM_TABLE_AEAD] = {true, aead[terms->aead], {0}},
                [SPDM_TABLE_REQUESTER_ASYM] = {!requester_pqc,
                                               (uint16_t)spdm_asym_bit(terms->requester_asym),
                                               {0}},
                [SPDM_TABLE_KEY_SCHEDULE] = {true, SPDM_KEY_SCHEDULE, {0}},
                [SPDM_TABLE_REQUESTER_PQC] = {requester_pqc != 0, requester_pqc, {0}},
                [SPDM_TABLE_KEM] = {!dhe[terms->group], kem[terms->group], {0}},
            },
    };
}

static inline struct spdm_settings pair_settings(const struct pair_terms *terms,
                                                 enum spdm_side side)
{
    enum {
        BOTH = SPDM_CERT_CAP | SPDM_MAC_CAP | SPDM_MUT_AUTH_CAP | SPDM_KEY_EX_CAP | SPDM_ENCAP_CAP |
               SPDM_HBEAT_CAP | SPDM_KEY_UPD_CAP,
        RESPONDER = SPDM_CHAL_CAP | SPDM_MEAS_SIGNED,
    };
    return (struct spdm_settings){
        .side = side,
        .version_min = terms->version,
        .version_max = terms->version,
        .capabilities =
            {
                .flags = (uint32_t)(BOTH | (side == SPDM_RESPONDER ? RESPONDER : 0) |
                                    (terms->is_mac_only ? 0 : SPDM_ENCRYPT_CAP) |
                                    (terms->transfer_size ? SPDM_CHUNK_CAP : 0) |
                                    (terms->is_in_the_clear ? SPDM_HANDSHAKE_IN_THE_CLEAR_CAP : 0)),
                .data_transfer_size =
                    terms->transfer_size ? terms->transfer_size : PAIR_TRANSFER_SIZE,
                .message_size_max = PAIR_TRANSFER_SIZE,
            },
        .algorithms = pair_algorithms(terms),
        .measurement_hashes = spdm_measurement_hash_bit(terms->hash),
        .sequence_size = (uint8_t)terms->transport->sequence_size,
    };
}

/* ---- the two ---- */

struct pair {
    const struct pair_party *asking, *answering;
    struct spdm_requester_setup requester_setup;
    struct spdm_responder_setup responder_setup;
    struct spdm_session requester_sessions[PAIR_SESSIONS], responder_sessions[PAIR_SESSIONS];
    uint8_t chain[PAIR_FRAME_SIZE_MAX], scratch[PAIR_FRAME_SIZE_MAX];
    uint8_t large[2][2][PAIR_FRAME_SIZE_MAX]; /* for messages in chunks, of each side either way */
    struct spdm_requester requester;
    struct spdm_responder responder;
    uint8_t request[PAIR_FRAME_SIZE_MAX], response[PAIR_FRAME_SIZE_MAX];
    struct writer out; /* what the requester wants to send, in `request` */
};

/* No dice: the same bytes run the same way. */
static uint8_t pair_count;

static inline status pair_random(uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = pair_count++;
    return OK;
}

static inline status pair_measure(void *context, const struct spdm_measuring *what,
                                  struct writer *record, uint8_t *out_count)
{
    (void)context;
    *out_count = 1;
    if (what->operation == SPDM_MEASUREMENTS_COUNT)
        return OK;
    if (what->operation != SPDM_MEASUREMENTS_ALL && what->operation != 1)
        return FAIL(UNEXPECTED, "no such measurement");
    spdm_measurement_block_write(record, &(struct spdm_measurement_block){
                                             .index = 1,
                                             .specification = SPDM_MEASUREMENT_SPECIFICATION_DMTF,
                                             .kind = SPDM_MEASURED_FIRMWARE,
                                             .value = SLICE(pair_measured),
                                         });
    return OK;
}

/* Only the one that is expected may come in. */
static inline status pair_judge(void *context, slice chain, const struct public_key **out_key)
{
    const struct pair *const pair = context;
    if (!slice_equal(chain, buffer_view(&pair->asking->bytes)))
        return FAIL(DENIED, "not the one that is expected");
    *out_key = &pair->asking->read.key;
    return OK;
}

/* Whether it came in a session, and the question. */
static inline status pair_echo(void *context, const struct spdm_vendor_call *call,
                               struct writer *payload)
{
    (void)context;
    write_u8(payload, call->session ? 1 : 0);
    write_bytes(payload, call->payload);
    return OK;
}

static inline struct spdm_loans pair_loans(const struct pair_terms *terms,
                                           struct spdm_session sessions[PAIR_SESSIONS],
                                           uint8_t large[2][PAIR_FRAME_SIZE_MAX])
{
    struct spdm_loans loans = {.sessions = sessions, .session_count = PAIR_SESSIONS};
    if (!terms->transfer_size)
        return loans;
    loans.incoming = (struct spdm_transfer){.space = large[0], .capacity = PAIR_FRAME_SIZE_MAX};
    loans.outgoing = (struct spdm_transfer){.space = large[1], .capacity = PAIR_FRAME_SIZE_MAX};
    return loans;
}

static inline void pair_begin(struct pair *pair, const struct pair_terms *terms,
                              const struct pair_party *asking, const struct pair_party *answering)
{
    static const struct spdm_secured_offer secured = {2, {0x1100, 0x1200}, SPDM_AEAD_LIMIT_MAX};
    pair_count = 0;
    pair->asking = asking;
    pair->answering = answering;
    pair->requester_setup = (struct spdm_requester_setup){
        .settings = pair_settings(terms, SPDM_REQUESTER),
        .transport = terms->transport,
        .identity = &asking->identity,
        .secured = secured,
        .random = pair_random,
    };
    pair->responder_setup = (struct spdm_responder_setup){
        .settings = pair_settings(terms, SPDM_RESPONDER),
        .transport = terms->transport,
        .identity = &answering->identity,
        .duties = {.measure = pair_measure, .judge = pair_judge, .vendor_defined = pair_echo},
        .tcb_kinds = 1 << SPDM_MEASURED_FIRMWARE,
        .mutual = terms->mutual,
        .heartbeat_s = PAIR_HEARTBEAT_S,
        .secured = secured,
        .random = pair_random,
    };
    spdm_requester_begin(
        &pair->requester, &pair->requester_setup,
        &(struct spdm_requester_loans){
            .connection = pair_loans(terms, pair->requester_sessions, pair->large[0]),
            .chain = pair->chain,
            .chain_capacity = sizeof pair->chain,
        });
    spdm_responder_begin(
        &pair->responder, &pair->responder_setup, pair,
        &(struct spdm_responder_loans){
            .connection = pair_loans(terms, pair->responder_sessions, pair->large[1]),
            .scratch = pair->scratch,
            .scratch_size = sizeof pair->scratch,
        });
    pair->out = writer_over(pair->request, sizeof pair->request);
}

static inline void pair_end(struct pair *pair)
{
    spdm_requester_clear(&pair->requester);
    spdm_responder_clear(&pair->responder);
}

/* To the end of what was asked. */
static inline enum spdm_progress pair_speak(struct pair *pair)
{
    enum spdm_progress progress = SPDM_SEND;
    while (progress == SPDM_SEND) {
        struct writer answer = writer_over(pair->response, sizeof pair->response);
        must(spdm_responder_receive(&pair->responder, pair_now, pair->request, pair->out.size,
                                    &answer));
        pair->out.size = 0;
        progress = spdm_requester_receive(&pair->requester, pair_now, pair->response, answer.size,
                                          &pair->out);
    }
    return progress;
}
