/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/quote.h"

enum { KEY_TYPE_ECDSA_P256 = 2, KEY_TYPE_ECDSA_P384 = 3 };

static size_t body_size(enum dcap_body type)
{
    switch (type) {
    case DCAP_BODY_SGX:
        return SGX_REPORT_SIZE;
    case DCAP_BODY_TD10:
        return TD_REPORT10_SIZE;
    case DCAP_BODY_TD15:
        return TD_REPORT15_SIZE;
    case DCAP_BODY_TD15_EXTENDED:
        return TD_REPORT15_EXTENDED_SIZE;
    case DCAP_BODY_NONE:
        break;
    }
    return 0;
}

static status read_header(struct reader *reader, struct dcap_quote *quote)
{
    quote->version = read_le16(reader);
    quote->key_type = read_le16(reader);
    quote->tee_type = read_le32(reader);
    read_bytes(reader, 4); /* reserved; the SVNs of QE and PCE in version 3 */
    quote->qe_vendor_id = read_bytes(reader, 16);
    quote->user_data = read_bytes(reader, 20);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the quote ends inside its header");
    if (quote->version != 4 && quote->version != 5)
        return FAIL(UNSUPPORTED, "quote version is neither 4 nor 5");
    if (quote->key_type != KEY_TYPE_ECDSA_P256)
        return FAIL(UNSUPPORTED, "attestation key type is not ECDSA on P-256");
    if (quote->tee_type != DCAP_TEE_TDX)
        return FAIL(UNSUPPORTED, "the quote is not of a TD");
    return OK;
}

static status read_body(struct reader *reader, struct dcap_quote *quote)
{
    quote->body_type = DCAP_BODY_TD10;
    if (quote->version >= 5) {
        const uint16_t type = read_le16(reader);
        const uint32_t size = read_le32(reader);
        if (reader->short_of_input)
            return FAIL(TRUNCATED, "the quote ends before its body");
        if (type < DCAP_BODY_TD10 || type > DCAP_BODY_TD15_EXTENDED)
            return FAIL(UNSUPPORTED, "the body is of no known TD report type");
        quote->body_type = (enum dcap_body)type;
        if (size != body_size(quote->body_type))
            return FAIL(MALFORMED, "the body's size is not that of its type");
    }
    quote->body = read_bytes(reader, body_size(quote->body_type));
    return reader->short_of_input ? FAIL(TRUNCATED, "the quote ends inside its body") : OK;
}

static status read_certification(struct reader *reader, struct dcap_quote *quote)
{
    quote->qe_report = read_bytes(reader, SGX_REPORT_SIZE);
    quote->qe_report_signature = read_bytes(reader, P256_SIGNATURE_SIZE);
    const uint16_t auth_size = read_le16(reader);
    if (auth_size > DCAP_QE_AUTH_DATA_SIZE_MAX)
        return FAIL(EXHAUSTED, "the QE authentication data is larger than we keep");
    quote->qe_auth_data = read_bytes(reader, auth_size);
    quote->certification_type = read_le16(reader);
    const uint32_t size = read_le32(reader);
    if (size > DCAP_CERTIFICATION_SIZE_MAX)
        return FAIL(EXHAUSTED, "the certification data is larger than we keep");
    quote->certification = read_bytes(reader, size);
    return reader_finish(reader);
}

static status read_signature_data(struct reader *reader, struct dcap_quote *quote)
{
    quote->signature = read_bytes(reader, P256_SIGNATURE_SIZE);
    const uint8_t *const begin = reader->left.data;
    quote->attestation_key = read_bytes(reader, P256_POINT_SIZE);
    const uint16_t type = read_le16(reader);
    const uint32_t size = read_le32(reader);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the signature data ends too soon");
    if (type != DCAP_CERTIFICATION_QE_REPORT)
        return FAIL(UNSUPPORTED, "the outer certification data is not a QE report");
    struct reader inner = reader_of(read_bytes(reader, size));
    TRY(reader_finish(reader));
    TRY(read_certification(&inner, quote));
    const size_t after = 2 + 4 + quote->certification.size;
    quote->key_certification = (slice){begin, (size_t)(inner.left.data - begin) - after};
    return OK;
}

status dcap_quote_read(slice bytes, struct dcap_quote *out)
{
    struct dcap_quote quote = {0};
    struct reader reader = reader_of(bytes);
    TRY(read_header(&reader, &quote));
    TRY(read_body(&reader, &quote));
    quote.signed_bytes = (slice){bytes.data, bytes.size - reader.left.size};

    const uint32_t size = read_le32(&reader);
    struct reader signature_data = reader_of(read_bytes(&reader, size));
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "the quote ends inside its signature data");
    TRY(read_signature_data(&signature_data, &quote));
    quote.trailing = reader.left;
    *out = quote;
    return OK;
}

/* The key type tells a quote from an SNP report of version 4 or 5, which has zeros there. */
bool dcap_quote_begins(slice bytes, enum dcap_tee tee)
{
    struct reader reader = reader_of(bytes);
    const uint16_t version = read_le16(&reader);
    const uint16_t key_type = read_le16(&reader);
    const uint32_t tee_type = read_le32(&reader);
    return !reader.short_of_input && (version == 4 || version == 5) &&
           (key_type == KEY_TYPE_ECDSA_P256 || key_type == KEY_TYPE_ECDSA_P384) && tee_type == tee;
}

status sgx_report_read(slice bytes, struct sgx_report *out)
{
    struct sgx_report report = {0};
    struct reader reader = reader_of(bytes);
    report.cpusvn = read_bytes(&reader, 16);
    report.miscselect = read_bytes(&reader, 4);
    read_bytes(&reader, 12 + 16); /* reserved, ISVEXTPRODID */
    report.attributes = read_bytes(&reader, 16);
    report.mrenclave = read_bytes(&reader, 32);
    read_bytes(&reader, 32); /* reserved */
    report.mrsigner = read_bytes(&reader, 32);
    read_bytes(&reader, 32); /* reserved */
    report.config_id = read_bytes(&reader, 64);
    report.isvprodid = read_le16(&reader);
    report.isvsvn = read_le16(&reader);
    report.configsvn = read_le16(&reader);
    read_bytes(&reader, 42 + 16); /* reserved, ISVFAMILYID */
    report.report_data = read_bytes(&reader, 64);
    TRY(reader_finish(&reader));
    *out = report;
    return OK;
}
