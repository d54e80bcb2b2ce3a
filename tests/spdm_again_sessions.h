/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The same as tests/spdm_again.h, for sessions and all that is done in them: from KEY_EXCHANGE to
 * VENDOR_DEFINED_RESPONSE.
 */

#include "spdm_again.h"

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

/* A message that has nothing but its header. */
#define SPDM_AGAIN_BARE(name)                                                                      \
    static inline status spdm_again_##name(struct reader *reader, const struct spdm_scene *scene,  \
                                           struct writer *writer)                                  \
    {                                                                                              \
        TRY(spdm_##name##_read(reader));                                                           \
        spdm_##name##_write(writer, &scene->shape);                                                \
        return OK;                                                                                 \
    }

/* One that has a number besides. */
#define SPDM_AGAIN_NUMBER(name)                                                                    \
    static inline status spdm_again_##name(struct reader *reader, const struct spdm_scene *scene,  \
                                           struct writer *writer)                                  \
    {                                                                                              \
        uint8_t value = 0xA5;                                                                      \
        const status got = spdm_##name##_read(reader, &value);                                     \
        if (got.fault && value != 0xA5)                                                            \
            abort();                                                                               \
        TRY(got);                                                                                  \
        spdm_##name##_write(writer, &scene->shape, value);                                         \
        return OK;                                                                                 \
    }

/* clang-format off: a table */
SPDM_AGAIN(key_exchange, spdm_key_exchange, spdm_key_exchange_read(reader, shape, &value),
           spdm_key_exchange_write(writer, shape, &value))
SPDM_AGAIN(key_exchange_rsp, spdm_key_exchange_rsp,
           spdm_key_exchange_rsp_read(reader, shape, scene->was_asked, &value),
           spdm_key_exchange_rsp_write(writer, shape, &value))
SPDM_AGAIN(finish, spdm_finish, spdm_finish_read(reader, shape, &value),
           spdm_finish_write(writer, shape, &value))
SPDM_AGAIN(finish_rsp, spdm_finish_rsp, spdm_finish_rsp_read(reader, shape, &value),
           spdm_finish_rsp_write(writer, shape, &value))
SPDM_AGAIN(psk_exchange, spdm_psk_exchange, spdm_psk_exchange_read(reader, shape, &value),
           spdm_psk_exchange_write(writer, shape, &value))
SPDM_AGAIN(psk_exchange_rsp, spdm_psk_exchange_rsp,
           spdm_psk_exchange_rsp_read(reader, shape, scene->was_asked, &value),
           spdm_psk_exchange_rsp_write(writer, shape, &value))
SPDM_AGAIN(psk_finish, spdm_psk_finish, spdm_psk_finish_read(reader, shape, &value),
           spdm_psk_finish_write(writer, shape, &value))
SPDM_AGAIN(psk_finish_rsp, spdm_psk_finish_rsp, spdm_psk_finish_rsp_read(reader, shape, &value),
           spdm_psk_finish_rsp_write(writer, shape, &value))
SPDM_AGAIN_BARE(heartbeat)
SPDM_AGAIN_BARE(heartbeat_ack)
SPDM_AGAIN(key_update, spdm_key_update, spdm_key_update_read(reader, &value),
           spdm_key_update_write(writer, shape, &value))
SPDM_AGAIN(key_update_ack, spdm_key_update, spdm_key_update_ack_read(reader, &value),
           spdm_key_update_ack_write(writer, shape, &value))
SPDM_AGAIN(end_session, spdm_end_session, spdm_end_session_read(reader, &value),
           spdm_end_session_write(writer, shape, &value))
SPDM_AGAIN_BARE(end_session_ack)
SPDM_AGAIN_BARE(get_encapsulated_request)
SPDM_AGAIN_NUMBER(encapsulated_request)
SPDM_AGAIN_NUMBER(deliver_encapsulated_response)
SPDM_AGAIN(encapsulated_response_ack, spdm_encapsulated_response_ack,
           spdm_encapsulated_response_ack_read(reader, shape, &value),
           spdm_encapsulated_response_ack_write(writer, shape, &value))
SPDM_AGAIN(get_csr, spdm_get_csr, spdm_get_csr_read(reader, shape, &value),
           spdm_get_csr_write(writer, shape, &value))
SPDM_AGAIN(csr, spdm_csr, spdm_csr_read(reader, &value), spdm_csr_write(writer, shape, &value))
SPDM_AGAIN(set_certificate, spdm_set_certificate, spdm_set_certificate_read(reader, shape, &value),
           spdm_set_certificate_write(writer, shape, &value))
SPDM_AGAIN_NUMBER(set_certificate_rsp)
SPDM_AGAIN_NUMBER(get_key_pair_info)
SPDM_AGAIN(key_pair_info, spdm_key_pair_info, spdm_key_pair_info_read(reader, shape, &value),
           spdm_key_pair_info_write(writer, shape, &value))
SPDM_AGAIN(set_key_pair_info, spdm_set_key_pair_info,
           spdm_set_key_pair_info_read(reader, shape, &value),
           spdm_set_key_pair_info_write(writer, shape, &value))
SPDM_AGAIN_BARE(set_key_pair_info_ack)
SPDM_AGAIN_BARE(get_supported_event_types)
SPDM_AGAIN(supported_event_types, spdm_event_types, spdm_supported_event_types_read(reader, &value),
           spdm_supported_event_types_write(writer, shape, &value))
SPDM_AGAIN(subscribe_event_types, spdm_event_types, spdm_subscribe_event_types_read(reader, &value),
           spdm_subscribe_event_types_write(writer, shape, &value))
SPDM_AGAIN_BARE(subscribe_event_types_ack)
SPDM_AGAIN(send_event, spdm_send_event, spdm_send_event_read(reader, &value),
           spdm_send_event_write(writer, shape, &value))
SPDM_AGAIN_BARE(event_ack)
SPDM_AGAIN(vendor_defined_request, spdm_vendor_defined,
           spdm_vendor_defined_request_read(reader, shape, &value),
           spdm_vendor_defined_request_write(writer, shape, &value))
SPDM_AGAIN(vendor_defined_response, spdm_vendor_defined,
           spdm_vendor_defined_response_read(reader, shape, &value),
           spdm_vendor_defined_response_write(writer, shape, &value))
/* clang-format on */
