/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/csv/report.h"

#include "codec/reader.h"
#include "evidence/platform.h"

#include <string.h>

enum {
    SIGNED_SIZE = 0xb4, /* of version 1: up to and with the policy, as stored */
    EXTENDED_SIGNED_SIZE = 0x400,
    REPORT_DATA_OFFSET = 0x40,
    ANONCE_OFFSET = 0xbc,
    ANONCE_SIZE = 4,
    SIGNER_OFFSET = 0x150,
    EXTENDED_SIGNER_OFFSET = 0x490,
    PEK_HEAD_SIZE = 0x14,
    SIGNER_RESERVED_SIZE = 32,
    MACED_SIZE = CSV_CERTIFICATE_SIZE + CSV_SERIAL_SIZE + SIGNER_RESERVED_SIZE,
};

/* Fields begin at multiples of four, so every one begins with the mask's first byte. */
static void unmask(const uint8_t *mask, slice field, uint8_t *out)
{
    for (size_t i = 0; i < field.size; i++)
        out[i] = field.data[i] ^ mask[i % ANONCE_SIZE];
}

static bool pek_begins_at(slice bytes, size_t offset, const uint8_t *mask)
{
    uint8_t head[PEK_HEAD_SIZE];
    if (bytes.size < offset + sizeof head)
        return false;
    unmask(mask, (slice){bytes.data + offset, sizeof head}, head);
    return csv_pek_begins(SLICE(head));
}

/* ---- which of the two it is ---- */

static const uint8_t no_mask[ANONCE_SIZE];

static bool was_unmasked(slice bytes)
{
    return pek_begins_at(bytes, SIGNER_OFFSET, no_mask);
}

static bool begins_legacy(slice bytes)
{
    return bytes.size >= CSV_REPORT_SIZE &&
           (pek_begins_at(bytes, SIGNER_OFFSET, bytes.data + ANONCE_OFFSET) || was_unmasked(bytes));
}

static bool begins_extended(slice bytes)
{
    return pek_begins_at(bytes, EXTENDED_SIGNER_OFFSET, no_mask);
}

bool csv_report_is(slice bytes)
{
    switch (bytes.size) {
    case CSV_REPORT_SIZE:
        return begins_legacy(bytes);
    case CSV_REPORT_EXTENDED_SIZE:
        return begins_extended(bytes);
    case CSV_REPORT_PAGE_SIZE:
        return begins_legacy(bytes) || begins_extended(bytes);
    default:
        return false;
    }
}

/* Leaves in `report` what is its own; zeros fill the driver's page. */
static status trim_page(slice *report)
{
    const size_t size = begins_extended(*report) && !begins_legacy(*report)
                            ? CSV_REPORT_EXTENDED_SIZE
                            : CSV_REPORT_SIZE;
    for (size_t i = size; i < report->size; i++)
        if (report->data[i])
            return FAIL(MALFORMED, "bytes follow the CSV report");
    report->size = size;
    return OK;
}

/* Leaves a whole report of one of the two sizes. */
static status delimit(slice *report)
{
    const bool is_extended = begins_extended(*report) && !begins_legacy(*report);
    if (report->size < CSV_REPORT_SIZE)
        return FAIL(TRUNCATED, "a CSV report has 2548 bytes, an extended one 3380");
    if (report->size < CSV_REPORT_EXTENDED_SIZE && is_extended)
        return FAIL(TRUNCATED, "an extended CSV report has 3380 bytes");
    if (report->size == CSV_REPORT_PAGE_SIZE)
        TRY(trim_page(report));
    if (report->size != CSV_REPORT_SIZE && report->size != CSV_REPORT_EXTENDED_SIZE)
        return FAIL(MALFORMED, "bytes follow the CSV report");
    return OK;
}

/* ---- reading ---- */

struct unmasking {
    struct reader reader;
    const uint8_t *mask;
};

static void take(struct unmasking *from, uint8_t *out, size_t size)
{
    unmask(from->mask, read_bytes(&from->reader, size), out);
}

static uint32_t take_le32(struct unmasking *from)
{
    uint8_t bytes[4] = {0};
    take(from, bytes, sizeof bytes);
    struct reader reader = reader_of(SLICE(bytes));
    return read_le32(&reader);
}

static void read_guest(struct unmasking *from, struct csv_report *report)
{
    take(from, report->user_public_key_digest, sizeof report->user_public_key_digest);
    take(from, report->vm_id, sizeof report->vm_id);
    take(from, report->vm_version, sizeof report->vm_version);
    take(from, report->report_data, sizeof report->report_data);
    take(from, report->mnonce, sizeof report->mnonce);
    take(from, report->measurement, sizeof report->measurement);
    report->policy = take_le32(from);
    report->signature_usage = take_le32(from);
    report->signature_algorithm = take_le32(from);
}

static void read_registers(struct reader *reader, struct csv_report *report)
{
    report->build = read_le32(reader);
    report->rtmr_version = read_le16(reader);
    read_bytes(reader, 14); /* reserved, and signed */
    for (size_t i = 0; i < CSV_RTMRS; i++)
        read_exactly(reader, report->rtmrs[i], CSV_DIGEST_SIZE);
    read_bytes(reader, 656); /* reserved, and signed */
}

static void read_signer(struct unmasking *from, struct csv_report *report)
{
    report->mac_bytes = (slice){from->reader.left.data, MACED_SIZE};
    take(from, report->pek, sizeof report->pek);
    take(from, report->chip_serial, sizeof report->chip_serial);
    read_bytes(&from->reader, SIGNER_RESERVED_SIZE);
    report->mac = read_bytes(&from->reader, CSV_DIGEST_SIZE);
}

static void read_signature(struct reader *reader, struct csv_report *report)
{
    report->signature_r = read_bytes(reader, CSV_NUMBER_SIZE);
    report->signature_s = read_bytes(reader, CSV_NUMBER_SIZE);
}

static status read_legacy(slice bytes, struct csv_report *out)
{
    struct unmasking from = {reader_of(bytes), bytes.data + ANONCE_OFFSET};
    struct csv_report report = {.version = 1, .signed_bytes = {bytes.data, SIGNED_SIZE}};
    read_guest(&from, &report);
    read_exactly(&from.reader, report.anonce, sizeof report.anonce);
    read_signature(&from.reader, &report);
    report.signer_was_unmasked =
        was_unmasked(bytes) && !slice_equal(SLICE(report.anonce), SLICE(no_mask));
    if (report.signer_was_unmasked)
        from.mask = no_mask;
    read_signer(&from, &report);
    TRY(reader_finish(&from.reader));
    *out = report;
    return OK;
}

static status read_extended(slice bytes, struct csv_report *out)
{
    struct unmasking from = {reader_of(bytes), no_mask};
    struct csv_report report = {.version = 2, .signed_bytes = {bytes.data, EXTENDED_SIGNED_SIZE}};
    read_guest(&from, &report);
    read_registers(&from.reader, &report);
    read_signature(&from.reader, &report);
    read_signer(&from, &report);
    TRY(reader_finish(&from.reader));
    *out = report;
    return OK;
}

status csv_report_read(slice bytes, struct csv_report *out)
{
    TRY(delimit(&bytes));
    return bytes.size == CSV_REPORT_SIZE ? read_legacy(bytes, out) : read_extended(bytes, out);
}

slice csv_report_data_as_stored(slice bytes, const struct csv_report *report)
{
    const slice stored = {bytes.data + REPORT_DATA_OFFSET, CSV_REPORT_DATA_SIZE};
    return report->version == 1
               ? (slice){stored.data, ANONCE_OFFSET + ANONCE_SIZE - REPORT_DATA_OFFSET}
               : stored;
}

bool csv_report_data_is(slice stored, slice binding)
{
    uint8_t report_data[CSV_REPORT_DATA_SIZE];
    const uint8_t *const mask =
        stored.size > sizeof report_data ? stored.data + stored.size - ANONCE_SIZE : no_mask;
    unmask(mask, (slice){stored.data, sizeof report_data}, report_data);
    return binding_is(SLICE(report_data), binding);
}

status csv_report_check_mac(const struct csv_report *report)
{
    struct digest mac;
    TRY(hmac(HASH_SM3, SLICE(report->mnonce), report->mac_bytes, &mac));
    return equal_in_constant_time((slice){mac.data, mac.size}, report->mac)
               ? OK
               : FAIL(UNAUTHENTIC, "the MAC over the PEK and the chip's serial is wrong");
}
