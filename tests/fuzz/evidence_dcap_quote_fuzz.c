/* SPDX-License-Identifier: Apache-2.0 */

/* A quote from a stranger: what is read, written again in the order of the format, is the input. */

#include "codec/writer.h"
#include "evidence/dcap/quote.h"
#include "evidence/tdx/report.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static slice write_again(const struct dcap_quote *quote, uint8_t *space, size_t capacity)
{
    struct writer writer = writer_over(space, capacity);
    slice written;
    const size_t inner =
        384 + 64 + 2 + quote->qe_auth_data.size + 2 + 4 + quote->certification.size;
    write_bytes(&writer, quote->signed_bytes);
    write_le32(&writer, (uint32_t)(64 + 64 + 2 + 4 + inner));
    write_bytes(&writer, quote->signature);
    write_bytes(&writer, quote->attestation_key);
    write_le16(&writer, DCAP_CERTIFICATION_QE_REPORT);
    write_le32(&writer, (uint32_t)inner);
    write_bytes(&writer, quote->qe_report);
    write_bytes(&writer, quote->qe_report_signature);
    write_le16(&writer, (uint16_t)quote->qe_auth_data.size);
    write_bytes(&writer, quote->qe_auth_data);
    write_le16(&writer, quote->certification_type);
    write_le32(&writer, (uint32_t)quote->certification.size);
    write_bytes(&writer, quote->certification);
    write_bytes(&writer, quote->trailing);
    const status finished = writer_finish(&writer, &written);
    assert(!finished.fault);
    return written;
}

static void check_report(const struct dcap_quote *quote)
{
    struct td_report report;
    struct sgx_report qe_report;
    size_t total = 0;
    const status read = td_report_read(quote->body_type, quote->body, &report);
    assert(!read.fault);
    for (size_t i = 0; i < TD_FIELDS; i++)
        total += report.fields[i].size;
    assert(total == quote->body.size);
    const status qe_read = sgx_report_read(quote->qe_report, &qe_report);
    assert(!qe_read.fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dcap_quote quote;
    if (dcap_quote_read((slice){data, size}, &quote).fault)
        return 0;
    assert(dcap_quote_begins((slice){data, size}, DCAP_TEE_TDX));
    uint8_t *const space = malloc(size);
    assert(space && slice_equal(write_again(&quote, space, size), (slice){data, size}));
    free(space);
    check_report(&quote);
    return 0;
}
