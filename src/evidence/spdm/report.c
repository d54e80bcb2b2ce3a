/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/spdm/report.h"

#include "codec/cbor.h"
#include "spdm/message/capabilities.h"
#include "spdm/message/version.h"

#include <stdlib.h>

#define LABEL "cix spdm measurements 1"

enum {
    MEMBERS = 5, /* [label, negotiation, chain, request, response] */
    REQUEST_SIZE_MAX = 64,
    HEADS_SIZE_MAX = 64 + sizeof LABEL,
};

bool spdm_report_begins(slice evidence)
{
    struct reader reader = reader_of(evidence);
    size_t count;
    slice label;
    return evidence.size && evidence.data[0] == (0x80 | MEMBERS) &&
           !cbor_read_array(&reader, MEMBERS, &count).fault &&
           !cbor_read_text(&reader, sizeof LABEL, &label).fault &&
           slice_equal(label, slice_of_text(LABEL));
}

/* ---- what is in it ---- */

static status read_negotiation(struct spdm_report *report)
{
    struct reader reader = reader_of(report->negotiation);
    struct spdm_version versions;
    struct spdm_capabilities asked, answered;
    struct spdm_algorithm_set offer;
    struct spdm_algorithms selected;
    TRY(spdm_get_version_read(&reader));
    TRY(spdm_version_read(&reader, &versions));
    TRY(spdm_get_capabilities_read(&reader, &asked));
    TRY(spdm_capabilities_read(&reader, &answered));
    report->shape.version = asked.version;
    if (asked.version < SPDM_1_2 || answered.version != asked.version)
        return FAIL(UNSUPPORTED, "SPDM measurements of a version that does not sign all of it");
    TRY(spdm_negotiate_algorithms_read(&reader, &report->shape, &offer));
    TRY(spdm_algorithms_read(&reader, &report->shape, &selected));
    TRY(reader_finish(&reader));
    TRY(spdm_suite_take(asked.version, &offer, &selected, &report->suite));
    spdm_suite_shape(&report->suite, &report->shape);
    return OK;
}

static status read_request(struct spdm_report *report)
{
    struct reader reader = reader_of(report->request);
    TRY(spdm_get_measurements_read(&reader, &report->shape, &report->asked));
    TRY(reader_finish(&reader));
    if (!report->asked.asks_signature || report->asked.operation != SPDM_MEASUREMENTS_ALL)
        return FAIL(UNSUPPORTED, "the request was not for all measurements with a signature");
    return report->request.data[0] == report->shape.version
               ? OK
               : FAIL(MALFORMED, "a request of another version than was negotiated");
}

static status read_blocks(struct spdm_report *report)
{
    struct reader blocks = reader_of(report->measurements.record);
    unsigned last = 0;
    while (blocks.left.size) {
        struct spdm_measurement_block *const block = &report->blocks[report->block_count];
        if (report->block_count == SPDM_REPORT_BLOCKS_MAX)
            return FAIL(EXHAUSTED, "more measurement blocks than we keep");
        TRY(spdm_measurement_block_read(&blocks, block));
        if (block->index <= last)
            return FAIL(MALFORMED, "measurement blocks are out of order, or one is there twice");
        last = block->index;
        report->block_count++;
    }
    return OK;
}

static status read_response(struct spdm_report *report)
{
    struct reader reader = reader_of(report->response);
    TRY(spdm_measurements_read(&reader, &report->shape, true, &report->measurements));
    TRY(reader_finish(&reader));
    if (report->response.data[0] != report->shape.version)
        return FAIL(MALFORMED, "a response of another version than was negotiated");
    if (report->measurements.slot != report->asked.slot)
        return FAIL(MALFORMED, "measurements were signed by another slot than was asked");
    return read_blocks(report);
}

status spdm_report_read(slice evidence, struct spdm_report *out)
{
    struct spdm_report report = {0};
    struct reader reader = reader_of(evidence);
    slice label;
    size_t count;
    TRY(cbor_read_array(&reader, MEMBERS, &count));
    if (count != MEMBERS)
        return FAIL(MALFORMED, "measurements over SPDM with another number of members");
    TRY(cbor_read_text(&reader, sizeof LABEL, &label));
    if (!slice_equal(label, slice_of_text(LABEL)))
        return FAIL(UNSUPPORTED, "an array of another kind");
    TRY(cbor_read_bytes(&reader, SPDM_REPORT_MESSAGES_SIZE_MAX, &report.negotiation));
    TRY(cbor_read_bytes(&reader, SPDM_REPORT_CHAIN_SIZE_MAX, &report.chain));
    TRY(cbor_read_bytes(&reader, REQUEST_SIZE_MAX, &report.request));
    TRY(cbor_read_bytes(&reader, SPDM_REPORT_RESPONSE_SIZE_MAX, &report.response));
    TRY(reader_finish(&reader));
    TRY(read_negotiation(&report));
    TRY(read_request(&report));
    TRY(read_response(&report));
    *out = report;
    return OK;
}

/* ---- making it ---- */

status spdm_report_write(const struct spdm_report *report, struct buffer *out)
{
    const size_t size = HEADS_SIZE_MAX + report->negotiation.size + report->chain.size +
                        report->request.size + report->response.size;
    slice written;
    if (report->negotiation.size > SPDM_REPORT_MESSAGES_SIZE_MAX ||
        report->chain.size > SPDM_REPORT_CHAIN_SIZE_MAX ||
        report->request.size > REQUEST_SIZE_MAX ||
        report->response.size > SPDM_REPORT_RESPONSE_SIZE_MAX)
        return FAIL(EXHAUSTED, "measurements over SPDM are longer than verifiers take");
    SCOPED(buffer) space = {.data = malloc(size), .size = size, .capacity = size};
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for measurements");
    struct writer writer = writer_over(space.data, space.size);
    cbor_write_array(&writer, MEMBERS);
    cbor_write_text(&writer, slice_of_text(LABEL));
    cbor_write_bytes(&writer, report->negotiation);
    cbor_write_bytes(&writer, report->chain);
    cbor_write_bytes(&writer, report->request);
    cbor_write_bytes(&writer, report->response);
    TRY(writer_finish(&writer, &written));
    space.size = written.size;
    *out = buffer_take(&space);
    return OK;
}
