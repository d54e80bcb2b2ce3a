/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Each message read and written again, for the tests over recordings and vectors and for the
 * fuzzers: spdm_again_digests() reads DIGESTS and writes what was understood. A reader that fails
 * and has touched its output ends the program.
 */

#include "spdm/message/capabilities.h"
#include "spdm/message/certificate.h"
#include "spdm/message/challenge.h"
#include "spdm/message/chunk.h"
#include "spdm/message/digests.h"
#include "spdm/message/endpoint_info.h"
#include "spdm/message/error.h"
#include "spdm/message/measurement_log.h"
#include "spdm/message/measurements.h"
#include "spdm/message/respond_if_ready.h"

#include <stdlib.h>
#include <string.h>

/* What must be known to read a message. */
struct spdm_scene {
    struct spdm_shape shape;
    bool was_asked; /* the request asked for a summary hash, or a signature */
};

typedef status spdm_again(struct reader *reader, const struct spdm_scene *scene,
                          struct writer *writer);

#define SPDM_AGAIN(name, type, read, write)                                                        \
    static inline status spdm_again_##name(struct reader *reader, const struct spdm_scene *scene,  \
                                           struct writer *writer)                                  \
    {                                                                                              \
        const struct spdm_shape *const shape = &scene->shape;                                      \
        struct type value, before;                                                                 \
        (void)shape;                                                                               \
        memset(&value, 0xA5, sizeof value);                                                        \
        memcpy(&before, &value, sizeof value);                                                     \
        const status got = (read);                                                                 \
        if (got.fault && memcmp(&value, &before, sizeof value) != 0)                               \
            abort();                                                                               \
        TRY(got);                                                                                  \
        (write);                                                                                   \
        return OK;                                                                                 \
    }

/* clang-format off: a table */
SPDM_AGAIN(get_capabilities, spdm_capabilities, spdm_get_capabilities_read(reader, &value),
           spdm_get_capabilities_write(writer, &value))
SPDM_AGAIN(capabilities, spdm_capabilities, spdm_capabilities_read(reader, &value),
           spdm_capabilities_write(writer, &value))
SPDM_AGAIN(negotiate_algorithms, spdm_algorithm_set,
           spdm_negotiate_algorithms_read(reader, shape, &value),
           spdm_negotiate_algorithms_write(writer, shape, &value))
SPDM_AGAIN(algorithms, spdm_algorithms, spdm_algorithms_read(reader, shape, &value),
           spdm_algorithms_write(writer, shape, &value))
SPDM_AGAIN(digests, spdm_digests, spdm_digests_read(reader, shape, &value),
           spdm_digests_write(writer, shape, &value))
SPDM_AGAIN(get_certificate, spdm_get_certificate, spdm_get_certificate_read(reader, shape, &value),
           spdm_get_certificate_write(writer, shape, &value))
SPDM_AGAIN(certificate, spdm_certificate, spdm_certificate_read(reader, shape, &value),
           spdm_certificate_write(writer, shape, &value))
SPDM_AGAIN(challenge, spdm_challenge, spdm_challenge_read(reader, shape, &value),
           spdm_challenge_write(writer, shape, &value))
SPDM_AGAIN(challenge_auth, spdm_challenge_auth,
           spdm_challenge_auth_read(reader, shape, scene->was_asked, &value),
           spdm_challenge_auth_write(writer, shape, &value))
SPDM_AGAIN(get_measurements, spdm_get_measurements,
           spdm_get_measurements_read(reader, shape, &value),
           spdm_get_measurements_write(writer, shape, &value))
SPDM_AGAIN(measurements, spdm_measurements,
           spdm_measurements_read(reader, shape, scene->was_asked, &value),
           spdm_measurements_write(writer, shape, &value))
SPDM_AGAIN(get_measurement_log, spdm_get_measurement_log,
           spdm_get_measurement_log_read(reader, &value),
           spdm_get_measurement_log_write(writer, shape, &value))
SPDM_AGAIN(measurement_log, spdm_measurement_log, spdm_measurement_log_read(reader, &value),
           spdm_measurement_log_write(writer, shape, &value))
SPDM_AGAIN(get_endpoint_info, spdm_get_endpoint_info, spdm_get_endpoint_info_read(reader, &value),
           spdm_get_endpoint_info_write(writer, shape, &value))
SPDM_AGAIN(endpoint_info, spdm_endpoint_info,
           spdm_endpoint_info_read(reader, shape, scene->was_asked, &value),
           spdm_endpoint_info_write(writer, shape, &value))
SPDM_AGAIN(error, spdm_error, spdm_error_read(reader, &value), spdm_error_write(writer, &value))
SPDM_AGAIN(respond_if_ready, spdm_respond_if_ready, spdm_respond_if_ready_read(reader, &value),
           spdm_respond_if_ready_write(writer, shape, &value))
SPDM_AGAIN(chunk_send, spdm_chunk, spdm_chunk_send_read(reader, shape, &value),
           spdm_chunk_send_write(writer, shape, &value))
SPDM_AGAIN(chunk_send_ack, spdm_chunk_send_ack, spdm_chunk_send_ack_read(reader, shape, &value),
           spdm_chunk_send_ack_write(writer, shape, &value))
SPDM_AGAIN(chunk_get, spdm_chunk_get, spdm_chunk_get_read(reader, shape, &value),
           spdm_chunk_get_write(writer, shape, &value))
SPDM_AGAIN(chunk_response, spdm_chunk, spdm_chunk_response_read(reader, shape, &value),
           spdm_chunk_response_write(writer, shape, &value))
/* clang-format on */

static inline status spdm_again_get_digests(struct reader *reader, const struct spdm_scene *scene,
                                            struct writer *writer)
{
    TRY(spdm_get_digests_read(reader));
    spdm_get_digests_write(writer, &scene->shape);
    return OK;
}
