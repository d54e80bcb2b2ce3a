/* SPDX-License-Identifier: Apache-2.0 */

/* GET_CSR, SET_CERTIFICATE, GET_KEY_PAIR_INFO and SET_KEY_PAIR_INFO. */

#include "spdm/requester_parts.h"

static status may_name(const struct spdm_requester *requester, uint8_t key_pair_id, uint8_t model,
                       bool needs_model)
{
    const bool is_named = requester->connection.shape.responder_is_multi_key;
    if (is_named ? !key_pair_id || !model == needs_model : key_pair_id || model)
        return FAIL(UNEXPECTED, "a key pair or model is not named as the connection needs it");
    return OK;
}

/* ---- CSR ---- */

static status take_csr(struct spdm_taking *taking)
{
    struct spdm_csr answer;
    slice response;
    TRY(spdm_csr_read(&taking->reader, &answer));
    TRY(spdm_took(taking, &response));
    taking->requester->payload = answer.request;
    return OK;
}

status spdm_requester_csr(struct spdm_requester *requester, struct moment now,
                          struct spdm_session *session, const struct spdm_get_csr *request,
                          struct writer *out)
{
    static const struct spdm_step step = {SPDM_CSR, take_csr};
    TRY(spdm_may_ask(requester, SPDM_CSR_CAP));
    TRY(may_name(requester, request->key_pair_id, request->certificate_model, true));
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_get_csr_write(&saying.draft, &requester->connection.shape, request);
    return spdm_say_end(requester, now, &saying, &step);
}

/* ---- SET_CERTIFICATE ---- */

static status take_set_certificate_rsp(struct spdm_taking *taking)
{
    uint8_t slot;
    slice response;
    TRY(spdm_set_certificate_rsp_read(&taking->reader, &slot));
    TRY(spdm_took(taking, &response));
    return slot == taking->requester->slot
               ? OK
               : FAIL(UNEXPECTED, "SET_CERTIFICATE_RSP is about another slot");
}

status spdm_requester_set_certificate(struct spdm_requester *requester, struct moment now,
                                      struct spdm_session *session,
                                      const struct spdm_set_certificate *request,
                                      struct writer *out)
{
    static const struct spdm_step step = {SPDM_SET_CERTIFICATE_RSP, take_set_certificate_rsp};
    TRY(spdm_may_ask(requester, SPDM_SET_CERT_CAP));
    TRY(may_name(requester, request->key_pair_id, request->certificate_model, !request->erases));
    if (request->erases && requester->connection.shape.version < SPDM_1_3)
        return FAIL(UNSUPPORTED, "a slot cannot be emptied before 1.3");
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_set_certificate_write(&saying.draft, &requester->connection.shape, request);
    requester->slot = request->slot;
    return spdm_say_end(requester, now, &saying, &step);
}

/* ---- key pairs ---- */

/* Responders are at large that send this many zeros too many in 1.4. */
static void skip_zeros(struct reader *reader)
{
    enum { ZEROS_MAX = 6 };
    for (size_t i = 0; i < ZEROS_MAX && reader->left.size && !reader->left.data[0]; i++)
        read_u8(reader);
}

static status take_key_pair_info(struct spdm_taking *taking)
{
    const uint8_t asked = spdm_request_of(taking).data[SPDM_HEADER_SIZE];
    struct spdm_key_pair_info info;
    slice response;
    TRY(spdm_key_pair_info_read(&taking->reader, &taking->connection->shape, &info));
    if (taking->connection->shape.version == SPDM_1_4)
        skip_zeros(&taking->reader);
    TRY(spdm_took(taking, &response));
    if (info.key_pair_id != asked || info.key_pair_id > info.total)
        return FAIL(UNEXPECTED, "KEY_PAIR_INFO is about another key pair");
    taking->requester->key_pair = info;
    return OK;
}

status spdm_requester_key_pair_info(struct spdm_requester *requester, struct moment now,
                                    struct spdm_session *session, uint8_t key_pair_id,
                                    struct writer *out)
{
    static const struct spdm_step step = {SPDM_KEY_PAIR_INFO, take_key_pair_info};
    TRY(spdm_may_ask(requester, SPDM_GET_KEY_PAIR_INFO_CAP));
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_get_key_pair_info_write(&saying.draft, &requester->connection.shape, key_pair_id);
    return spdm_say_end(requester, now, &saying, &step);
}

static status take_set_key_pair_info_ack(struct spdm_taking *taking)
{
    slice response;
    TRY(spdm_set_key_pair_info_ack_read(&taking->reader));
    return spdm_took(taking, &response);
}

status spdm_requester_set_key_pair_info(struct spdm_requester *requester, struct moment now,
                                        struct spdm_session *session,
                                        const struct spdm_set_key_pair_info *request,
                                        struct writer *out)
{
    static const struct spdm_step step = {SPDM_SET_KEY_PAIR_INFO_ACK, take_set_key_pair_info_ack};
    TRY(spdm_may_ask(requester, SPDM_SET_KEY_PAIR_INFO_CAP));
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_set_key_pair_info_write(&saying.draft, &requester->connection.shape, request);
    return spdm_say_end(requester, now, &saying, &step);
}
