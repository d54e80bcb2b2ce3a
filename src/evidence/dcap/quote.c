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

/* Version 3 is older than TDX. */
static bool has_version(enum dcap_tee tee, uint16_t version)
{
    return version == 4 || version == 5 || (version == 3 && tee == DCAP_TEE_SGX);
}

static status read_header(struct reader *reader, enum dcap_tee tee, struct dcap_quote *quote)
{
    quote->version = read_le16(reader);
    quote->key_type = read_le16(reader);
    quote->tee_type = read_le32(reader);
    const uint16_t qe_svn = read_le16(reader); /* reserved after version 3, as the next */
    const uint16_t pce_svn = read_le16(reader);
    quote->qe_vendor_id = read_bytes(reader, 16);
    quote->user_data = read_bytes(reader, 20);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the quote ends inside its header");
    if (!has_version(tee, quote->version))
        return FAIL(UNSUPPORTED, "the quote is of no version that its TEE has");
    if (quote->key_type != KEY_TYPE_ECDSA_P256)
        return FAIL(UNSUPPORTED, "attestation key type is not ECDSA on P-256");
    if (quote->tee_type != (uint32_t)tee)
        return FAIL(UNSUPPORTED, "the quote is of another TEE");
    if (quote->version == 3) {
        quote->qe_svn = qe_svn;
        quote->pce_svn = pce_svn;
    }
    return OK;
}

static bool is_body_of(enum dcap_tee tee, uint16_t type)
{
    return tee == DCAP_TEE_SGX ? type == DCAP_BODY_SGX
                               : type >= DCAP_BODY_TD10 && type <= DCAP_BODY_TD15_EXTENDED;
}

static status read_body(struct reader *reader, enum dcap_tee tee, struct dcap_quote *quote)
{
    quote->body_type = tee == DCAP_TEE_SGX ? DCAP_BODY_SGX : DCAP_BODY_TD10;
    if (quote->version >= 5) {
        const uint16_t type = read_le16(reader);
        const uint32_t size = read_le32(reader);
        if (reader->short_of_input)
            return FAIL(TRUNCATED, "the quote ends before its body");
        if (!is_body_of(tee, type))
            return FAIL(UNSUPPORTED, "the body is of no known report type of its TEE");
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

/* Since version 4 what certifies the key lies in certification data of its own. */
static status read_wrapped_certification(struct reader *reader, struct dcap_quote *quote)
{
    const uint16_t type = read_le16(reader);
    const uint32_t size = read_le32(reader);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the signature data ends too soon");
    if (type != DCAP_CERTIFICATION_QE_REPORT)
        return FAIL(UNSUPPORTED, "the outer certification data is not a QE report");
    struct reader inner = reader_of(read_bytes(reader, size));
    TRY(reader_finish(reader));
    return read_certification(&inner, quote);
}

static status read_signature_data(struct reader *reader, struct dcap_quote *quote)
{
    quote->signature = read_bytes(reader, P256_SIGNATURE_SIZE);
    const uint8_t *const begin = reader->left.data;
    quote->attestation_key = read_bytes(reader, P256_POINT_SIZE);
    TRY(quote->version == 3 ? read_certification(reader, quote)
                            : read_wrapped_certification(reader, quote));
    const uint8_t *const end = quote->qe_auth_data.data + quote->qe_auth_data.size;
    quote->key_certification = (slice){begin, (size_t)(end - begin)};
    return OK;
}

status dcap_quote_read(slice bytes, enum dcap_tee tee, struct dcap_quote *out)
{
    struct dcap_quote quote = {0};
    struct reader reader = reader_of(bytes);
    TRY(read_header(&reader, tee, &quote));
    TRY(read_body(&reader, tee, &quote));
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
    return !reader.short_of_input && has_version(tee, version) &&
           (key_type == KEY_TYPE_ECDSA_P256 || key_type == KEY_TYPE_ECDSA_P384) && tee_type == tee;
}

status sgx_report_read(slice bytes, struct sgx_report *out)
{
    struct sgx_report report = {0};
    struct reader reader = reader_of(bytes);
    report.cpusvn = read_bytes(&reader, 16);
    report.miscselect = read_bytes(&reader, 4);
    read_bytes(&reader, 12); /* reserved */
    report.isvextprodid = read_bytes(&reader, 16);
    report.attributes = read_bytes(&reader, 16);
    report.mrenclave = read_bytes(&reader, 32);
    read_bytes(&reader, 32); /* reserved */
    report.mrsigner = read_bytes(&reader, 32);
    read_bytes(&reader, 32); /* reserved */
    report.config_id = read_bytes(&reader, 64);
    report.isvprodid = read_le16(&reader);
    report.isvsvn = read_le16(&reader);
    report.configsvn = read_le16(&reader);
    read_bytes(&reader, 42); /* reserved */
    report.isvfamilyid = read_bytes(&reader, 16);
    report.report_data = read_bytes(&reader, 64);
    TRY(reader_finish(&reader));
    *out = report;
    return OK;
}
