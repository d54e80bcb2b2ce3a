/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A trip: one message is read and written again. Unit tests, recordings and fuzz targets all take
 * the same ones, and each sees that a refusal leaves `out` as it was.
 */

#include "base/bytes.h"
#include "spdm/message/csr.h"
#include "spdm/message/encapsulated.h"
#include "spdm/message/end_session.h"
#include "spdm/message/events.h"
#include "spdm/message/finish.h"
#include "spdm/message/heartbeat.h"
#include "spdm/message/key_exchange.h"
#include "spdm/message/key_pair_info.h"
#include "spdm/message/key_update.h"
#include "spdm/message/psk_exchange.h"
#include "spdm/message/psk_finish.h"
#include "spdm/message/set_certificate.h"
#include "spdm/message/vendor_defined.h"

#include <assert.h>
#include <string.h>

/* `has_summary`: as for the answers that have a summary of measurements where it was asked for. */
typedef status spdm_trip(struct reader *reader, const struct spdm_shape *shape, bool has_summary,
                         struct writer *writer);

enum { TRIP_FILLER = 0x5A };

static inline bool trip_left_untouched(const void *out, size_t size)
{
    const uint8_t *const bytes = out;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != TRIP_FILLER)
            return false;
    return true;
}

/* A trip through `type`, which `read` fills and `write` writes. */
#define SPDM_TRIP(name, type, read, write)                                                         \
    static inline status trip_##name(struct reader *reader, const struct spdm_shape *shape,        \
                                     bool has_summary, struct writer *writer)                      \
    {                                                                                              \
        type message;                                                                              \
        memset(&message, TRIP_FILLER, sizeof message);                                             \
        (void)has_summary;                                                                         \
        const status done = (read);                                                                \
        if (done.fault)                                                                            \
            assert(trip_left_untouched(&message, sizeof message));                                 \
        else                                                                                       \
            write;                                                                                 \
        return done;                                                                               \
    }

/* The same, for the three forms that functions of messages have. */
#define SPDM_TRIP_SHAPED(name)                                                                     \
    SPDM_TRIP(name, struct spdm_##name, spdm_##name##_read(reader, shape, &message),               \
              spdm_##name##_write(writer, shape, &message))
#define SPDM_TRIP_UNSHAPED(name, type)                                                             \
    SPDM_TRIP(name, type, spdm_##name##_read(reader, &message),                                    \
              spdm_##name##_write(writer, shape, &message))
#define SPDM_TRIP_SUMMARY(name)                                                                    \
    SPDM_TRIP(name, struct spdm_##name, spdm_##name##_read(reader, shape, has_summary, &message),  \
              spdm_##name##_write(writer, shape, &message))
#define SPDM_TRIP_NUMBER(name)                                                                     \
    SPDM_TRIP(name, uint8_t, spdm_##name##_read(reader, &message),                                 \
              spdm_##name##_write(writer, shape, message))
#define SPDM_TRIP_BARE(name)                                                                       \
    static inline status trip_##name(struct reader *reader, const struct spdm_shape *shape,        \
                                     bool has_summary, struct writer *writer)                      \
    {                                                                                              \
        (void)has_summary;                                                                         \
        TRY(spdm_##name##_read(reader));                                                           \
        spdm_##name##_write(writer, shape);                                                        \
        return OK;                                                                                 \
    }

SPDM_TRIP_SHAPED(key_exchange)
SPDM_TRIP_SUMMARY(key_exchange_rsp)
SPDM_TRIP_SHAPED(finish)
SPDM_TRIP_SHAPED(finish_rsp)
SPDM_TRIP_SHAPED(psk_exchange)
SPDM_TRIP_SUMMARY(psk_exchange_rsp)
SPDM_TRIP_SHAPED(psk_finish)
SPDM_TRIP_SHAPED(psk_finish_rsp)
SPDM_TRIP_BARE(heartbeat)
SPDM_TRIP_BARE(heartbeat_ack)
SPDM_TRIP_UNSHAPED(key_update, struct spdm_key_update)
SPDM_TRIP_UNSHAPED(key_update_ack, struct spdm_key_update)
SPDM_TRIP_UNSHAPED(end_session, struct spdm_end_session)
SPDM_TRIP_BARE(end_session_ack)
SPDM_TRIP_BARE(get_encapsulated_request)
SPDM_TRIP_NUMBER(encapsulated_request)
SPDM_TRIP_NUMBER(deliver_encapsulated_response)
SPDM_TRIP_SHAPED(encapsulated_response_ack)
SPDM_TRIP_SHAPED(get_csr)
SPDM_TRIP_UNSHAPED(csr, struct spdm_csr)
SPDM_TRIP_SHAPED(set_certificate)
SPDM_TRIP_NUMBER(set_certificate_rsp)
SPDM_TRIP_NUMBER(get_key_pair_info)
SPDM_TRIP_SHAPED(key_pair_info)
SPDM_TRIP_SHAPED(set_key_pair_info)
SPDM_TRIP_BARE(set_key_pair_info_ack)
SPDM_TRIP_BARE(get_supported_event_types)
SPDM_TRIP_UNSHAPED(supported_event_types, struct spdm_event_types)
SPDM_TRIP_UNSHAPED(subscribe_event_types, struct spdm_event_types)
SPDM_TRIP_BARE(subscribe_event_types_ack)
SPDM_TRIP_UNSHAPED(send_event, struct spdm_send_event)
SPDM_TRIP_BARE(event_ack)
SPDM_TRIP(vendor_defined_request, struct spdm_vendor_defined,
          spdm_vendor_defined_request_read(reader, shape, &message),
          spdm_vendor_defined_request_write(writer, shape, &message))
SPDM_TRIP(vendor_defined_response, struct spdm_vendor_defined,
          spdm_vendor_defined_response_read(reader, shape, &message),
          spdm_vendor_defined_response_write(writer, shape, &message))
