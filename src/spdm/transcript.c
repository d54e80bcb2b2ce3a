/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/transcript.h"

#include <string.h>

void spdm_transcript_clear(struct spdm_transcript *transcript)
{
    running_hash_clear(&transcript->a);
    running_hash_clear(&transcript->start);
    running_hash_clear(&transcript->m1);
    running_hash_clear(&transcript->mutual);
    running_hash_clear(&transcript->m);
    running_hash_clear(&transcript->draft);
    *transcript = (struct spdm_transcript){0};
}

/* ---- A ---- */

status spdm_transcript_add_a(struct spdm_transcript *transcript, slice message)
{
    if (message.size > sizeof transcript->a_bytes - transcript->a_size)
        return FAIL(EXHAUSTED, "more is negotiated than we keep");
    memcpy(transcript->a_bytes + transcript->a_size, message.data, message.size);
    transcript->a_size += message.size;
    return OK;
}

status spdm_transcript_begin(struct spdm_transcript *transcript, uint8_t version, enum hash hash)
{
    TRY(running_hash_begin(&transcript->a, hash));
    TRY(running_hash_add(&transcript->a, (slice){transcript->a_bytes, transcript->a_size}));
    TRY(running_hash_copy(&transcript->a, &transcript->start));
    transcript->version = version;
    transcript->hash = hash;
    return OK;
}

/* ---- parts that begin again and again ---- */

/* Its contexts stay for the next time. */
static void forget(struct running_hash *part)
{
    part->hash = HASH_NONE;
}

/* What M and the encapsulated messages follow: A from 1.2 on, and nothing before. */
static status begin_later(const struct spdm_transcript *transcript, struct running_hash *part)
{
    return transcript->version >= SPDM_1_2 ? running_hash_copy(&transcript->a, part)
                                           : running_hash_begin(part, transcript->hash);
}

static status add_exchange(struct running_hash *part, slice request, slice response)
{
    TRY(running_hash_add(part, request));
    return running_hash_add(part, response);
}

/* The digest of `part` with one more exchange, which stays as it is. */
static status look_ahead(struct spdm_transcript *transcript, const struct running_hash *part,
                         slice request, slice response, struct digest *out)
{
    TRY(running_hash_copy(part, &transcript->draft));
    TRY(add_exchange(&transcript->draft, request, response));
    return running_hash_peek(&transcript->draft, out);
}

/* ---- B and C ---- */

static bool is_get_digests(slice request)
{
    return request.size > 1 && request.data[1] == SPDM_GET_DIGESTS;
}

status spdm_transcript_add_b(struct spdm_transcript *transcript, slice request, slice response)
{
    if (is_get_digests(request) || transcript->m1.hash == HASH_NONE)
        TRY(running_hash_copy(&transcript->a, &transcript->m1));
    return add_exchange(&transcript->m1, request, response);
}

status spdm_transcript_m1(struct spdm_transcript *transcript, slice request, slice response,
                          struct digest *out)
{
    const bool has_b = transcript->m1.hash != HASH_NONE;
    return look_ahead(transcript, has_b ? &transcript->m1 : &transcript->a, request, response, out);
}

void spdm_transcript_challenged(struct spdm_transcript *transcript)
{
    forget(&transcript->m1);
    transcript->is_authenticated = true;
}

status spdm_transcript_add_mutual_b(struct spdm_transcript *transcript, slice request,
                                    slice response)
{
    if (is_get_digests(request) || transcript->mutual.hash == HASH_NONE)
        TRY(begin_later(transcript, &transcript->mutual));
    return add_exchange(&transcript->mutual, request, response);
}

status spdm_transcript_mutual_m1(struct spdm_transcript *transcript, slice request, slice response,
                                 struct digest *out)
{
    if (transcript->mutual.hash == HASH_NONE)
        TRY(begin_later(transcript, &transcript->mutual));
    return look_ahead(transcript, &transcript->mutual, request, response, out);
}

void spdm_transcript_mutual_challenged(struct spdm_transcript *transcript)
{
    forget(&transcript->mutual);
}

status spdm_transcript_add_d(struct spdm_transcript *transcript, slice digests)
{
    if (transcript->has_digests)
        return OK;
    TRY(running_hash_add(&transcript->start, digests));
    transcript->has_digests = true;
    return OK;
}

/* ---- M and E ---- */

void spdm_transcript_forget_m(struct running_hash *m)
{
    forget(m);
}

status spdm_transcript_add_m(struct spdm_transcript *transcript, struct running_hash *m,
                             slice request, slice response)
{
    if (m->hash == HASH_NONE)
        TRY(begin_later(transcript, m));
    return add_exchange(m, request, response);
}

status spdm_transcript_l1(struct spdm_transcript *transcript, struct running_hash *m, slice request,
                          slice response, struct digest *out)
{
    if (m->hash == HASH_NONE)
        TRY(begin_later(transcript, m));
    return look_ahead(transcript, m, request, response, out);
}

status spdm_transcript_il1(struct spdm_transcript *transcript, slice request, slice response,
                           struct digest *out)
{
    return look_ahead(transcript, &transcript->a, request, response, out);
}

/* ---- what a request makes void ---- */

/* Who sends one of these goes on without a challenge. */
static const uint8_t forgets_b[] = {
    SPDM_KEY_EXCHANGE, SPDM_GET_MEASUREMENTS,
    SPDM_FINISH,       SPDM_PSK_EXCHANGE,
    SPDM_PSK_FINISH,   SPDM_KEY_UPDATE,
    SPDM_HEARTBEAT,    SPDM_GET_ENCAPSULATED_REQUEST,
    SPDM_END_SESSION,  SPDM_GET_MEASUREMENT_EXTENSION_LOG,
};

/* These only carry another request, which is the one that counts. */
static bool is_carrier(uint8_t code)
{
    return code == SPDM_CHUNK_SEND || code == SPDM_CHUNK_GET || code == SPDM_RESPOND_IF_READY;
}

void spdm_transcript_before(struct spdm_transcript *transcript, struct running_hash *m,
                            uint8_t request_code)
{
    if (is_carrier(request_code))
        return;
    if (request_code != SPDM_GET_MEASUREMENTS)
        forget(m);
    if (!transcript->is_authenticated && memchr(forgets_b, request_code, sizeof forgets_b))
        forget(&transcript->m1);
}

/* ---- TH ---- */

status spdm_transcript_th(const struct spdm_transcript *transcript, slice chain_digest,
                          struct running_hash *th)
{
    TRY(running_hash_copy(&transcript->start, th));
    return running_hash_add(th, chain_digest);
}

status spdm_transcript_psk_th(const struct spdm_transcript *transcript, struct running_hash *th)
{
    return running_hash_copy(&transcript->a, th);
}
