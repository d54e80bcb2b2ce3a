/* SPDX-License-Identifier: Apache-2.0 */

/*
 * CSR and SET_CERTIFICATE_RSP: how our keys get their certificates.
 * spec: DSP0274 1.4, "Certificate provisioning", "GET_CSR request and CSR response messages",
 * "SET_CERTIFICATE request and SET_CERTIFICATE_RSP response messages"
 */

#include "spdm/responder_parts.h"

#include "crypto/der.h"

/* ---- who may, and what is answered ---- */

status spdm_may_provision(struct spdm_asking *asking, bool is_for_slot_0)
{
    const enum spdm_provisioning from = asking->responder->setup->provisioning;
    if (from == SPDM_PROVISIONING_TRUSTED ||
        (from == SPDM_PROVISIONING_IN_SESSIONS && asking->session && !is_for_slot_0))
        return OK;
    return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);
}

static uint8_t error_of(const struct spdm_asking *asking, enum failure failure)
{
    switch (failure) {
    case FAILURE_TRUNCATED:
    case FAILURE_MALFORMED:
        return SPDM_INVALID_REQUEST;
    case FAILURE_UNEXPECTED:
        return SPDM_UNEXPECTED_REQUEST;
    case FAILURE_UNSUPPORTED:
        return SPDM_UNSUPPORTED_REQUEST;
    case FAILURE_EXHAUSTED:
        return SPDM_BUSY;
    default:
        return asking->connection->shape.version >= SPDM_1_3 ? SPDM_OPERATION_FAILED
                                                             : SPDM_UNSPECIFIED;
    }
}

status spdm_ordered(struct spdm_asking *asking, status done, const struct spdm_pending *pending,
                    uint32_t reset_flag)
{
    if (done.fault == spdm_not_ready().fault)
        return done;
    if (done.fault)
        return spdm_refuse(asking, error_of(asking, done.fault->failure), 0);
    if (!pending->until_reset)
        return OK;
    if (!(spdm_connection_flags(asking->connection) & reset_flag))
        return FAIL(INTERNAL, "a reset is needed that our capabilities do not tell of");
    return spdm_refuse(asking, SPDM_RESET_REQUIRED, pending->csr_tag);
}

/* Key pair and model are named in multi-key connections, and in no others. */
static status check_key(const struct spdm_asking *asking, uint8_t key_pair_id, uint8_t model)
{
    const bool is_named = asking->connection->shape.responder_is_multi_key;
    struct spdm_key_pair_info pair;
    if (is_named ? !model || model > SPDM_GENERIC_CERT : key_pair_id || model)
        return FAIL(UNEXPECTED, "a key pair or model is not named as the connection needs it");
    return is_named ? spdm_find_key_pair(asking, key_pair_id, &pair) : OK;
}

/* ---- CSR ---- */

/* PKCS #10's CertificationRequestInfo, as far as that is one element. */
static status check_info(slice info)
{
    enum { DER_SEQUENCE = 0x30 };
    struct reader reader = reader_of(info);
    slice content;
    if (info.size == 0)
        return OK;
    TRY(der_expect(&reader, DER_SEQUENCE, &content));
    return reader_finish(&reader);
}

static status check_csr(const struct spdm_asking *asking, const struct spdm_get_csr *asked)
{
    const bool resets = spdm_connection_flags(asking->connection) & SPDM_CERT_INSTALL_RESET_CAP;
    TRY(check_key(asking, asked->key_pair_id, asked->certificate_model));
    if (asked->tracking_tag && (asked->overwrites || !resets))
        return FAIL(UNEXPECTED, "a tag of a signing request where none can await its reset");
    if (asked->opaque.size && !asking->connection->suite.has_opaque_list)
        return FAIL(UNEXPECTED, "opaque data without a form that was negotiated for it");
    return check_info(asked->requester_info);
}

status spdm_answer_csr(struct spdm_asking *asking)
{
    struct spdm_responder *const responder = asking->responder;
    const struct spdm_connection *const connection = asking->connection;
    struct writer csr = writer_over(responder->scratch, responder->scratch_size);
    struct spdm_pending pending = {0};
    struct spdm_get_csr asked;
    struct spdm_csr response;
    slice request;
    if (!responder->setup->duties.sign_request)
        return FAIL(UNSUPPORTED, "nobody makes signing requests");
    TRY(spdm_get_csr_read(&asking->reader, &connection->shape, &asked));
    TRY(spdm_asked(asking, &request));
    TRY(spdm_may_provision(asking, false));
    TRY(check_csr(asking, &asked));

    const struct spdm_csr_order order = {&asked, asking->session, connection->suite.asym,
                                         connection->suite.hash};
    const status made =
        responder->setup->duties.sign_request(responder->context, &order, &csr, &pending);
    if (connection->shape.version < SPDM_1_3)
        pending.csr_tag = 0;
    TRY(spdm_ordered(asking, made, &pending, SPDM_CERT_INSTALL_RESET_CAP));
    TRY(writer_finish(&csr, &response.request));
    if (response.request.size == 0 || response.request.size > UINT16_MAX)
        return FAIL(EXHAUSTED, "a signing request that does not fit CSR");
    spdm_csr_write(asking->out, &connection->shape, &response);
    return OK;
}

/* ---- SET_CERTIFICATE ---- */

static uint8_t model_of(const struct spdm_connection *connection,
                        const struct spdm_set_certificate *asked)
{
    if (connection->shape.responder_is_multi_key)
        return asked->certificate_model;
    return spdm_connection_flags(connection) & SPDM_ALIAS_CERT_CAP ? SPDM_ALIAS_CERT
                                                                   : SPDM_DEVICE_CERT;
}

static status check_set(const struct spdm_asking *asking, const struct spdm_set_certificate *asked)
{
    const struct spdm_identity *const identity = asking->responder->setup->identity;
    if (!identity->slots[asked->slot].chain_count && !(identity->fillable_slots >> asked->slot & 1))
        return FAIL(UNEXPECTED, "a slot that we do not have");
    if (!asked->erases)
        TRY(check_key(asking, asked->key_pair_id, asked->certificate_model));
    else if (asked->certificate_model)
        return FAIL(UNEXPECTED, "a slot is emptied of a model");
    if (asked->slot == 0 && asked->certificate_model == SPDM_GENERIC_CERT)
        return FAIL(UNEXPECTED, "slot 0 is the device's own");
    return OK;
}

/* NULL when it is not known here: the program knows. */
static const struct private_key *key_for(const struct spdm_asking *asking,
                                         const struct spdm_set_certificate *asked)
{
    const struct spdm_identity *const identity = asking->responder->setup->identity;
    if (!asking->connection->shape.responder_is_multi_key)
        return identity->slots[asked->slot].key;
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (identity->slots[slot].key_pair_id == asked->key_pair_id)
            return identity->slots[slot].key;
    return NULL;
}

/* It is a chain of its model, and of our key. Never EXHAUSTED, which would say that it may come
 * again. */
static status check_chain(const struct spdm_asking *asking,
                          const struct spdm_set_certificate *asked, struct spdm_chain *out)
{
    const struct spdm_connection *const connection = asking->connection;
    const struct private_key *const own = key_for(asking, asked);
    const uint8_t model = model_of(connection, asked);
    SCOPED(public_key) key = {0};
    const struct spdm_chain_rules rules = {
        .version = connection->shape.version,
        .hash = connection->suite.hash,
        .asym = connection->suite.asym,
        .model = model,
        .ends_with_issuer = model == SPDM_ALIAS_CERT,
    };
    const status read = spdm_chain_read(&rules, asked->chain, out);
    if (read.fault && read.fault->failure == FAILURE_EXHAUSTED)
        return FAIL(DENIED, "a longer chain than we follow");
    TRY(read);
    if (!own || rules.ends_with_issuer)
        return OK;
    TRY(private_key_public(own, &key));
    return public_key_equal(&key, &out->key) ? OK : FAIL(DENIED, "a chain of another key");
}

status spdm_answer_set_certificate(struct spdm_asking *asking)
{
    struct spdm_responder *const responder = asking->responder;
    struct spdm_set_certificate asked;
    struct spdm_pending pending = {0};
    SCOPED(spdm_chain) chain = {0};
    slice request;
    if (!responder->setup->duties.install)
        return FAIL(UNSUPPORTED, "nobody installs certificates");
    TRY(spdm_set_certificate_read(&asking->reader, &asking->connection->shape, &asked));
    TRY(spdm_asked(asking, &request));
    TRY(spdm_may_provision(asking, asked.slot == 0));
    TRY(check_set(asking, &asked));

    const struct spdm_installation what = {&asked, asking->session, asked.erases ? NULL : &chain};
    status done = asked.erases ? OK : check_chain(asking, &asked, &chain);
    if (!done.fault)
        done = responder->setup->duties.install(responder->context, &what, &pending);
    pending.csr_tag = 0;
    TRY(spdm_ordered(asking, done, &pending, SPDM_CERT_INSTALL_RESET_CAP));
    spdm_set_certificate_rsp_write(asking->out, &asking->connection->shape, asked.slot);
    return OK;
}
