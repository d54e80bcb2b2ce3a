/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/heartbeat.h"

status spdm_heartbeat_read(struct reader *reader)
{
    struct spdm_header header;
    return spdm_header_expect(reader, SPDM_HEARTBEAT, &header);
}

void spdm_heartbeat_write(struct writer *writer, const struct spdm_shape *shape)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_HEARTBEAT, 0, 0});
}

status spdm_heartbeat_ack_read(struct reader *reader)
{
    struct spdm_header header;
    return spdm_header_expect(reader, SPDM_HEARTBEAT_ACK, &header);
}

void spdm_heartbeat_ack_write(struct writer *writer, const struct spdm_shape *shape)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_HEARTBEAT_ACK, 0, 0});
}
