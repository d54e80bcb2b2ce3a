/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/tdisp.h"

#include "spdm/message/tdisp_report.h"

#include <assert.h>

static status versions_read(struct reader *reader, struct spdm_tdisp *out)
{
    out->versions.count = read_u8(reader);
    if (out->versions.count > SPDM_TDISP_VERSIONS_MAX)
        return FAIL(EXHAUSTED, "TDISP lists more versions than we keep");
    read_exactly(reader, out->versions.numbers, out->versions.count);
    return OK;
}

static void versions_write(struct writer *writer, const struct spdm_tdisp *message)
{
    assert(message->versions.count <= SPDM_TDISP_VERSIONS_MAX);
    write_u8(writer, message->versions.count);
    write_bytes(writer, (slice){message->versions.numbers, message->versions.count});
}

static struct spdm_tdisp_capabilities capabilities_read(struct reader *reader)
{
    struct spdm_tdisp_capabilities capabilities;
    capabilities.dsm = read_le32(reader);
    read_exactly(reader, capabilities.requests, sizeof capabilities.requests);
    capabilities.lock_flags = read_le16(reader);
    read_bytes(reader, 3); /* reserved */
    capabilities.address_width = read_u8(reader);
    capabilities.outstanding_interface = read_u8(reader);
    capabilities.outstanding_device = read_u8(reader);
    return capabilities;
}

static void capabilities_write(struct writer *writer,
                               const struct spdm_tdisp_capabilities *capabilities)
{
    write_le32(writer, capabilities->dsm);
    write_bytes(writer, SLICE(capabilities->requests));
    write_le16(writer, capabilities->lock_flags);
    write_u8(writer, 0); /* this and the next: reserved */
    write_le16(writer, 0);
    write_u8(writer, capabilities->address_width);
    write_u8(writer, capabilities->outstanding_interface);
    write_u8(writer, capabilities->outstanding_device);
}

static struct spdm_tdisp_lock lock_read(struct reader *reader)
{
    struct spdm_tdisp_lock lock;
    lock.flags = read_le16(reader);
    lock.default_stream = read_u8(reader);
    read_u8(reader); /* reserved */
    lock.mmio_reporting_offset = read_le64(reader);
    lock.p2p_address_mask = read_le64(reader);
    return lock;
}

static void lock_write(struct writer *writer, const struct spdm_tdisp_lock *lock)
{
    write_le16(writer, lock->flags);
    write_u8(writer, lock->default_stream);
    write_u8(writer, 0); /* reserved */
    write_le64(writer, lock->mmio_reporting_offset);
    write_le64(writer, lock->p2p_address_mask);
}

static void report_read(struct reader *reader, struct spdm_tdisp *out)
{
    const uint16_t portion_size = read_le16(reader);
    out->report.remainder_size = read_le16(reader);
    out->report.portion = read_bytes(reader, portion_size);
}

static void report_write(struct writer *writer, const struct spdm_tdisp *message)
{
    assert(message->report.portion.size <= UINT16_MAX);
    write_le16(writer, (uint16_t)message->report.portion.size);
    write_le16(writer, message->report.remainder_size);
    write_bytes(writer, message->report.portion);
}

static status state_read(struct reader *reader, struct spdm_tdisp *out)
{
    out->state = read_u8(reader);
    return out->state <= SPDM_TDISP_FAILED
               ? OK
               : FAIL(MALFORMED, "TDISP interface is in a state that there is not");
}

static void error_read(struct reader *reader, struct spdm_tdisp *out)
{
    out->error.code = read_le32(reader);
    out->error.data = read_le32(reader);
    out->error.extended = read_bytes(reader, reader->left.size);
}

static void error_write(struct writer *writer, const struct spdm_tdisp *message)
{
    write_le32(writer, message->error.code);
    write_le32(writer, message->error.data);
    write_bytes(writer, message->error.extended);
}

/* What follows the header of a message of out->type. */
static status member_read(struct reader *reader, struct spdm_tdisp *out)
{
    switch (out->type) {
    case SPDM_TDISP_VERSION:
        return versions_read(reader, out);
    case SPDM_TDISP_GET_CAPABILITIES:
        out->tsm_capabilities = read_le32(reader);
        return OK;
    case SPDM_TDISP_CAPABILITIES:
        out->capabilities = capabilities_read(reader);
        return OK;
    case SPDM_TDISP_LOCK_INTERFACE:
        out->lock = lock_read(reader);
        return OK;
    case SPDM_TDISP_LOCK_INTERFACE_RESPONSE:
    case SPDM_TDISP_START_INTERFACE:
        read_exactly(reader, out->nonce, sizeof out->nonce);
        return OK;
    case SPDM_TDISP_GET_DEVICE_INTERFACE_REPORT:
        out->wanted.offset = read_le16(reader);
        out->wanted.length = read_le16(reader);
        return OK;
    case SPDM_TDISP_DEVICE_INTERFACE_REPORT:
        report_read(reader, out);
        return OK;
    case SPDM_TDISP_DEVICE_INTERFACE_STATE:
        return state_read(reader, out);
    case SPDM_TDISP_BIND_P2P_STREAM:
    case SPDM_TDISP_UNBIND_P2P_STREAM:
        out->p2p_stream = read_u8(reader);
        return OK;
    case SPDM_TDISP_SET_MMIO_ATTRIBUTE:
        out->range = spdm_tdisp_range_read(reader);
        return OK;
    case SPDM_TDISP_VDM:
    case SPDM_TDISP_VDM_RESPONSE:
        out->vendor = read_bytes(reader, reader->left.size);
        return OK;
    case SPDM_TDISP_ERROR:
        error_read(reader, out);
        return OK;
    case SPDM_TDISP_GET_VERSION:
    case SPDM_TDISP_GET_DEVICE_INTERFACE_STATE:
    case SPDM_TDISP_START_INTERFACE_RESPONSE:
    case SPDM_TDISP_STOP_INTERFACE:
    case SPDM_TDISP_STOP_INTERFACE_RESPONSE:
    case SPDM_TDISP_BIND_P2P_STREAM_RESPONSE:
    case SPDM_TDISP_UNBIND_P2P_STREAM_RESPONSE:
    case SPDM_TDISP_SET_MMIO_ATTRIBUTE_RESPONSE:
        return OK;
    default:
        return FAIL(UNSUPPORTED, "TDISP message is of a type that we do not know");
    }
}

static void member_write(struct writer *writer, const struct spdm_tdisp *message)
{
    switch (message->type) {
    case SPDM_TDISP_VERSION:
        versions_write(writer, message);
        break;
    case SPDM_TDISP_GET_CAPABILITIES:
        write_le32(writer, message->tsm_capabilities);
        break;
    case SPDM_TDISP_CAPABILITIES:
        capabilities_write(writer, &message->capabilities);
        break;
    case SPDM_TDISP_LOCK_INTERFACE:
        lock_write(writer, &message->lock);
        break;
    case SPDM_TDISP_LOCK_INTERFACE_RESPONSE:
    case SPDM_TDISP_START_INTERFACE:
        write_bytes(writer, SLICE(message->nonce));
        break;
    case SPDM_TDISP_GET_DEVICE_INTERFACE_REPORT:
        write_le16(writer, message->wanted.offset);
        write_le16(writer, message->wanted.length);
        break;
    case SPDM_TDISP_DEVICE_INTERFACE_REPORT:
        report_write(writer, message);
        break;
    case SPDM_TDISP_DEVICE_INTERFACE_STATE:
        write_u8(writer, message->state);
        break;
    case SPDM_TDISP_BIND_P2P_STREAM:
    case SPDM_TDISP_UNBIND_P2P_STREAM:
        write_u8(writer, message->p2p_stream);
        break;
    case SPDM_TDISP_SET_MMIO_ATTRIBUTE:
        spdm_tdisp_range_write(writer, &message->range);
        break;
    case SPDM_TDISP_VDM:
    case SPDM_TDISP_VDM_RESPONSE:
        write_bytes(writer, message->vendor);
        break;
    case SPDM_TDISP_ERROR:
        error_write(writer, message);
        break;
    default:
        break;
    }
}

status spdm_tdisp_read(slice payload, struct spdm_tdisp *out)
{
    struct reader reader = reader_of(payload);
    struct spdm_tdisp message = {0};

    const uint8_t protocol = read_u8(&reader);
    message.version = read_u8(&reader);
    message.type = read_u8(&reader);
    read_le16(&reader); /* reserved */
    message.function_id = read_le32(&reader);
    read_le64(&reader); /* reserved */
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "TDISP message is shorter than its header");
    if (protocol != SPDM_TDISP_PROTOCOL)
        return FAIL(UNSUPPORTED, "payload is of another protocol than TDISP");
    TRY(member_read(&reader, &message));
    TRY(reader_finish(&reader));
    *out = message;
    return OK;
}

void spdm_tdisp_write(struct writer *writer, const struct spdm_tdisp *message)
{
    write_u8(writer, SPDM_TDISP_PROTOCOL);
    write_u8(writer, message->version);
    write_u8(writer, message->type);
    write_le16(writer, 0); /* reserved */
    write_le32(writer, message->function_id);
    write_le64(writer, 0); /* reserved */
    member_write(writer, message);
}
