/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/quote.h"

#include "codec/cbor.h"

#include <stdlib.h>

enum member {
    MEMBER_FORM,
    MEMBER_QUOTES,
    MEMBER_AK_PUBLIC,
    MEMBER_EK_PUBLIC,
    MEMBER_CERTIFICATES,
    MEMBER_PCRS,
    MEMBER_EVENT_LOG,
    MEMBER_IMA_LOG,
    MEMBER_HCL_REPORT,
    MEMBER_HARDWARE,
    MEMBER_ENDORSEMENTS,
    MEMBER_COUNT,
};

enum { FIRST_MAP_OF_2 = 0xa2, LAST_MAP = 0xa0 + MEMBER_COUNT, QUOTE_PARTS = 2 };

static const char *const forms[] = {
    [TPM_FORM_TPM] = "cix-tpm-quote", [TPM_FORM_AZURE] = "cix-azure-tpm-quote"};

enum { FORM_SIZE_MAX = 32 };

enum tpm_form tpm_evidence_form(slice bytes)
{
    struct reader reader = reader_of(bytes);
    const uint8_t map = read_u8(&reader);
    const uint8_t key = read_u8(&reader);
    slice form;
    if (reader.short_of_input || map < FIRST_MAP_OF_2 || map > LAST_MAP || key != MEMBER_FORM ||
        cbor_read_text(&reader, FORM_SIZE_MAX, &form).fault)
        return TPM_FORM_NONE;
    for (enum tpm_form i = TPM_FORM_TPM; i <= TPM_FORM_AZURE; i++)
        if (slice_equal(form, slice_of_text(forms[i])))
            return i;
    return TPM_FORM_NONE;
}

static enum tpm_form form_of(const struct tpm_evidence *evidence)
{
    return evidence->hcl_report.size ? TPM_FORM_AZURE : TPM_FORM_TPM;
}

/* ---- reading ---- */

/* Absent members are not written as empty ones. */
static status read_filled(struct reader *reader, size_t most, slice *out)
{
    TRY(cbor_read_bytes(reader, most, out));
    return out->size ? OK : FAIL(MALFORMED, "a member of the TPM evidence is empty");
}

static status read_count(struct reader *reader, size_t most, size_t *out)
{
    TRY(cbor_read_array(reader, most, out));
    return *out ? OK : FAIL(MALFORMED, "a list in the TPM evidence is empty");
}

static status read_quotes(struct reader *reader, struct tpm_evidence *out)
{
    TRY(read_count(reader, TPM_QUOTES_MAX, &out->quote_count));
    for (size_t i = 0; i < out->quote_count; i++) {
        size_t parts;
        TRY(cbor_read_array(reader, QUOTE_PARTS, &parts));
        if (parts != QUOTE_PARTS)
            return FAIL(MALFORMED, "a quote is an attestation and its signature");
        TRY(read_filled(reader, TPM_ATTEST_SIZE_MAX, &out->quotes[i].attest));
        TRY(read_filled(reader, TPM_SIGNATURE_SIZE_MAX, &out->quotes[i].signature));
    }
    return OK;
}

static status read_list(struct reader *reader, size_t most, slice *items, size_t *out_count)
{
    TRY(read_count(reader, most, out_count));
    for (size_t i = 0; i < *out_count; i++)
        TRY(read_filled(reader, TPM_EVIDENCE_SIZE_MAX, &items[i]));
    return OK;
}

static status read_bank(struct reader *reader, uint16_t hash, struct tpm_pcrs *out)
{
    size_t count;
    TRY(cbor_read_map(reader, TPM_PCR_COUNT, &count));
    if (count == 0)
        return FAIL(MALFORMED, "a PCR bank of the TPM evidence is empty");
    for (size_t i = 0; i < count; i++) {
        uint64_t index;
        slice value;
        TRY(cbor_read_uint(reader, TPM_PCR_COUNT - 1, &index));
        TRY(cbor_read_bytes(reader, tpm_hash_size(hash), &value));
        TRY(tpm_pcrs_set(out, hash, (size_t)index, value));
    }
    return OK;
}

static status read_pcrs(struct reader *reader, struct tpm_pcrs *out)
{
    size_t count;
    TRY(cbor_read_map(reader, TPM_BANKS_MAX, &count));
    if (count == 0)
        return FAIL(MALFORMED, "the TPM evidence has no PCR bank where one is wanted");
    for (size_t i = 0; i < count; i++) {
        uint64_t hash;
        TRY(cbor_read_uint(reader, UINT16_MAX, &hash));
        if (tpm_hash_size((uint16_t)hash) == 0)
            return FAIL(UNSUPPORTED, "a PCR bank is of a hash that we do not know");
        TRY(read_bank(reader, (uint16_t)hash, out));
    }
    return OK;
}

static status read_form(struct reader *reader)
{
    slice form;
    return cbor_read_text(reader, FORM_SIZE_MAX, &form);
}

static status read_member(struct reader *reader, enum member member, struct tpm_evidence *out)
{
    switch (member) {
    case MEMBER_FORM:
        return read_form(reader);
    case MEMBER_QUOTES:
        return read_quotes(reader, out);
    case MEMBER_AK_PUBLIC:
        return read_filled(reader, TPM_PUBLIC_SIZE_MAX, &out->ak_public);
    case MEMBER_EK_PUBLIC:
        return read_filled(reader, TPM_PUBLIC_SIZE_MAX, &out->ek_public);
    case MEMBER_CERTIFICATES:
        return read_list(reader, TPM_CERTIFICATES_MAX, out->certificates, &out->certificate_count);
    case MEMBER_PCRS:
        return read_pcrs(reader, &out->pcrs);
    case MEMBER_EVENT_LOG:
        return read_filled(reader, TPM_EVIDENCE_SIZE_MAX, &out->event_log);
    case MEMBER_IMA_LOG:
        return read_filled(reader, TPM_EVIDENCE_SIZE_MAX, &out->ima_log);
    case MEMBER_HCL_REPORT:
        return read_filled(reader, TPM_EVIDENCE_SIZE_MAX, &out->hcl_report);
    case MEMBER_HARDWARE:
        return read_filled(reader, TPM_EVIDENCE_SIZE_MAX, &out->hardware);
    case MEMBER_ENDORSEMENTS:
        return read_list(reader, TPM_ENDORSEMENTS_MAX, out->endorsements, &out->endorsement_count);
    case MEMBER_COUNT:
        break;
    }
    return FAIL(MALFORMED, "the TPM evidence has a member that we do not know");
}

status tpm_evidence_read(slice bytes, struct tpm_evidence *out)
{
    const enum tpm_form form = tpm_evidence_form(bytes);
    struct reader reader = reader_of(bytes);
    struct tpm_evidence evidence = {0};
    size_t count;
    if (bytes.size == 0)
        return FAIL(TRUNCATED, "the evidence is empty");
    TRY(cbor_read_map(&reader, MEMBER_COUNT, &count));
    for (size_t i = 0; i < count; i++) {
        uint64_t member;
        TRY(cbor_read_uint(&reader, MEMBER_COUNT - 1, &member));
        TRY(read_member(&reader, (enum member)member, &evidence));
    }
    TRY(reader_finish(&reader));
    if (evidence.quote_count == 0)
        return FAIL(MALFORMED, "the TPM evidence has no quote");
    if (form != form_of(&evidence))
        return FAIL(MALFORMED, "the TPM evidence is not of the form that it names");
    *out = evidence;
    return OK;
}

/* ---- writing ---- */

static void write_quotes(struct writer *writer, const struct tpm_evidence *evidence)
{
    cbor_write_array(writer, evidence->quote_count);
    for (size_t i = 0; i < evidence->quote_count; i++) {
        cbor_write_array(writer, QUOTE_PARTS);
        cbor_write_bytes(writer, evidence->quotes[i].attest);
        cbor_write_bytes(writer, evidence->quotes[i].signature);
    }
}

static void write_list(struct writer *writer, const slice *items, size_t count)
{
    cbor_write_array(writer, count);
    for (size_t i = 0; i < count; i++)
        cbor_write_bytes(writer, items[i]);
}

static void write_pcrs(struct writer *writer, const struct tpm_pcrs *pcrs)
{
    cbor_write_map(writer, pcrs->bank_count);
    for (size_t i = 0; i < pcrs->bank_count; i++) {
        const struct tpm_pcr_bank *const bank = &pcrs->banks[i];
        cbor_write_uint(writer, bank->hash);
        cbor_write_map(writer, (size_t)__builtin_popcount(bank->present));
        for (size_t pcr = 0; pcr < TPM_PCR_COUNT; pcr++) {
            if (!(bank->present & 1u << pcr))
                continue;
            cbor_write_uint(writer, pcr);
            cbor_write_bytes(writer, bank->values[pcr]);
        }
    }
}

static const slice *single(const struct tpm_evidence *evidence, enum member member)
{
    switch (member) {
    case MEMBER_AK_PUBLIC:
        return &evidence->ak_public;
    case MEMBER_EK_PUBLIC:
        return &evidence->ek_public;
    case MEMBER_EVENT_LOG:
        return &evidence->event_log;
    case MEMBER_IMA_LOG:
        return &evidence->ima_log;
    case MEMBER_HCL_REPORT:
        return &evidence->hcl_report;
    case MEMBER_HARDWARE:
        return &evidence->hardware;
    default:
        return NULL;
    }
}

static bool has_member(const struct tpm_evidence *evidence, enum member member)
{
    switch (member) {
    case MEMBER_FORM:
        return true;
    case MEMBER_QUOTES:
        return evidence->quote_count;
    case MEMBER_CERTIFICATES:
        return evidence->certificate_count;
    case MEMBER_PCRS:
        return evidence->pcrs.bank_count;
    case MEMBER_ENDORSEMENTS:
        return evidence->endorsement_count;
    default:
        return single(evidence, member)->size;
    }
}

static void write_member(struct writer *writer, const struct tpm_evidence *evidence,
                         enum member member)
{
    cbor_write_uint(writer, member);
    switch (member) {
    case MEMBER_FORM:
        cbor_write_text(writer, slice_of_text(forms[form_of(evidence)]));
        break;
    case MEMBER_QUOTES:
        write_quotes(writer, evidence);
        break;
    case MEMBER_CERTIFICATES:
        write_list(writer, evidence->certificates, evidence->certificate_count);
        break;
    case MEMBER_PCRS:
        write_pcrs(writer, &evidence->pcrs);
        break;
    case MEMBER_ENDORSEMENTS:
        write_list(writer, evidence->endorsements, evidence->endorsement_count);
        break;
    default:
        cbor_write_bytes(writer, *single(evidence, member));
    }
}

static void write_members(struct writer *writer, const struct tpm_evidence *evidence)
{
    size_t count = 0;
    for (enum member member = 0; member < MEMBER_COUNT; member++)
        count += has_member(evidence, member);
    cbor_write_map(writer, count);
    for (enum member member = 0; member < MEMBER_COUNT; member++)
        if (has_member(evidence, member))
            write_member(writer, evidence, member);
}

status tpm_evidence_write(const struct tpm_evidence *evidence, struct buffer *out)
{
    SCOPED(buffer)
    space = {.data = malloc(TPM_EVIDENCE_SIZE_MAX), .capacity = TPM_EVIDENCE_SIZE_MAX};
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for TPM evidence");
    struct writer writer = writer_over(space.data, space.capacity);
    slice written;
    write_members(&writer, evidence);
    TRY(writer_finish(&writer, &written));
    return buffer_append(out, written);
}
