/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_watching.h"

#include "codec/json.h"
#include "codec/text.h"

#include <string.h>

const char watch_keys_unknown[] = "the secrets of its session are not given";
const char watch_key_unknown[] = "the certificate or key is not known";
const char watch_place_name[] = "place in the conversation";
const char watch_not_available[] = "the algorithm is not available here";

/* ---- telling ---- */

void watch_tell(struct spdm_watch *watch, const char *what, enum spdm_check_result result,
                const char *why)
{
    const struct spdm_check check = {what, result, why};
    watch->told.check(watch->told.self, &check);
}

void watch_tell_status(struct spdm_watch *watch, const char *what, status checked)
{
    const struct fault *const fault = checked.fault;
    watch_tell(watch, what, fault ? SPDM_CHECK_FAILED : SPDM_CHECK_VERIFIED,
               fault ? fault->what : NULL);
}

void watch_tell_equal(struct spdm_watch *watch, const char *what, slice a, slice b)
{
    const bool is_equal = slice_equal(a, b);
    watch_tell(watch, what, is_equal ? SPDM_CHECK_VERIFIED : SPDM_CHECK_FAILED,
               is_equal ? NULL : "it is another");
}

slice watch_digest_view(const struct digest *digest)
{
    return (slice){digest->data, digest->size};
}

void watch_tell_recorded(struct spdm_watch *watch, const char *what, const json_t *keys,
                         const char *key, slice computed)
{
    SCOPED(buffer) recorded = {0};
    slice text;
    if (!keys || !json_object_get(keys, key))
        return;
    const bool is_read = !json_text(keys, key, &text).fault && !hex_read(text, &recorded).fault;
    watch_tell_equal(watch, what, is_read ? buffer_view(&recorded) : (slice){0}, computed);
}

/* ---- sessions ---- */

void watch_pending_clear(struct pending *pending)
{
    buffer_clear(&pending->bytes);
    *pending = (struct pending){0};
}

static void context_clear(struct context *context)
{
    watch_pending_clear(&context->request);
    watch_pending_clear(&context->encapsulated);
    for (size_t i = 0; i < 2; i++)
        buffer_clear(&context->chunks[i].bytes);
    *context = (struct context){0};
}

void watch_session_clear(struct spdm_watch *watch, struct watched_session *session)
{
    if (watch->handshaking == session)
        watch->handshaking = NULL;
    spdm_session_clear(&session->session);
    context_clear(&session->context);
    buffer_clear(&session->digests);
    *session = (struct watched_session){0};
}

struct watched_session *watch_session(struct spdm_watch *watch, uint32_t id)
{
    for (size_t i = 0; i < WATCH_SESSIONS_MAX; i++)
        if (watch->sessions[i].session.phase != SPDM_SESSION_NONE &&
            watch->sessions[i].session.form.session_id == id)
            return &watch->sessions[i];
    return NULL;
}

/* The next of the sessions in the file of secrets that has this id; NULL when there is none. */
static const json_t *take_keys(struct spdm_watch *watch, uint32_t id)
{
    const json_t *const sessions = json_object_get(watch->given.keys, "sessions");
    for (size_t i = watch->keys_taken; i < json_array_size(sessions); i++) {
        const json_t *const keys = json_array_get(sessions, i);
        uint8_t bytes[4];
        slice text;
        if (json_text(keys, "session_id", &text).fault ||
            hex_read_exactly(text, bytes, sizeof bytes).fault)
            continue;
        struct reader reader = reader_of(SLICE(bytes));
        if (read_be32(&reader) != id)
            continue;
        watch->keys_taken = i + 1;
        return keys;
    }
    return NULL;
}

bool watch_both_have(const struct spdm_watch *watch, uint32_t flag)
{
    return (watch->flags[SPDM_REQUESTER] & watch->flags[SPDM_RESPONDER] & flag) == flag;
}

status watch_open_session(struct spdm_watch *watch, uint32_t id, enum spdm_session_kind kind,
                          struct watched_session **out)
{
    struct watched_session *session = watch_session(watch, id);
    for (size_t i = 0; i < WATCH_SESSIONS_MAX && !session; i++)
        if (watch->sessions[i].session.phase == SPDM_SESSION_NONE)
            session = &watch->sessions[i];
    if (!session)
        return FAIL(EXHAUSTED, "more sessions at once than we follow");
    watch_session_clear(watch, session);
    session->session.phase = SPDM_SESSION_EXCHANGE;
    session->session.kind = kind;
    session->session.form.session_id = id;
    session->session.form.sequence_size = (uint8_t)watch->given.transport->sequence_size;
    session->session.form.is_encrypted = watch_both_have(watch, SPDM_ENCRYPT_CAP);
    session->keys = take_keys(watch, id);
    watch->handshaking = session;
    *out = session;
    return OK;
}

void watch_forget(struct spdm_watch *watch)
{
    for (size_t i = 0; i < WATCH_SESSIONS_MAX; i++)
        watch_session_clear(watch, &watch->sessions[i]);
    for (size_t i = 0; i < 2; i++)
        spdm_known_peer_clear(&watch->peers[i]);
    context_clear(&watch->outside);
    spdm_transcript_clear(&watch->transcript);
    watch->is_negotiated = false;
    watch->shape = (struct spdm_shape){0};
}

/* ---- keys of the two ends ---- */

enum spdm_side watch_answering(const struct turn *turn)
{
    return turn->is_encapsulated ? SPDM_REQUESTER : SPDM_RESPONDER;
}

static enum asym asym_of(const struct spdm_watch *watch, enum spdm_side side)
{
    return side == SPDM_RESPONDER ? watch->suite.asym : watch->suite.requester_asym;
}

struct spdm_chain_rules watch_chain_rules(const struct spdm_watch *watch, enum spdm_side side,
                                          const struct spdm_known_slot *slot)
{
    const bool is_alias = watch->flags[side] & SPDM_ALIAS_CERT_CAP;
    return (struct spdm_chain_rules){
        .version = watch->shape.version,
        .hash = watch->suite.hash,
        .asym = asym_of(watch, side),
        .is_requester = side == SPDM_REQUESTER,
        .model = slot->model ? (enum spdm_certificate_model)slot->model
                 : is_alias  ? SPDM_ALIAS_CERT
                             : SPDM_DEVICE_CERT,
        .roots = watch->given.files->roots,
        .root_count = watch->given.files->root_count,
    };
}

struct spdm_known_slot *watch_slot(struct spdm_watch *watch, enum spdm_side side, uint8_t number)
{
    struct spdm_known_slot *const slot = spdm_known_peer_slot(&watch->peers[side], number);
    const slice raw_key = watch->given.raw_keys[side];
    if (slot && !slot->digest.size && number == SPDM_SLOT_RAW_KEY && raw_key.size) {
        const struct spdm_chain_rules rules = watch_chain_rules(watch, side, slot);
        (void)spdm_known_slot_read(slot, &rules, raw_key);
    }
    if (slot && !slot->digest.size && slot->told.size) {
        const struct spdm_chain_rules rules = watch_chain_rules(watch, side, slot);
        spdm_known_slot_find(slot, watch->given.files, &rules, watch_digest_view(&slot->told));
    }
    return slot;
}

slice watch_slot_digest(const struct spdm_known_slot *slot)
{
    return slot ? watch_digest_view(slot->digest.size ? &slot->digest : &slot->told) : (slice){0};
}

/* Nobody told which key it is: it may be one of those given. */
static bool verifies_with_a_file(const struct spdm_watch *watch, enum spdm_side side,
                                 const struct spdm_signing *signing,
                                 const struct digest *transcript, slice signature)
{
    SCOPED(spdm_known_slot) one = {0};
    const struct spdm_chain_rules rules = watch_chain_rules(watch, side, &one);
    const struct spdm_known_files *const files = watch->given.files;
    bool is_verified = false;
    for (size_t i = 0; i < files->count && !is_verified; i++)
        is_verified = spdm_known_slot_read(&one, &rules, buffer_view(&files->files[i])) &&
                      !spdm_verify(signing, spdm_known_slot_key(&one), transcript, signature).fault;
    return is_verified;
}

void watch_check_signature(struct spdm_watch *watch, enum spdm_side side, uint8_t slot_number,
                           enum spdm_signature kind, const struct digest *transcript,
                           slice signature)
{
    const struct spdm_known_slot *const slot = watch_slot(watch, side, slot_number);
    const struct public_key *const key = slot ? spdm_known_slot_key(slot) : NULL;
    const struct spdm_signing signing = {watch->shape.version, kind, asym_of(watch, side),
                                         watch->suite.hash};
    if (!asym_is_available(signing.asym))
        watch_tell(watch, "signature", SPDM_CHECK_OPEN, watch_not_available);
    else if (key)
        watch_tell_status(watch, "signature", spdm_verify(&signing, key, transcript, signature));
    else if (verifies_with_a_file(watch, side, &signing, transcript, signature))
        watch_tell(watch, "signature", SPDM_CHECK_VERIFIED, NULL);
    else if (watch->given.files->count)
        watch_tell(watch, "signature", SPDM_CHECK_FAILED, "it is of none of the keys given");
    else
        watch_tell(watch, "signature", SPDM_CHECK_OPEN, watch_key_unknown);
}

slice watch_before(const struct spdm_said *said, slice field)
{
    return (slice){said->message.data, (size_t)(field.data - said->message.data)};
}
