/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_watching.h"

#include <string.h>

/* ---- negotiation ---- */

static status add_a(const struct turn *turn)
{
    TRY(spdm_transcript_add_a(&turn->watch->transcript, turn->request->message));
    return spdm_transcript_add_a(&turn->watch->transcript, turn->response->message);
}

static status see_get_version(const struct turn *turn)
{
    struct pending request = turn->watch->outside.request;
    turn->watch->outside.request = (struct pending){0};
    watch_forget(turn->watch);
    turn->watch->outside.request = request;
    return OK;
}

static status see_get_capabilities(const struct turn *turn)
{
    turn->watch->shape.version = turn->request->header.version;
    return OK;
}

static status see_capabilities(const struct turn *turn)
{
    const struct spdm_said *const said[2] = {
        [SPDM_REQUESTER] = turn->request, [SPDM_RESPONDER] = turn->response};
    for (enum spdm_side side = SPDM_REQUESTER; side <= SPDM_RESPONDER; side++) {
        const struct spdm_capabilities *const caps = &said[side]->fields.capabilities;
        turn->watch->flags[side] = caps->flags & spdm_capabilities_known(caps->version, side);
    }
    return add_a(turn);
}

static status see_algorithms(const struct turn *turn)
{
    struct spdm_watch *const watch = turn->watch;
    const struct spdm_algorithm_set *const offer = &turn->request->fields.offer;
    TRY(add_a(turn));
    TRY(spdm_suite_take(watch->shape.version, offer, &turn->response->fields.algorithms,
                        &watch->suite));
    spdm_suite_shape(&watch->suite, &watch->shape);
    watch->shape.responder_is_multi_key = offer->other_params & SPDM_MULTI_KEY_CONNECTION;
    watch->shape.requester_is_multi_key = watch->suite.is_multi_key_requester;
    watch->shape.handshake_in_the_clear = watch_both_have(watch, SPDM_HANDSHAKE_IN_THE_CLEAR_CAP);
    watch->shape.psk_has_context =
        (watch->flags[SPDM_RESPONDER] & SPDM_PSK_CAP) == SPDM_PSK_WITH_CONTEXT;
    watch->schedule =
        (struct spdm_key_schedule){watch->shape.version, watch->suite.hash, watch->suite.aead};
    watch_tell_recorded(watch, "transcript A", watch->given.keys, "message_a",
                        (slice){watch->transcript.a_bytes, watch->transcript.a_size});
    TRY(spdm_transcript_begin(&watch->transcript, watch->shape.version, watch->suite.hash));
    watch->is_negotiated = true;
    return OK;
}

/* ---- certificates ---- */

/* B of the one that asks. */
static status add_b(const struct turn *turn)
{
    struct spdm_transcript *const transcript = &turn->watch->transcript;
    if (turn->session)
        return OK;
    return turn->is_encapsulated
               ? spdm_transcript_add_mutual_b(transcript, turn->request->message,
                                              turn->response->message)
               : spdm_transcript_add_b(transcript, turn->request->message, turn->response->message);
}

/* D, and encapD while the handshake lasts. */
static status add_d(const struct turn *turn)
{
    struct spdm_watch *const watch = turn->watch;
    if (!turn->is_encapsulated)
        return watch->shape.responder_is_multi_key && !turn->session
                   ? spdm_transcript_add_d(&watch->transcript, turn->response->message)
                   : OK;
    struct watched_session *const session = watch->handshaking;
    if (!watch->shape.requester_is_multi_key || !session)
        return OK;
    buffer_clear(&session->digests);
    return buffer_append(&session->digests, turn->response->message);
}

static void check_chain_digest(struct spdm_watch *watch, const struct spdm_known_slot *slot)
{
    if (slot->is_whole && slot->told.size)
        watch_tell_equal(watch, "digest of the chain", watch_digest_view(&slot->told),
                         watch_digest_view(&slot->digest));
}

static status see_digests(const struct turn *turn)
{
    struct spdm_watch *const watch = turn->watch;
    const struct spdm_digests *const digests = &turn->response->fields.digests;
    for (uint8_t i = 0; i < SPDM_SLOTS; i++) {
        struct spdm_known_slot *const slot = &watch->peers[watch_answering(turn)].slots[i];
        const slice digest = digests->slots[i].digest;
        slot->told = (struct digest){.size = digest.size};
        if (digest.size)
            memcpy(slot->told.data, digest.data, digest.size);
        slot->model = digests->slots[i].certificate_model;
        if (digest.size)
            check_chain_digest(watch, slot);
    }
    TRY(add_d(turn));
    return add_b(turn);
}

static void check_chain(struct spdm_watch *watch, enum spdm_side side, struct spdm_known_slot *slot)
{
    const struct spdm_chain_rules rules = watch_chain_rules(watch, side, slot);
    const status finished = spdm_known_slot_finish(slot, &rules);
    check_chain_digest(watch, slot);
    if (!asym_is_available(rules.asym)) {
        watch_tell(watch, "certificate chain", SPDM_CHECK_OPEN, watch_not_available);
        return;
    }
    watch_tell_status(watch, "certificate chain", finished);
    if (!finished.fault && rules.root_count)
        watch_tell(watch, "root certificate",
                   slot->chain.is_anchored ? SPDM_CHECK_VERIFIED : SPDM_CHECK_FAILED,
                   "it is none of those given");
}

static status gather_certificate(const struct turn *turn, struct spdm_known_slot *slot)
{
    const struct spdm_get_certificate *const request = &turn->request->fields.get_certificate;
    const struct spdm_certificate *const certificate = &turn->response->fields.certificate;
    if (request->offset == 0)
        buffer_clear(&slot->gathered);
    if (request->offset != slot->gathered.size)
        return FAIL(UNEXPECTED, "portion of a chain is not the one that follows");
    TRY(buffer_append(&slot->gathered, certificate->portion));
    if (certificate->remainder_size == 0)
        check_chain(turn->watch, watch_answering(turn), slot);
    return OK;
}

static status see_certificate(const struct turn *turn)
{
    struct spdm_known_slot *const slot = spdm_known_peer_slot(
        &turn->watch->peers[watch_answering(turn)], turn->response->fields.certificate.slot);
    if (slot && !turn->request->fields.get_certificate.asks_slot_size)
        TRY(gather_certificate(turn, slot));
    return add_b(turn);
}

/* What was in the slot is not what its digest will be of. */
static status see_set_certificate(const struct turn *turn)
{
    struct spdm_known_slot *const slot =
        spdm_known_peer_slot(&turn->watch->peers[SPDM_RESPONDER], turn->response->fields.number);
    if (slot)
        spdm_known_slot_clear(slot);
    return OK;
}

/* ---- challenge, measurements, endpoint information ---- */

static void check_chain_hash(struct spdm_watch *watch, enum spdm_side side, uint8_t number,
                             slice chain_hash)
{
    struct spdm_known_slot *const slot = watch_slot(watch, side, number);
    if (slot && !slot->digest.size) {
        const struct spdm_chain_rules rules = watch_chain_rules(watch, side, slot);
        spdm_known_slot_find(slot, watch->given.files, &rules, chain_hash);
    }
    if (watch_slot_digest(slot).size)
        watch_tell_equal(watch, "hash of the chain", watch_slot_digest(slot), chain_hash);
    else
        watch_tell(watch, "hash of the chain", SPDM_CHECK_OPEN, watch_key_unknown);
}

static status see_challenge_auth(const struct turn *turn)
{
    struct spdm_watch *const watch = turn->watch;
    const struct spdm_challenge_auth *const auth = &turn->response->fields.challenge_auth;
    const slice unsigned_part = watch_before(turn->response, auth->signature);
    const uint8_t slot = turn->request->fields.challenge.slot;
    struct digest m1;
    check_chain_hash(watch, watch_answering(turn), slot, auth->chain_hash);
    if (turn->is_encapsulated) {
        TRY(spdm_transcript_mutual_m1(&watch->transcript, turn->request->message, unsigned_part,
                                      &m1));
        watch_check_signature(watch, SPDM_REQUESTER, slot, SPDM_SIGNATURE_REQUESTER_CHALLENGE_AUTH,
                              &m1, auth->signature);
        spdm_transcript_mutual_challenged(&watch->transcript);
        return OK;
    }
    TRY(spdm_transcript_m1(&watch->transcript, turn->request->message, unsigned_part, &m1));
    watch_check_signature(watch, SPDM_RESPONDER, slot, SPDM_SIGNATURE_CHALLENGE_AUTH, &m1,
                          auth->signature);
    spdm_transcript_challenged(&watch->transcript);
    return OK;
}

struct running_hash *watch_m(struct spdm_watch *watch, struct watched_session *session)
{
    return session ? &session->session.m : &watch->transcript.m;
}

static status see_measurements(const struct turn *turn)
{
    struct spdm_watch *const watch = turn->watch;
    const struct spdm_measurements *const measurements = &turn->response->fields.measurements;
    struct running_hash *const m = watch_m(watch, turn->session);
    struct digest l1;
    if (!measurements->is_signed)
        return spdm_transcript_add_m(&watch->transcript, m, turn->request->message,
                                     turn->response->message);
    TRY(spdm_transcript_l1(&watch->transcript, m, turn->request->message,
                           watch_before(turn->response, measurements->signature), &l1));
    /* 1.0 has no slot in the request: it is slot 0. */
    watch_check_signature(watch, SPDM_RESPONDER, turn->request->fields.get_measurements.slot,
                          SPDM_SIGNATURE_MEASUREMENTS, &l1, measurements->signature);
    spdm_transcript_forget_m(m);
    return OK;
}

static status see_endpoint_info(const struct turn *turn)
{
    struct spdm_watch *const watch = turn->watch;
    const struct spdm_endpoint_info *const info = &turn->response->fields.endpoint_info;
    struct digest il1;
    if (!info->is_signed)
        return OK;
    TRY(spdm_transcript_il1(&watch->transcript, turn->request->message,
                            watch_before(turn->response, info->signature), &il1));
    watch_check_signature(watch, watch_answering(turn),
                          turn->request->fields.get_endpoint_info.slot,
                          turn->is_encapsulated ? SPDM_SIGNATURE_REQUESTER_ENDPOINT_INFO
                                                : SPDM_SIGNATURE_ENDPOINT_INFO,
                          &il1, info->signature);
    return OK;
}

/* ---- the steps ---- */

/* Where a request may be: outside sessions, inside of them, and from the responder. */
enum { OUTSIDE = 1, INSIDE = 2, ENCAPSULATED = 4, ANYWHERE = OUTSIDE | INSIDE | ENCAPSULATED };

struct step {
    uint8_t request;
    uint8_t places;
    bool needs_algorithms;
    status (*see_request)(const struct turn *turn);
    status (*see_response)(const struct turn *turn);
};

/* A request that is not here changes nothing that an onlooker keeps. */
static const struct step steps[] = {
    {SPDM_GET_VERSION, OUTSIDE, false, see_get_version, add_a},
    {SPDM_GET_CAPABILITIES, OUTSIDE, false, see_get_capabilities, see_capabilities},
    {SPDM_NEGOTIATE_ALGORITHMS, OUTSIDE, false, NULL, see_algorithms},
    {SPDM_GET_DIGESTS, ANYWHERE, true, NULL, see_digests},
    {SPDM_GET_CERTIFICATE, ANYWHERE, true, NULL, see_certificate},
    {SPDM_SET_CERTIFICATE, OUTSIDE | INSIDE, true, NULL, see_set_certificate},
    {SPDM_CHALLENGE, OUTSIDE | ENCAPSULATED, true, NULL, see_challenge_auth},
    {SPDM_GET_MEASUREMENTS, OUTSIDE | INSIDE, true, NULL, see_measurements},
    {SPDM_GET_ENDPOINT_INFO, ANYWHERE, true, NULL, see_endpoint_info},
    {SPDM_KEY_EXCHANGE, OUTSIDE, true, NULL, watch_key_exchange},
    {SPDM_FINISH, OUTSIDE | INSIDE, true, watch_finish, watch_finish_rsp},
    {SPDM_PSK_EXCHANGE, OUTSIDE, true, NULL, watch_psk_exchange},
    {SPDM_PSK_FINISH, INSIDE, true, watch_psk_finish, watch_psk_finish_rsp},
    {SPDM_KEY_UPDATE, INSIDE | ENCAPSULATED, true, watch_key_update, NULL},
    {SPDM_END_SESSION, INSIDE, true, NULL, watch_end_session},
};

static const struct step *step_of(uint8_t request)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i].request == request)
            return &steps[i];
    return NULL;
}

static status see(const struct turn *turn, const struct step *step)
{
    const int place = turn->is_encapsulated ? ENCAPSULATED : turn->session ? INSIDE : OUTSIDE;
    status (*const look)(const struct turn *) =
        turn->response ? step->see_response : step->see_request;
    if (!(step->places & place))
        return FAIL(UNEXPECTED, "it does not belong here");
    if (step->needs_algorithms && !turn->watch->is_negotiated)
        return FAIL(UNEXPECTED, "no algorithms were negotiated before it");
    return look ? look(turn) : OK;
}

void watch_step(const struct turn *turn)
{
    const struct step *const step = step_of(turn->request->header.code);
    const status seen = step ? see(turn, step) : OK;
    if (seen.fault)
        watch_tell_status(turn->watch, watch_place_name, seen);
}
