/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_said.h"

#include "codec/text.h"
#include "spdm/message/measurement_block.h"

#include <stdlib.h>
#include <string.h>

/* ---- fields ---- */

enum field_kind {
    FIELD_U8,
    FIELD_U16,
    FIELD_U32,
    FIELD_BOOL,
    FIELD_ARRAY, /* as many bytes as the field has */
    FIELD_SLICE,
    FIELD_BITS, /* a u32, or a u16 or u8, of which each bit has a name */
    FIELD_VERSIONS,
    FIELD_TABLES,
    FIELD_SLOTS,
    FIELD_BLOCKS,
    FIELD_ERROR,
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset, size;
    const char *const *names; /* of bits, the lowest first; NULL ends them */
};

/* The kind follows from the member's type. */
#define MEMBER(type, member) (((const struct spdm_##type *)0)->member)
#define PLACE(type, member) offsetof(struct spdm_##type, member), sizeof MEMBER(type, member)
#define FIELD(type, member)                                                                        \
    {                                                                                              \
#member,                                                                                   \
        _Generic(MEMBER(type, member), uint8_t: FIELD_U8, uint16_t: FIELD_U16,                     \
                 uint32_t: FIELD_U32, bool: FIELD_BOOL, slice: FIELD_SLICE,                        \
                 const uint8_t *: FIELD_ARRAY),                                                    \
        PLACE(type, member), NULL       \
    }
#define SPECIAL(type, member, kind)                                                                \
    {                                                                                              \
#member, kind, PLACE(type, member), NULL                                                   \
    }
#define BITS(type, member, names)                                                                  \
    {                                                                                              \
#member, FIELD_BITS, PLACE(type, member), names                                            \
    }
#define NUMBER(name)                                                                               \
    {                                                                                              \
        name, FIELD_U8, 0, 1, NULL                                                                 \
    }
#define FIELDS_END                                                                                 \
    {                                                                                              \
        NULL, FIELD_U8, 0, 0, NULL                                                                 \
    }
#define FIELDS(name, ...) static const struct field name##_fields[] = {__VA_ARGS__, FIELDS_END}

static const char *const flag_names[] = {"CACHE",
                                         "CERT",
                                         "CHAL",
                                         "MEAS",
                                         "MEAS_SIG",
                                         "MEAS_FRESH",
                                         "ENCRYPT",
                                         "MAC",
                                         "MUT_AUTH",
                                         "KEY_EX",
                                         "PSK",
                                         "PSK_WITH_CONTEXT",
                                         "ENCAP",
                                         "HBEAT",
                                         "KEY_UPD",
                                         "HANDSHAKE_IN_THE_CLEAR",
                                         "PUB_KEY_ID",
                                         "CHUNK",
                                         "ALIAS_CERT",
                                         "SET_CERT",
                                         "CSR",
                                         "CERT_INSTALL_RESET",
                                         "EP_INFO",
                                         "EP_INFO_SIG",
                                         "MEL",
                                         "EVENT",
                                         "MULTI_KEY",
                                         "MULTI_KEY_NEGOTIABLE",
                                         "GET_KEY_PAIR_INFO",
                                         "SET_KEY_PAIR_INFO",
                                         "SET_KEY_PAIR_RESET",
                                         "LARGE_RESP",
                                         NULL};
static const char *const asym_names[] = {"RSASSA-2048", "RSAPSS-2048", "RSASSA-3072", "RSAPSS-3072",
                                         "ECDSA-P256",  "RSASSA-4096", "RSAPSS-4096", "ECDSA-P384",
                                         "ECDSA-P521",  "SM2",         "Ed25519",     "Ed448",
                                         NULL};
static const char *const pqc_names[] = {
    "ML-DSA-44",          "ML-DSA-65",         "ML-DSA-87",          "SLH-DSA-SHA2-128s",
    "SLH-DSA-SHAKE-128s", "SLH-DSA-SHA2-128f", "SLH-DSA-SHAKE-128f", "SLH-DSA-SHA2-192s",
    "SLH-DSA-SHAKE-192s", "SLH-DSA-SHA2-192f", "SLH-DSA-SHAKE-192f", "SLH-DSA-SHA2-256s",
    "SLH-DSA-SHAKE-256s", "SLH-DSA-SHA2-256f", "SLH-DSA-SHAKE-256f", NULL};
static const char *const hash_names[] = {"SHA-256",  "SHA-384",  "SHA-512", "SHA3-256",
                                         "SHA3-384", "SHA3-512", "SM3",     NULL};
static const char *const measurement_hash_names[] = {
    "raw", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512", "SM3", NULL};
static const char *const other_names[] = {
    "OPAQUE_FORMAT_0", "OPAQUE_FORMAT_1", "2", "3", "MULTI_KEY", NULL};
static const char *const group_names[] = {"FFDHE2048", "FFDHE3072", "FFDHE4096", "P-256",
                                          "P-384",     "P-521",     "SM2",       NULL};
static const char *const aead_names[] = {"AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305",
                                         "SM4-GCM", NULL};
static const char *const schedule_names[] = {"SPDM", NULL};
static const char *const kem_names[] = {"ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", NULL};

static const struct {
    const char *name;
    const char *const *names;
} tables[SPDM_TABLES] = {
    [SPDM_TABLE_DHE] = {"dhe", group_names},
    [SPDM_TABLE_AEAD] = {"aead", aead_names},
    [SPDM_TABLE_REQUESTER_ASYM] = {"requester_asym", asym_names},
    [SPDM_TABLE_KEY_SCHEDULE] = {"key_schedule", schedule_names},
    [SPDM_TABLE_REQUESTER_PQC] = {"requester_pqc_asym", pqc_names},
    [SPDM_TABLE_KEM] = {"kem", kem_names},
};

static const char *const *names_of(const char *list)
{
    static const struct {
        const char *list;
        const char *const *names;
    } lists[] = {{"flags", flag_names},
                 {"base_asym", asym_names},
                 {"base_hash", hash_names},
                 {"pqc_asym", pqc_names},
                 {"measurement_hash", measurement_hash_names},
                 {"other_params", other_names}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(lists[i].list, list) == 0)
            return lists[i].names;
    for (size_t i = 0; i < SPDM_TABLES; i++)
        if (tables[i].name && strcmp(tables[i].name, list) == 0)
            return tables[i].names;
    return NULL;
}

uint32_t spdm_said_bit(const char *list, slice name)
{
    const char *const *const names = names_of(list);
    for (size_t i = 0; names && names[i]; i++)
        if (slice_equal(slice_of_text(names[i]), name))
            return UINT32_C(1) << i;
    return 0;
}

json_t *spdm_said_hex(slice bytes)
{
    char *const text = malloc(2 * bytes.size + 1);
    if (!text)
        return NULL;
    hex_write(bytes, text);
    json_t *const string = json_string(text);
    free(text);
    return string;
}

static json_t *bits_json(uint32_t bits, const char *const *names)
{
    json_t *const list = json_array();
    for (size_t i = 0; *names; i++, names++)
        if (bits & UINT32_C(1) << i)
            (void)json_array_append_new(list, json_string(*names));
    return list;
}

static json_t *versions_json(const struct spdm_version *version)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < version->entry_count; i++)
        (void)json_array_append_new(
            list, json_sprintf("%d.%d", version->entries[i] >> 12, version->entries[i] >> 8 & 0xF));
    return list;
}

static json_t *tables_json(const struct spdm_algorithm_table *present)
{
    json_t *const object = json_object();
    for (size_t i = 0; i < SPDM_TABLES; i++)
        if (present[i].is_present)
            (void)json_object_set_new(object, tables[i].name,
                                      bits_json(present[i].algorithms, tables[i].names));
    return object;
}

static json_t *slots_json(const struct spdm_slot_digest *slots)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < SPDM_SLOTS; i++)
        if (slots[i].digest.size)
            (void)json_array_append_new(
                list, json_pack("{s:i, s:o, s:i, s:i, s:i}", "slot", (int)i, "digest",
                                spdm_said_hex(slots[i].digest), "key_pair_id", slots[i].key_pair_id,
                                "certificate_model", slots[i].certificate_model, "key_usage",
                                slots[i].key_usage));
    return list;
}

static json_t *blocks_json(slice record)
{
    json_t *const list = json_array();
    struct reader blocks = reader_of(record);
    struct spdm_measurement_block block;
    while (blocks.left.size && !spdm_measurement_block_read(&blocks, &block).fault)
        (void)json_array_append_new(list, json_pack("{s:i, s:i, s:b, s:o}", "index", block.index,
                                                    "kind", block.kind, "raw", block.is_raw,
                                                    "value", spdm_said_hex(block.value)));
    return list;
}

static const struct {
    uint8_t code;
    const char *name;
} errors[] = {
    {SPDM_INVALID_REQUEST, "InvalidRequest"},
    {SPDM_BUSY, "Busy"},
    {SPDM_UNEXPECTED_REQUEST, "UnexpectedRequest"},
    {SPDM_UNSPECIFIED, "Unspecified"},
    {SPDM_DECRYPT_ERROR, "DecryptError"},
    {SPDM_UNSUPPORTED_REQUEST, "UnsupportedRequest"},
    {SPDM_REQUEST_IN_FLIGHT, "RequestInFlight"},
    {SPDM_INVALID_RESPONSE_CODE, "InvalidResponseCode"},
    {SPDM_SESSION_LIMIT_EXCEEDED, "SessionLimitExceeded"},
    {SPDM_SESSION_REQUIRED, "SessionRequired"},
    {SPDM_RESET_REQUIRED, "ResetRequired"},
    {SPDM_RESPONSE_TOO_LARGE, "ResponseTooLarge"},
    {SPDM_REQUEST_TOO_LARGE, "RequestTooLarge"},
    {SPDM_LARGE_RESPONSE, "LargeResponse"},
    {SPDM_MESSAGE_LOST, "MessageLost"},
    {SPDM_INVALID_POLICY, "InvalidPolicy"},
    {SPDM_DATA_TOO_LARGE, "DataTooLarge"},
    {SPDM_VERSION_MISMATCH, "VersionMismatch"},
    {SPDM_RESPONSE_NOT_READY, "ResponseNotReady"},
    {SPDM_REQUEST_RESYNCH, "RequestResynch"},
    {SPDM_OPERATION_FAILED, "OperationFailed"},
    {SPDM_NO_PENDING_REQUESTS, "NoPendingRequests"},
    {SPDM_REQUEST_SESSION_TERMINATED, "RequestSessionTerminated"},
    {SPDM_INVALID_STATE, "InvalidState"},
    {SPDM_VENDOR_DEFINED_ERROR, "VendorDefined"},
};

const char *spdm_said_error(uint8_t code)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code)
            return errors[i].name;
    return NULL;
}

static json_t *error_json(uint8_t code)
{
    const char *const name = spdm_said_error(code);
    return name ? json_string(name) : json_integer(code);
}

static uint32_t number_at(const uint8_t *place, size_t size)
{
    uint16_t half;
    uint32_t word;
    switch (size) {
    case sizeof half:
        memcpy(&half, place, sizeof half);
        return half;
    case sizeof word:
        memcpy(&word, place, sizeof word);
        return word;
    default:
        return *place;
    }
}

static json_t *field_json(const struct field *field, const void *fields)
{
    const uint8_t *const place = (const uint8_t *)fields + field->offset;
    switch (field->kind) {
    case FIELD_U8:
    case FIELD_U16:
    case FIELD_U32:
        return json_integer(number_at(place, field->size));
    case FIELD_BOOL:
        return json_boolean(*(const bool *)place);
    case FIELD_ARRAY:
        return spdm_said_hex((slice){place, field->size});
    case FIELD_SLICE:
        return spdm_said_hex(*(const slice *)(const void *)place);
    case FIELD_BITS:
        return bits_json(number_at(place, field->size), field->names);
    case FIELD_VERSIONS:
        return versions_json((const struct spdm_version *)(const void *)place);
    case FIELD_TABLES:
        return tables_json((const struct spdm_algorithm_table *)(const void *)place);
    case FIELD_SLOTS:
        return slots_json((const struct spdm_slot_digest *)(const void *)place);
    case FIELD_BLOCKS:
        return blocks_json(*(const slice *)(const void *)place);
    case FIELD_ERROR:
        return error_json(*place);
    }
    return NULL;
}

FIELDS(no, FIELDS_END);
FIELDS(version, {"versions", FIELD_VERSIONS, 0, sizeof(struct spdm_version), NULL});
FIELDS(capabilities, FIELD(capabilities, timeout_exponent), BITS(capabilities, flags, flag_names),
       FIELD(capabilities, extended_flags), FIELD(capabilities, data_transfer_size),
       FIELD(capabilities, message_size_max), FIELD(capabilities, asks_algorithms),
       FIELD(capabilities, has_algorithms));
FIELDS(offer, BITS(algorithm_set, base_asym, asym_names),
       BITS(algorithm_set, base_hash, hash_names), BITS(algorithm_set, pqc_asym, pqc_names),
       SPECIAL(algorithm_set, tables, FIELD_TABLES), BITS(algorithm_set, other_params, other_names),
       FIELD(algorithm_set, measurement_specifications), FIELD(algorithm_set, log_specifications));
FIELDS(algorithms, BITS(algorithms, measurement_hash, measurement_hash_names),
       BITS(algorithms, selected.base_asym, asym_names),
       BITS(algorithms, selected.base_hash, hash_names),
       BITS(algorithms, selected.pqc_asym, pqc_names),
       SPECIAL(algorithms, selected.tables, FIELD_TABLES),
       BITS(algorithms, selected.other_params, other_names),
       FIELD(algorithms, selected.measurement_specifications),
       FIELD(algorithms, selected.log_specifications));
FIELDS(digests, FIELD(digests, supported_slots), FIELD(digests, provisioned_slots),
       SPECIAL(digests, slots, FIELD_SLOTS));
FIELDS(get_certificate, FIELD(get_certificate, slot), FIELD(get_certificate, offset),
       FIELD(get_certificate, length), FIELD(get_certificate, asks_slot_size));
FIELDS(certificate, FIELD(certificate, slot), FIELD(certificate, certificate_model),
       FIELD(certificate, remainder_size), FIELD(certificate, portion));
FIELDS(challenge, FIELD(challenge, slot), FIELD(challenge, summary), FIELD(challenge, nonce),
       FIELD(challenge, context));
FIELDS(challenge_auth, FIELD(challenge_auth, slot), FIELD(challenge_auth, asks_mutual),
       FIELD(challenge_auth, provisioned_slots), FIELD(challenge_auth, chain_hash),
       FIELD(challenge_auth, nonce), FIELD(challenge_auth, summary_hash),
       FIELD(challenge_auth, opaque), FIELD(challenge_auth, context),
       FIELD(challenge_auth, signature));
FIELDS(get_measurements, FIELD(get_measurements, operation),
       FIELD(get_measurements, asks_signature), FIELD(get_measurements, asks_raw),
       FIELD(get_measurements, asks_new), FIELD(get_measurements, slot),
       FIELD(get_measurements, nonce), FIELD(get_measurements, context));
FIELDS(measurements, FIELD(measurements, index_count), FIELD(measurements, slot),
       FIELD(measurements, change), SPECIAL(measurements, record, FIELD_BLOCKS),
       FIELD(measurements, nonce), FIELD(measurements, opaque), FIELD(measurements, context),
       FIELD(measurements, signature));
FIELDS(get_measurement_log, FIELD(get_measurement_log, offset), FIELD(get_measurement_log, length));
FIELDS(measurement_log, FIELD(measurement_log, remainder_size), FIELD(measurement_log, portion));
FIELDS(get_endpoint_info, FIELD(get_endpoint_info, subject), FIELD(get_endpoint_info, slot),
       FIELD(get_endpoint_info, asks_signature), FIELD(get_endpoint_info, nonce));
FIELDS(endpoint_info, FIELD(endpoint_info, slot), FIELD(endpoint_info, nonce),
       FIELD(endpoint_info, info), FIELD(endpoint_info, signature));
FIELDS(key_exchange, FIELD(key_exchange, summary), FIELD(key_exchange, slot),
       FIELD(key_exchange, session_id), FIELD(key_exchange, policy.survives_update),
       FIELD(key_exchange, policy.wants_events), FIELD(key_exchange, random),
       FIELD(key_exchange, exchange), FIELD(key_exchange, opaque));
FIELDS(key_exchange_rsp, FIELD(key_exchange_rsp, heartbeat_s), FIELD(key_exchange_rsp, session_id),
       FIELD(key_exchange_rsp, mutual), FIELD(key_exchange_rsp, requester_slot),
       FIELD(key_exchange_rsp, random), FIELD(key_exchange_rsp, exchange),
       FIELD(key_exchange_rsp, summary_hash), FIELD(key_exchange_rsp, opaque),
       FIELD(key_exchange_rsp, signature), FIELD(key_exchange_rsp, verify_data));
FIELDS(finish, FIELD(finish, is_signed), FIELD(finish, slot), FIELD(finish, opaque),
       FIELD(finish, signature), FIELD(finish, verify_data));
FIELDS(finish_rsp, FIELD(finish_rsp, opaque), FIELD(finish_rsp, verify_data));
FIELDS(psk_exchange, FIELD(psk_exchange, summary), FIELD(psk_exchange, session_id),
       FIELD(psk_exchange, policy.survives_update), FIELD(psk_exchange, policy.wants_events),
       FIELD(psk_exchange, hint), FIELD(psk_exchange, context), FIELD(psk_exchange, opaque));
FIELDS(psk_exchange_rsp, FIELD(psk_exchange_rsp, heartbeat_s), FIELD(psk_exchange_rsp, session_id),
       FIELD(psk_exchange_rsp, summary_hash), FIELD(psk_exchange_rsp, context),
       FIELD(psk_exchange_rsp, opaque), FIELD(psk_exchange_rsp, verify_data));
FIELDS(psk_finish, FIELD(psk_finish, opaque), FIELD(psk_finish, verify_data));
FIELDS(psk_finish_rsp, FIELD(psk_finish_rsp, opaque));
FIELDS(key_update, FIELD(key_update, operation), FIELD(key_update, tag));
FIELDS(end_session, FIELD(end_session, clears_negotiated_state));
FIELDS(request_id, NUMBER("request_id"));
FIELDS(encapsulated_response_ack, FIELD(encapsulated_response_ack, acknowledged_id),
       FIELD(encapsulated_response_ack, payload), FIELD(encapsulated_response_ack, request_id),
       FIELD(encapsulated_response_ack, slot));
FIELDS(chunk, FIELD(chunk, handle), FIELD(chunk, sequence), FIELD(chunk, is_last),
       FIELD(chunk, message_size));
FIELDS(chunk_send_ack, FIELD(chunk_send_ack, handle), FIELD(chunk_send_ack, sequence),
       FIELD(chunk_send_ack, is_early_error));
FIELDS(chunk_get, FIELD(chunk_get, handle), FIELD(chunk_get, sequence));
FIELDS(get_csr, FIELD(get_csr, key_pair_id), FIELD(get_csr, certificate_model),
       FIELD(get_csr, tracking_tag), FIELD(get_csr, overwrites), FIELD(get_csr, requester_info),
       FIELD(get_csr, opaque));
FIELDS(csr, FIELD(csr, request));
FIELDS(set_certificate, FIELD(set_certificate, slot), FIELD(set_certificate, certificate_model),
       FIELD(set_certificate, erases), FIELD(set_certificate, key_pair_id),
       FIELD(set_certificate, chain));
FIELDS(slot, NUMBER("slot"));
FIELDS(key_pair_id, NUMBER("key_pair_id"));
FIELDS(key_pair_info, FIELD(key_pair_info, total), FIELD(key_pair_info, key_pair_id),
       FIELD(key_pair_info, capabilities), FIELD(key_pair_info, usage_capabilities),
       FIELD(key_pair_info, usage), FIELD(key_pair_info, algorithm_capabilities),
       FIELD(key_pair_info, algorithm), FIELD(key_pair_info, slots),
       FIELD(key_pair_info, public_key_info), FIELD(key_pair_info, post_quantum_capabilities),
       FIELD(key_pair_info, post_quantum_algorithm));
FIELDS(set_key_pair_info, FIELD(set_key_pair_info, operation),
       FIELD(set_key_pair_info, key_pair_id), FIELD(set_key_pair_info, usage),
       FIELD(set_key_pair_info, algorithm), FIELD(set_key_pair_info, slots),
       FIELD(set_key_pair_info, post_quantum_algorithm));
FIELDS(event_types, FIELD(event_types, group_count), FIELD(event_types, groups));
FIELDS(send_event, FIELD(send_event, event_count), FIELD(send_event, events));
FIELDS(vendor_defined, FIELD(vendor_defined, body), FIELD(vendor_defined, vendor_id),
       FIELD(vendor_defined, payload));
FIELDS(respond_if_ready, FIELD(respond_if_ready, request_code), FIELD(respond_if_ready, token));
FIELDS(error, SPECIAL(error, code, FIELD_ERROR), FIELD(error, data), FIELD(error, size),
       FIELD(error, handle), FIELD(error, not_ready.retry_exponent),
       FIELD(error, not_ready.retry_multiplier), FIELD(error, not_ready.request_code),
       FIELD(error, not_ready.token), FIELD(error, vendor_id), FIELD(error, vendor_data));

/* ---- messages ---- */

/* A reader of any message, as spdm/message/ has them; what one does not need it is not given. */
struct reading {
    struct reader *reader;
    const struct spdm_shape *shape;
    bool has_asked;
    union spdm_said_fields *out;
};

#define READS_NOTHING(name)                                                                        \
    static status read_##name(const struct reading *in)                                            \
    {                                                                                              \
        return spdm_##name##_read(in->reader);                                                     \
    }
#define READS_ALONE(name, member)                                                                  \
    static status read_##name(const struct reading *in)                                            \
    {                                                                                              \
        return spdm_##name##_read(in->reader, &in->out->member);                                   \
    }
#define READS_SHAPED(name, member)                                                                 \
    static status read_##name(const struct reading *in)                                            \
    {                                                                                              \
        return spdm_##name##_read(in->reader, in->shape, &in->out->member);                        \
    }
#define READS_ASKED(name, member)                                                                  \
    static status read_##name(const struct reading *in)                                            \
    {                                                                                              \
        return spdm_##name##_read(in->reader, in->shape, in->has_asked, &in->out->member);         \
    }

READS_NOTHING(get_version)
READS_ALONE(version, version)
READS_ALONE(get_capabilities, capabilities)
READS_ALONE(capabilities, capabilities)
READS_SHAPED(negotiate_algorithms, offer)
READS_SHAPED(algorithms, algorithms)
READS_NOTHING(get_digests)
READS_SHAPED(digests, digests)
READS_SHAPED(get_certificate, get_certificate)
READS_SHAPED(certificate, certificate)
READS_SHAPED(challenge, challenge)
READS_ASKED(challenge_auth, challenge_auth)
READS_SHAPED(get_measurements, get_measurements)
READS_ASKED(measurements, measurements)
READS_ALONE(get_measurement_log, get_measurement_log)
READS_ALONE(measurement_log, measurement_log)
READS_ALONE(get_endpoint_info, get_endpoint_info)
READS_ASKED(endpoint_info, endpoint_info)
READS_SHAPED(key_exchange, key_exchange)
READS_ASKED(key_exchange_rsp, key_exchange_rsp)
READS_SHAPED(finish, finish)
READS_SHAPED(finish_rsp, finish_rsp)
READS_SHAPED(psk_exchange, psk_exchange)
READS_ASKED(psk_exchange_rsp, psk_exchange_rsp)
READS_SHAPED(psk_finish, psk_finish)
READS_SHAPED(psk_finish_rsp, psk_finish_rsp)
READS_NOTHING(heartbeat)
READS_NOTHING(heartbeat_ack)
READS_ALONE(key_update, key_update)
READS_ALONE(key_update_ack, key_update)
READS_ALONE(end_session, end_session)
READS_NOTHING(end_session_ack)
READS_NOTHING(get_encapsulated_request)
READS_ALONE(encapsulated_request, number)
READS_ALONE(deliver_encapsulated_response, number)
READS_SHAPED(encapsulated_response_ack, encapsulated_response_ack)
READS_SHAPED(chunk_send, chunk)
READS_SHAPED(chunk_send_ack, chunk_send_ack)
READS_SHAPED(chunk_get, chunk_get)
READS_SHAPED(chunk_response, chunk)
READS_SHAPED(get_csr, get_csr)
READS_ALONE(csr, csr)
READS_SHAPED(set_certificate, set_certificate)
READS_ALONE(set_certificate_rsp, number)
READS_ALONE(get_key_pair_info, number)
READS_SHAPED(key_pair_info, key_pair_info)
READS_SHAPED(set_key_pair_info, set_key_pair_info)
READS_NOTHING(set_key_pair_info_ack)
READS_NOTHING(get_supported_event_types)
READS_ALONE(supported_event_types, event_types)
READS_ALONE(subscribe_event_types, event_types)
READS_NOTHING(subscribe_event_types_ack)
READS_ALONE(send_event, send_event)
READS_NOTHING(event_ack)
READS_SHAPED(vendor_defined_request, vendor_defined)
READS_SHAPED(vendor_defined_response, vendor_defined)
READS_ALONE(respond_if_ready, respond_if_ready)
READS_ALONE(error, error)

struct spdm_said_form {
    uint8_t code;
    const char *name;
    status (*read)(const struct reading *in);
    const struct field *fields;
};

#define ROW(CODE, reader, name)                                                                    \
    {                                                                                              \
        SPDM_##CODE, #CODE, read_##reader, name##_fields                                           \
    }

static const struct spdm_said_form forms[] = {
    ROW(GET_VERSION, get_version, no),
    ROW(VERSION, version, version),
    ROW(GET_CAPABILITIES, get_capabilities, capabilities),
    ROW(CAPABILITIES, capabilities, capabilities),
    ROW(NEGOTIATE_ALGORITHMS, negotiate_algorithms, offer),
    ROW(ALGORITHMS, algorithms, algorithms),
    ROW(GET_DIGESTS, get_digests, no),
    ROW(DIGESTS, digests, digests),
    ROW(GET_CERTIFICATE, get_certificate, get_certificate),
    ROW(CERTIFICATE, certificate, certificate),
    ROW(CHALLENGE, challenge, challenge),
    ROW(CHALLENGE_AUTH, challenge_auth, challenge_auth),
    ROW(GET_MEASUREMENTS, get_measurements, get_measurements),
    ROW(MEASUREMENTS, measurements, measurements),
    ROW(GET_MEASUREMENT_EXTENSION_LOG, get_measurement_log, get_measurement_log),
    ROW(MEASUREMENT_EXTENSION_LOG, measurement_log, measurement_log),
    ROW(GET_ENDPOINT_INFO, get_endpoint_info, get_endpoint_info),
    ROW(ENDPOINT_INFO, endpoint_info, endpoint_info),
    ROW(KEY_EXCHANGE, key_exchange, key_exchange),
    ROW(KEY_EXCHANGE_RSP, key_exchange_rsp, key_exchange_rsp),
    ROW(FINISH, finish, finish),
    ROW(FINISH_RSP, finish_rsp, finish_rsp),
    ROW(PSK_EXCHANGE, psk_exchange, psk_exchange),
    ROW(PSK_EXCHANGE_RSP, psk_exchange_rsp, psk_exchange_rsp),
    ROW(PSK_FINISH, psk_finish, psk_finish),
    ROW(PSK_FINISH_RSP, psk_finish_rsp, psk_finish_rsp),
    ROW(HEARTBEAT, heartbeat, no),
    ROW(HEARTBEAT_ACK, heartbeat_ack, no),
    ROW(KEY_UPDATE, key_update, key_update),
    ROW(KEY_UPDATE_ACK, key_update_ack, key_update),
    ROW(END_SESSION, end_session, end_session),
    ROW(END_SESSION_ACK, end_session_ack, no),
    ROW(GET_ENCAPSULATED_REQUEST, get_encapsulated_request, no),
    ROW(ENCAPSULATED_REQUEST, encapsulated_request, request_id),
    ROW(DELIVER_ENCAPSULATED_RESPONSE, deliver_encapsulated_response, request_id),
    ROW(ENCAPSULATED_RESPONSE_ACK, encapsulated_response_ack, encapsulated_response_ack),
    ROW(CHUNK_SEND, chunk_send, chunk),
    ROW(CHUNK_SEND_ACK, chunk_send_ack, chunk_send_ack),
    ROW(CHUNK_GET, chunk_get, chunk_get),
    ROW(CHUNK_RESPONSE, chunk_response, chunk),
    ROW(GET_CSR, get_csr, get_csr),
    ROW(CSR, csr, csr),
    ROW(SET_CERTIFICATE, set_certificate, set_certificate),
    ROW(SET_CERTIFICATE_RSP, set_certificate_rsp, slot),
    ROW(GET_KEY_PAIR_INFO, get_key_pair_info, key_pair_id),
    ROW(KEY_PAIR_INFO, key_pair_info, key_pair_info),
    ROW(SET_KEY_PAIR_INFO, set_key_pair_info, set_key_pair_info),
    ROW(SET_KEY_PAIR_INFO_ACK, set_key_pair_info_ack, no),
    ROW(GET_SUPPORTED_EVENT_TYPES, get_supported_event_types, no),
    ROW(SUPPORTED_EVENT_TYPES, supported_event_types, event_types),
    ROW(SUBSCRIBE_EVENT_TYPES, subscribe_event_types, event_types),
    ROW(SUBSCRIBE_EVENT_TYPES_ACK, subscribe_event_types_ack, no),
    ROW(SEND_EVENT, send_event, send_event),
    ROW(EVENT_ACK, event_ack, no),
    ROW(VENDOR_DEFINED_REQUEST, vendor_defined_request, vendor_defined),
    ROW(VENDOR_DEFINED_RESPONSE, vendor_defined_response, vendor_defined),
    ROW(RESPOND_IF_READY, respond_if_ready, respond_if_ready),
    ROW(ERROR, error, error),
};

static const struct spdm_said_form *form_of(uint8_t code)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].code == code)
            return &forms[i];
    return NULL;
}

status spdm_said_read(slice bytes, const struct spdm_shape *shape, bool has_asked,
                      struct spdm_said *out)
{
    struct reader reader = reader_of(bytes);
    struct spdm_said said = {0};
    TRY(spdm_header_peek(bytes, &said.header));
    said.form = form_of(said.header.code);
    if (!said.form)
        return FAIL(UNSUPPORTED, "SPDM message has a code that we do not know");
    const struct reading in = {&reader, shape, has_asked, &said.fields};
    TRY(said.form->read(&in));
    said.rest = reader.left;
    said.message = (slice){bytes.data, bytes.size - reader.left.size};
    *out = said;
    return OK;
}

bool spdm_said_asks(const struct spdm_said *request)
{
    switch (request->header.code) {
    case SPDM_CHALLENGE:
        return request->fields.challenge.summary != 0;
    case SPDM_KEY_EXCHANGE:
        return request->fields.key_exchange.summary != 0;
    case SPDM_PSK_EXCHANGE:
        return request->fields.psk_exchange.summary != 0;
    case SPDM_GET_MEASUREMENTS:
        return request->fields.get_measurements.asks_signature;
    case SPDM_GET_ENDPOINT_INFO:
        return request->fields.get_endpoint_info.asks_signature;
    default:
        return false;
    }
}

const char *spdm_said_name(uint8_t code)
{
    const struct spdm_said_form *const form = form_of(code);
    return form ? form->name : NULL;
}

json_t *spdm_said_json(const struct spdm_said *said)
{
    json_t *const object = json_object();
    for (const struct field *field = said->form->fields; field->name; field++)
        (void)json_object_set_new(object, field->name, field_json(field, &said->fields));
    return object;
}
