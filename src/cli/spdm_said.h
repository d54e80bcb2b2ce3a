/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One SPDM message, whichever it is: read by its code, and told field by field. A row of the table
 * in spdm_said.c is a message: its name, its reader, its fields.
 */

#include "spdm/message/algorithms.h"
#include "spdm/message/capabilities.h"
#include "spdm/message/certificate.h"
#include "spdm/message/challenge.h"
#include "spdm/message/chunk.h"
#include "spdm/message/csr.h"
#include "spdm/message/digests.h"
#include "spdm/message/encapsulated.h"
#include "spdm/message/end_session.h"
#include "spdm/message/endpoint_info.h"
#include "spdm/message/error.h"
#include "spdm/message/events.h"
#include "spdm/message/finish.h"
#include "spdm/message/heartbeat.h"
#include "spdm/message/key_exchange.h"
#include "spdm/message/key_pair_info.h"
#include "spdm/message/key_update.h"
#include "spdm/message/measurement_log.h"
#include "spdm/message/measurements.h"
#include "spdm/message/psk_exchange.h"
#include "spdm/message/psk_finish.h"
#include "spdm/message/respond_if_ready.h"
#include "spdm/message/set_certificate.h"
#include "spdm/message/vendor_defined.h"
#include "spdm/message/version.h"

#include <jansson.h>

/* What a message says: the member is the one of its code. */
union spdm_said_fields {
    uint8_t number; /* of messages with a single one */
    struct spdm_version version;
    struct spdm_capabilities capabilities; /* of both sides */
    struct spdm_algorithm_set offer;
    struct spdm_algorithms algorithms;
    struct spdm_digests digests;
    struct spdm_get_certificate get_certificate;
    struct spdm_certificate certificate;
    struct spdm_challenge challenge;
    struct spdm_challenge_auth challenge_auth;
    struct spdm_get_measurements get_measurements;
    struct spdm_measurements measurements;
    struct spdm_get_measurement_log get_measurement_log;
    struct spdm_measurement_log measurement_log;
    struct spdm_get_endpoint_info get_endpoint_info;
    struct spdm_endpoint_info endpoint_info;
    struct spdm_key_exchange key_exchange;
    struct spdm_key_exchange_rsp key_exchange_rsp;
    struct spdm_finish finish;
    struct spdm_finish_rsp finish_rsp;
    struct spdm_psk_exchange psk_exchange;
    struct spdm_psk_exchange_rsp psk_exchange_rsp;
    struct spdm_psk_finish psk_finish;
    struct spdm_psk_finish_rsp psk_finish_rsp;
    struct spdm_key_update key_update; /* of both sides */
    struct spdm_end_session end_session;
    struct spdm_encapsulated_response_ack encapsulated_response_ack;
    struct spdm_chunk chunk; /* of both sides */
    struct spdm_chunk_send_ack chunk_send_ack;
    struct spdm_chunk_get chunk_get;
    struct spdm_get_csr get_csr;
    struct spdm_csr csr;
    struct spdm_set_certificate set_certificate;
    struct spdm_key_pair_info key_pair_info;
    struct spdm_set_key_pair_info set_key_pair_info;
    struct spdm_event_types event_types; /* supported, and subscribed to */
    struct spdm_send_event send_event;
    struct spdm_vendor_defined vendor_defined; /* of both sides */
    struct spdm_respond_if_ready respond_if_ready;
    struct spdm_error error;
};

struct spdm_said_form;

struct spdm_said {
    const struct spdm_said_form *form; /* its row */
    struct spdm_header header;
    slice message; /* as long as its fields account for */
    slice rest;    /* what follows: a wrapped message, a transport's padding */
    union spdm_said_fields fields;
};

/*
 * Reads the message that `bytes` begin with; slices borrow from them. `has_asked` is what
 * spdm_said_asks() gives of its request. UNSUPPORTED for a code without a row.
 */
status spdm_said_read(slice bytes, const struct spdm_shape *shape, bool has_asked,
                      struct spdm_said *out);

/* A request whose response has a field that others have not: a signature, or a summary's hash. */
bool spdm_said_asks(const struct spdm_said *request);

/* "GET_VERSION"; NULL for a code without a row. */
const char *spdm_said_name(uint8_t code);

/* The bit that is told by this name in the list of a message: "ECDSA-P384" of "base_asym", "CHUNK"
 * of "flags". 0 when there is none. */
uint32_t spdm_said_bit(const char *list, slice name);
/* "InvalidRequest"; NULL for a code that has no name. */
const char *spdm_said_error(uint8_t code);

/* The fields by name, in their order. NULL for want of memory. The caller owns it. */
json_t *spdm_said_json(const struct spdm_said *said);
json_t *spdm_said_hex(slice bytes);
