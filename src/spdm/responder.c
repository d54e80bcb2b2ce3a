/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/responder_parts.h"

#include "spdm/doe_discovery.h"

/* Where a request may come. */
enum { OUT = 1, HANDSHAKE = 2, ESTABLISHED = 4, IN_CLEAR = 8, CARRIER = 16, FLOW = 32 };
enum {
    ANYWHERE = OUT | ESTABLISHED,
    CARRIES =
        CARRIER | OUT | HANDSHAKE | ESTABLISHED | IN_CLEAR, /* other requests, by their rules */
    FLOWS = FLOW | OUT | HANDSHAKE | ESTABLISHED, /* encapsulated ones; each flow says where */
};

struct rule {
    uint8_t code;
    uint8_t since;
    uint32_t needs; /* of our flags, at least one bit; 0: nothing */
    unsigned where;
    enum spdm_phase
        phase; /* exactly this one before ALGORITHMS; NONE: any. A carrier: from it on */
    status (*answer)(struct spdm_asking *asking);
};

/* spec: DSP0274 1.4, "SPDM request and response code issuance allowance" */
/* clang-format off */
static const struct rule rules[] = {
    /* request                             since     needs                where        phase                    answer */
    { SPDM_GET_VERSION,                    SPDM_1_0, 0,                   OUT,         SPDM_PHASE_NONE,         spdm_answer_version },
    { SPDM_GET_CAPABILITIES,               SPDM_1_0, 0,                   OUT,         SPDM_PHASE_VERSION,      spdm_answer_capabilities },
    { SPDM_NEGOTIATE_ALGORITHMS,           SPDM_1_0, 0,                   OUT,         SPDM_PHASE_CAPABILITIES, spdm_answer_algorithms },
    { SPDM_GET_DIGESTS,                    SPDM_1_0, SPDM_CERT_CAP,       ANYWHERE,    SPDM_PHASE_ALGORITHMS,   spdm_answer_digests },
    { SPDM_GET_CERTIFICATE,                SPDM_1_0, SPDM_CERT_CAP,       ANYWHERE,    SPDM_PHASE_ALGORITHMS,   spdm_answer_certificate },
    { SPDM_CHALLENGE,                      SPDM_1_0, SPDM_CHAL_CAP,       OUT,         SPDM_PHASE_ALGORITHMS,   spdm_answer_challenge },
    { SPDM_GET_MEASUREMENTS,               SPDM_1_0, SPDM_MEAS_CAP,       ANYWHERE,    SPDM_PHASE_ALGORITHMS,   spdm_answer_measurements },
    { SPDM_GET_MEASUREMENT_EXTENSION_LOG,  SPDM_1_3, SPDM_MEL_CAP,        ANYWHERE,    SPDM_PHASE_ALGORITHMS,   spdm_answer_measurement_log },
    { SPDM_GET_ENDPOINT_INFO,              SPDM_1_3, SPDM_EP_INFO_CAP,    ANYWHERE,    SPDM_PHASE_ALGORITHMS,   spdm_answer_endpoint_info },
    { SPDM_KEY_EXCHANGE,                   SPDM_1_1, SPDM_KEY_EX_CAP,     OUT,         SPDM_PHASE_ALGORITHMS,   spdm_answer_key_exchange },
    { SPDM_FINISH,                         SPDM_1_1, SPDM_KEY_EX_CAP,     HANDSHAKE | IN_CLEAR, SPDM_PHASE_ALGORITHMS, spdm_answer_finish },
    { SPDM_PSK_EXCHANGE,                   SPDM_1_1, SPDM_PSK_CAP,        OUT,         SPDM_PHASE_ALGORITHMS,   spdm_answer_psk_exchange },
    { SPDM_PSK_FINISH,                     SPDM_1_1, SPDM_PSK_WITH_CONTEXT, HANDSHAKE, SPDM_PHASE_ALGORITHMS,   spdm_answer_psk_finish },
    { SPDM_GET_ENCAPSULATED_REQUEST,       SPDM_1_1, SPDM_ENCAP_CAP,      FLOWS,       SPDM_PHASE_ALGORITHMS,   spdm_answer_encapsulated },
    { SPDM_DELIVER_ENCAPSULATED_RESPONSE,  SPDM_1_1, SPDM_ENCAP_CAP,      FLOWS,       SPDM_PHASE_ALGORITHMS,   spdm_answer_delivered },
    { SPDM_HEARTBEAT,                      SPDM_1_1, SPDM_HBEAT_CAP,      ESTABLISHED, SPDM_PHASE_ALGORITHMS,   spdm_answer_heartbeat },
    { SPDM_KEY_UPDATE,                     SPDM_1_1, SPDM_KEY_UPD_CAP,    ESTABLISHED, SPDM_PHASE_ALGORITHMS,   spdm_answer_key_update },
    { SPDM_END_SESSION,                    SPDM_1_1, SPDM_KEY_EX_CAP | SPDM_PSK_CAP, ESTABLISHED, SPDM_PHASE_ALGORITHMS, spdm_answer_end_session },
    { SPDM_GET_CSR,                        SPDM_1_2, SPDM_CSR_CAP,        ANYWHERE,    SPDM_PHASE_ALGORITHMS,   spdm_answer_csr },
    { SPDM_SET_CERTIFICATE,                SPDM_1_2, SPDM_SET_CERT_CAP,   ANYWHERE,    SPDM_PHASE_ALGORITHMS,   spdm_answer_set_certificate },
    { SPDM_CHUNK_SEND,                     SPDM_1_2, SPDM_CHUNK_CAP,      CARRIES,     SPDM_PHASE_CAPABILITIES, spdm_answer_chunk_send },
    { SPDM_CHUNK_GET,                      SPDM_1_2, SPDM_CHUNK_CAP,      CARRIES,     SPDM_PHASE_CAPABILITIES, spdm_answer_chunk_get },
    { SPDM_RESPOND_IF_READY,               SPDM_1_0, 0,                   CARRIES,     SPDM_PHASE_ALGORITHMS,   spdm_answer_respond_if_ready },
    { SPDM_GET_KEY_PAIR_INFO,              SPDM_1_3, SPDM_GET_KEY_PAIR_INFO_CAP, ANYWHERE, SPDM_PHASE_ALGORITHMS, spdm_answer_key_pair_info },
    { SPDM_SET_KEY_PAIR_INFO,              SPDM_1_3, SPDM_SET_KEY_PAIR_INFO_CAP, ANYWHERE, SPDM_PHASE_ALGORITHMS, spdm_answer_set_key_pair_info },
    { SPDM_GET_SUPPORTED_EVENT_TYPES,      SPDM_1_3, SPDM_EVENT_CAP,      ESTABLISHED, SPDM_PHASE_ALGORITHMS,   spdm_answer_event_types },
    { SPDM_SUBSCRIBE_EVENT_TYPES,          SPDM_1_3, SPDM_EVENT_CAP,      ESTABLISHED, SPDM_PHASE_ALGORITHMS,   spdm_answer_subscribe },
    { SPDM_VENDOR_DEFINED_REQUEST,         SPDM_1_0, 0,                   ANYWHERE,    SPDM_PHASE_ALGORITHMS,   spdm_answer_vendor_defined },
};
/* clang-format on */

static const struct rule *rule_for(uint8_t code)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].code == code)
            return &rules[i];
    return NULL;
}

/* ---- what a handler is given ---- */

status spdm_asked(const struct spdm_asking *asking, slice *out)
{
    if (asking->is_exact && asking->reader.left.size)
        return FAIL(MALFORMED, "SPDM request in pieces is longer than its fields");
    return spdm_unpadded(asking->responder->setup->transport, asking->session, asking->request,
                         asking->reader.left, out);
}

slice spdm_answered(const struct spdm_asking *asking)
{
    return (slice){asking->out->data + asking->begin, asking->out->size - asking->begin};
}

status spdm_refuse(struct spdm_asking *asking, uint8_t code, uint8_t data)
{
    asking->error.code = code;
    asking->error.data = data;
    return FAIL(UNEXPECTED, "SPDM request is answered with ERROR");
}

/* ---- errors ---- */

static uint8_t error_of(const struct spdm_asking *asking, status failed)
{
    if (asking->error.code)
        return asking->error.code;
    switch (failed.fault->failure) {
    case FAILURE_TRUNCATED:
    case FAILURE_MALFORMED:
    case FAILURE_UNEXPECTED:
        return SPDM_INVALID_REQUEST;
    case FAILURE_UNSUPPORTED:
        return SPDM_UNSUPPORTED_REQUEST;
    case FAILURE_UNAUTHENTIC:
    case FAILURE_DENIED:
        return SPDM_DECRYPT_ERROR;
    default:
        return SPDM_UNSPECIFIED;
    }
}

static void write_error(struct spdm_asking *asking, status failed)
{
    const uint8_t request = asking->request.size > 1 ? asking->request.data[1] : 0;
    const uint8_t version = asking->connection->shape.version;
    struct spdm_error error = asking->error;
    error.code = error_of(asking, failed);
    error.version = request == SPDM_GET_VERSION || !version ? SPDM_1_0 : version;
    if (error.code == SPDM_UNSUPPORTED_REQUEST && !error.data)
        error.data = request;
    asking->out->size = asking->begin;
    asking->out->out_of_space = false;
    spdm_error_write(asking->out, &error);
}

/* ---- one request ---- */

static unsigned place_of(const struct spdm_asking *asking)
{
    if (!asking->session)
        return OUT | (asking->connection->shape.handshake_in_the_clear ? IN_CLEAR : 0);
    return asking->session->phase == SPDM_SESSION_ESTABLISHED ? ESTABLISHED : HANDSHAKE;
}

/* A handshake in the clear is about the latest KEY_EXCHANGE. Once that is finished, nothing that
 * comes outside is about its session. */
static struct spdm_session *subject_of(struct spdm_connection *connection,
                                       struct spdm_session *session)
{
    struct spdm_session *const handshaking = connection->handshaking;
    if (session || !connection->shape.handshake_in_the_clear)
        return session;
    return handshaking && handshaking->phase == SPDM_SESSION_HANDSHAKE ? handshaking : NULL;
}

/* The one that a handshake in the clear has, or else that of where the request came. */
static struct spdm_encapsulation *flow_of(struct spdm_connection *connection,
                                          struct spdm_session *session,
                                          struct spdm_session *subject)
{
    if (subject && subject->encapsulation.flow != SPDM_FLOW_NONE)
        return &subject->encapsulation;
    return spdm_connection_encapsulation(connection, session);
}

/* Between the encapsulated requests and their responses nothing else is answered. */
static bool is_in_flight(const struct spdm_asking *asking, const struct rule *rule)
{
    return asking->flow->flow != SPDM_FLOW_NONE && !(rule->where & (FLOW | CARRIER)) &&
           rule->code != SPDM_GET_VERSION;
}

static bool is_due(const struct spdm_connection *connection, const struct rule *rule)
{
    if (rule->where & CARRIER)
        return connection->phase >= rule->phase;
    return rule->phase == SPDM_PHASE_NONE || connection->phase == rule->phase;
}

/* Between the pieces of a message nothing comes but the next one. */
static bool is_in_pieces(const struct spdm_connection *connection, const struct rule *rule)
{
    return (connection->incoming.is_open || connection->outgoing.is_open) &&
           !(rule->where & CARRIER) && rule->code != SPDM_GET_VERSION;
}

/* What others carry begins no conversation, and carries nothing itself. */
static bool may_be_carried(const struct rule *rule)
{
    return !(rule->where & CARRIER) && rule->phase >= SPDM_PHASE_CAPABILITIES;
}

static bool is_too_large(const struct spdm_asking *asking)
{
    const struct spdm_connection *const connection = asking->connection;
    const size_t padding = asking->responder->setup->transport->alignment - 1;
    return !asking->is_carried && connection->shape.version >= SPDM_1_2 &&
           connection->phase >= SPDM_PHASE_CAPABILITIES &&
           asking->request.size > connection->settings->capabilities.data_transfer_size + padding;
}

static status may_come(struct spdm_asking *asking, const struct spdm_header *header,
                       const struct rule *rule)
{
    const struct spdm_connection *const connection = asking->connection;
    const uint8_t version = connection->shape.version;
    const bool negotiates =
        rule && !(rule->where & CARRIER) && rule->phase != SPDM_PHASE_ALGORITHMS;
    if (!(header->code & 0x80))
        return spdm_refuse(asking, SPDM_INVALID_REQUEST, 0);
    if (rule && !negotiates && !is_due(connection, rule))
        return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);
    if ((!negotiates || header->code == SPDM_NEGOTIATE_ALGORITHMS) &&
        connection->phase >= SPDM_PHASE_CAPABILITIES && header->version != version)
        return spdm_refuse(asking, SPDM_VERSION_MISMATCH, 0);
    if (!rule || (version && rule->since > version))
        return spdm_refuse(asking, SPDM_UNSUPPORTED_REQUEST, header->code);
    if (rule->needs && !(spdm_connection_flags(connection) & rule->needs))
        return spdm_refuse(asking, SPDM_UNSUPPORTED_REQUEST, header->code);
    if (!is_due(connection, rule) || is_in_pieces(connection, rule))
        return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);
    if (asking->is_carried && !may_be_carried(rule))
        return spdm_refuse(asking, SPDM_INVALID_REQUEST, 0);
    if (is_too_large(asking))
        return spdm_refuse(asking, SPDM_REQUEST_TOO_LARGE, 0);
    if (is_in_flight(asking, rule))
        return spdm_refuse(asking, SPDM_REQUEST_IN_FLIGHT, 0);
    if (rule->where & place_of(asking))
        return OK;
    if (!asking->session)
        return spdm_refuse(asking, version >= SPDM_1_2 ? SPDM_SESSION_REQUIRED : SPDM_UNSPECIFIED,
                           0);
    return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);
}

/* Where there is space for large messages, what goes out is written there first. */
static status respond(struct spdm_asking *asking, const struct rule *rule)
{
    const struct spdm_transfer *const outgoing = &asking->connection->outgoing;
    struct writer *const frame = asking->out;
    const size_t begin = asking->begin;
    struct writer aside = writer_over(outgoing->space, outgoing->capacity);
    if (outgoing->capacity) {
        asking->out = &aside;
        asking->begin = 0;
    }
    const status answered = rule->answer(asking);
    const slice response = spdm_answered(asking);
    const bool is_whole = !asking->out->out_of_space;
    asking->out = frame;
    asking->begin = begin;
    TRY(answered);
    if (is_whole)
        return spdm_hand_over(asking, response);
    spdm_leave_unanswered(asking);
    return FAIL(EXHAUSTED, "SPDM response does not fit");
}

static status answer(struct spdm_asking *asking)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_header header;
    TRY(spdm_header_peek(asking->request, &header));
    const struct rule *const rule = rule_for(header.code);
    TRY(may_come(asking, &header, rule));
    if (connection->phase == SPDM_PHASE_ALGORITHMS)
        spdm_transcript_before(&connection->transcript,
                               spdm_connection_m(connection, asking->session), header.code);
    if (rule->where & CARRIER)
        return rule->answer(asking);
    spdm_drop_put_off(connection);
    return respond(asking, rule);
}

status spdm_answer_carried(struct spdm_asking *asking, slice request)
{
    asking->is_carried = true;
    asking->request = request;
    asking->reader = reader_of(request);
    return answer(asking);
}

/* What is told of a request that was not answered. Measurements that were not are not signed later,
 * and neither is what came before them. */
static void refuse(struct spdm_asking *asking, status failed)
{
    const slice request = asking->request;
    if (failed.fault == spdm_not_ready().fault)
        spdm_put_off(asking);
    else if (request.size > 1 && request.data[1] == SPDM_GET_MEASUREMENTS)
        spdm_transcript_forget_m(spdm_connection_m(asking->connection, asking->session));
    write_error(asking, failed);
}

/* After the response was sealed with the keys that were. */
static status conclude(struct spdm_asking *asking, status answered)
{
    struct spdm_session *const subject =
        asking->subject && asking->subject->phase != SPDM_SESSION_NONE ? asking->subject : NULL;
    const bool is_unauthentic = answered.fault && (answered.fault->failure == FAILURE_UNAUTHENTIC ||
                                                   answered.fault->failure == FAILURE_DENIED);
    if (subject && (is_unauthentic || asking->afterwards == SPDM_ENDS))
        spdm_connection_end_session(asking->connection, subject);
    else if (subject && asking->afterwards == SPDM_ESTABLISHES)
        return spdm_session_establish(subject, &asking->connection->schedule);
    return OK;
}

static status answer_message(struct spdm_responder *responder, struct moment now,
                             const struct spdm_arrival *arrival, struct writer *out)
{
    struct spdm_connection *const connection = &responder->connection;
    const struct spdm_path path = {responder->setup->transport, connection};
    struct spdm_session *const session = arrival->session;
    struct spdm_session *const subject = subject_of(connection, session);
    struct writer draft = *out;
    const struct spdm_wrapping wrapping = spdm_wrap_begin(&path, session, &draft);
    struct spdm_asking asking = {
        .responder = responder,
        .connection = connection,
        .session = session,
        .subject = subject,
        .flow = flow_of(connection, session, subject),
        .now = now,
        .request = arrival->message,
        .reader = reader_of(arrival->message),
        .out = &draft,
        .whole = wrapping.message,
        .begin = wrapping.message,
    };
    status answered = answer(&asking);
    if (!answered.fault && draft.out_of_space)
        answered = FAIL(EXHAUSTED, "SPDM response does not fit");
    responder->refusal = answered;
    if (answered.fault)
        refuse(&asking, answered);
    if (asking.subject)
        asking.subject->heard_ms = asking.subject->said_ms = now.monotonic_ms;
    const status wrapped = spdm_wrap_end(&path, session, &wrapping, &draft);
    if (wrapped.fault && session) /* its key is used up: it can never answer again */
        spdm_connection_end_session(connection, session);
    TRY(wrapped);
    TRY(conclude(&asking, answered));
    *out = draft;
    return OK;
}

/* ---- one frame ---- */

static void decrypt_error(struct spdm_responder *responder, struct spdm_session *session,
                          struct writer *out)
{
    const struct spdm_path path = {responder->setup->transport, &responder->connection};
    struct writer draft = *out;
    const struct spdm_wrapping wrapping = spdm_wrap_begin(&path, session, &draft);
    spdm_error_write(&draft, &(struct spdm_error){
                                 .version = responder->connection.shape.version,
                                 .code = SPDM_DECRYPT_ERROR,
                             });
    if (!spdm_wrap_end(&path, session, &wrapping, &draft).fault)
        *out = draft;
    spdm_connection_end_session(&responder->connection, session);
}

static status refuse_frame(const struct spdm_transport *transport, status refused,
                           struct writer *out)
{
    const enum spdm_frame_kind kind = spdm_frame_refusal(transport, refused);
    if (kind == SPDM_FRAME_NONE)
        return refused;
    struct writer draft = *out;
    const size_t begin = spdm_frame_begin(transport, &draft);
    TRY(spdm_frame_end(transport, &draft, begin, kind));
    *out = draft;
    return OK;
}

static status answer_discovery(const struct spdm_transport *transport, slice message,
                               struct writer *out)
{
    struct writer draft = *out;
    const size_t begin = spdm_frame_begin(transport, &draft);
    TRY(spdm_doe_discovery_answer(message, &draft));
    TRY(spdm_frame_end(transport, &draft, begin, SPDM_FRAME_DISCOVERY));
    *out = draft;
    return OK;
}

status spdm_responder_receive(struct spdm_responder *responder, struct moment now, uint8_t *frame,
                              size_t size, struct writer *out)
{
    const struct spdm_transport *const transport = responder->setup->transport;
    const struct spdm_path path = {transport, &responder->connection};
    struct spdm_arrival arrival;
    const status unwrapped = spdm_unwrap(&path, frame, size, &arrival);
    responder->refusal = unwrapped;
    if (unwrapped.fault && arrival.session) {
        decrypt_error(responder, arrival.session, out);
        return OK;
    }
    if (unwrapped.fault)
        return refuse_frame(transport, unwrapped, out);
    if (arrival.kind == SPDM_FRAME_DISCOVERY)
        return answer_discovery(transport, arrival.message, out);
    if (arrival.kind != SPDM_FRAME_PLAIN || arrival.is_unknown)
        return OK;
    return answer_message(responder, now, &arrival, out);
}

/* ---- from the beginning to the end ---- */

void spdm_responder_begin(struct spdm_responder *responder,
                          const struct spdm_responder_setup *setup, void *context,
                          const struct spdm_responder_loans *loans)
{
    *responder = (struct spdm_responder){
        .setup = setup,
        .context = context,
        .scratch = loans->scratch,
        .scratch_size = loans->scratch_size,
    };
    spdm_connection_begin(&responder->connection, &setup->settings, &loans->connection);
}

void spdm_responder_clear(struct spdm_responder *responder)
{
    spdm_connection_clear(&responder->connection);
    *responder = (struct spdm_responder){0};
}

void spdm_responder_look(struct spdm_responder *responder, struct moment now)
{
    struct spdm_connection *const connection = &responder->connection;
    for (size_t i = 0; i < connection->session_count; i++)
        if (spdm_session_is_lost(&connection->sessions[i], now.monotonic_ms))
            spdm_connection_end_session(connection, &connection->sessions[i]);
}
