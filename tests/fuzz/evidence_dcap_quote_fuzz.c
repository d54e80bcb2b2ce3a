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
    const size_t wrapping = quote->version == 3 ? 0 : 2 + 4;
    write_le32(&writer, (uint32_t)(64 + 64 + wrapping + inner));
    write_bytes(&writer, quote->signature);
    write_bytes(&writer, quote->attestation_key);
    if (wrapping) {
        write_le16(&writer, DCAP_CERTIFICATION_QE_REPORT);
        write_le32(&writer, (uint32_t)inner);
    }
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

static void check_td_report(const struct dcap_quote *quote)
{
    struct td_report report;
    size_t total = 0;
    const status read = td_report_read(quote->body_type, quote->body, &report);
    assert(!read.fault);
    for (size_t i = 0; i < TD_FIELDS; i++)
        total += report.fields[i].size;
    assert(total == quote->body.size);
}

static void check_sgx_report(slice bytes)
{
    struct sgx_report report;
    const status read = sgx_report_read(bytes, &report);
    assert(!read.fault);
}

static void check_quote_of(enum dcap_tee tee, slice bytes)
{
    struct dcap_quote quote;
    if (dcap_quote_read(bytes, tee, &quote).fault)
        return;
    assert(dcap_quote_begins(bytes, tee));
    uint8_t *const space = malloc(bytes.size);
    assert(space && slice_equal(write_again(&quote, space, bytes.size), bytes));
    free(space);
    check_sgx_report(quote.qe_report);
    if (tee == DCAP_TEE_TDX)
        check_td_report(&quote);
    else
        check_sgx_report(quote.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_quote_of(DCAP_TEE_SGX, (slice){data, size});
    check_quote_of(DCAP_TEE_TDX, (slice){data, size});
    return 0;
}
