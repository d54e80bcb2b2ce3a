/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/pack.h"

#include "evidence/azure/hcl.h"
#include "evidence/azure/runtime.h"
#include "evidence/eventlog/ima.h"
#include "evidence/eventlog/log.h"
#include "evidence/platform.h"
#include "evidence/tpm/attest.h"
#include "evidence/tpm/public.h"
#include "evidence/tpm/quote.h"
#include "evidence/tpm/signature.h"

#include "codec/json.h"
#include "codec/reader.h"
#include "codec/text.h"
#include "crypto/certificate.h"
#include "crypto/der.h"

#include <stdlib.h>
#include <string.h>

enum { OWNED_MAX = 160, CERTIFICATES_MAX = 16, DER_SEQUENCE = 0x30 };

/* What was found so far. Slices are of the files, or of what was decoded from them. */
struct pack {
    struct tpm_evidence evidence;
    size_t signature_count;
    slice key; /* SubjectPublicKeyInfo, where no public area says more */
    slice certificates[CERTIFICATES_MAX];
    size_t certificate_count;
    struct buffer owned[OWNED_MAX];
    size_t owned_count;
};

static void pack_clear(struct pack *pack)
{
    for (size_t i = 0; i < pack->owned_count; i++)
        buffer_clear(&pack->owned[i]);
}

/* Takes the bytes, which then live as long as the pack. */
static status own(struct pack *pack, struct buffer *bytes, slice *out)
{
    if (pack->owned_count == OWNED_MAX)
        return FAIL(EXHAUSTED, "the folder has more parts of evidence than we keep");
    pack->owned[pack->owned_count] = buffer_take(bytes);
    *out = buffer_view(&pack->owned[pack->owned_count++]);
    return OK;
}

static status set_once(slice *place, slice bytes)
{
    if (place->size && !slice_equal(*place, bytes))
        return FAIL(UNSUPPORTED, "the folder has two files of a kind where one is wanted");
    *place = bytes;
    return OK;
}

/* ---- each kind of file: true in *out_taken when it is of that kind ---- */

static status take_quote(struct pack *pack, slice file, bool *out_taken)
{
    struct reader reader = reader_of(file);
    *out_taken = read_be32(&reader) == TPM_GENERATED;
    if (!*out_taken)
        return OK;
    if (pack->evidence.quote_count == TPM_QUOTES_MAX)
        return FAIL(EXHAUSTED, "the folder has more quotes than we keep");
    pack->evidence.quotes[pack->evidence.quote_count++].attest = file;
    return OK;
}

static status take_hcl_report(struct pack *pack, slice file, bool *out_taken)
{
    *out_taken = file.size > 4 && memcmp(file.data, "HCLA", 4) == 0;
    return *out_taken ? set_once(&pack->evidence.hcl_report, file) : OK;
}

static status take_event_log(struct pack *pack, slice file, bool *out_taken)
{
    *out_taken = event_log_begins(file);
    return *out_taken ? set_once(&pack->evidence.event_log, file) : OK;
}

static status take_ima_log(struct pack *pack, slice file, bool *out_taken)
{
    *out_taken = ima_log_begins(file);
    return *out_taken ? set_once(&pack->evidence.ima_log, file) : OK;
}

static status add_certificate(struct pack *pack, slice der)
{
    if (pack->certificate_count == CERTIFICATES_MAX)
        return FAIL(EXHAUSTED, "the folder has more certificates than we keep");
    pack->certificates[pack->certificate_count++] = der;
    return OK;
}

static status take_pem_certificates(struct pack *pack, slice file, bool *out_taken)
{
    char label[PEM_LABEL_SIZE_MAX];
    slice left = file, der;
    SCOPED(buffer) block = {0};
    while (!pem_read_next(&left, label, &block).fault) {
        if (strcmp(label, "CERTIFICATE") != 0)
            return OK;
        *out_taken = true;
        TRY(own(pack, &block, &der));
        TRY(add_certificate(pack, der));
    }
    return OK;
}

static bool is_padding(slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i] != bytes.data[0] || (bytes.data[i] != 0x00 && bytes.data[i] != 0xff))
            return false;
    return true;
}

/* As it lies in the TPM, where an index is larger than the certificate in it. */
static status take_certificate(struct pack *pack, slice file, bool *out_taken)
{
    slice content;
    SCOPED(certificate) certificate = {0};
    struct reader reader = reader_of(file);
    if (der_expect(&reader, DER_SEQUENCE, &content).fault || !is_padding(reader.left))
        return OK;
    const slice der = {file.data, file.size - reader.left.size};
    *out_taken = !certificate_read(der, &certificate).fault;
    return *out_taken ? add_certificate(pack, der) : OK;
}

static status take_public(struct pack *pack, slice file, bool *out_taken)
{
    struct tpm_public public;
    *out_taken = !tpm_public_read(file, &public).fault;
    if (!*out_taken)
        return OK;
    const bool is_ek = public.attributes & TPM_KEY_DECRYPT && !(public.attributes & TPM_KEY_SIGN);
    return set_once(is_ek ? &pack->evidence.ek_public : &pack->evidence.ak_public, file);
}

static status take_key(struct pack *pack, slice file, bool *out_taken)
{
    slice der;
    SCOPED(public_key) key = {0};
    SCOPED(buffer) spki = {0};
    *out_taken = !public_key_read(file, &key).fault;
    if (!*out_taken)
        return OK;
    TRY(public_key_spki(&key, &spki));
    TRY(own(pack, &spki, &der));
    return set_once(&pack->key, der);
}

static status take_signature(struct pack *pack, slice file, bool *out_taken)
{
    struct tpm_signature signature;
    *out_taken = !tpm_signature_read(file, &signature).fault;
    if (!*out_taken)
        return OK;
    if (pack->signature_count == TPM_QUOTES_MAX)
        return FAIL(EXHAUSTED, "the folder has more signatures than we keep quotes");
    pack->evidence.quotes[pack->signature_count++].signature = file;
    return OK;
}

static uint16_t bank_of_size(size_t size)
{
    static const uint16_t banks[] = {TPM_ALG_SHA1, TPM_ALG_SHA256, TPM_ALG_SHA384, TPM_ALG_SHA512};
    for (size_t i = 0; i < sizeof banks / sizeof banks[0]; i++)
        if (tpm_hash_size(banks[i]) == size)
            return banks[i];
    return 0;
}

static status take_hardware(struct pack *pack, slice file, bool *out_taken)
{
    *out_taken = platform_named("snp")->recognises(file) || platform_named("tdx")->recognises(file);
    return *out_taken ? set_once(&pack->evidence.hardware, file) : OK;
}

/* All registers of a bank, one after another. */
static status take_values(struct pack *pack, slice file, bool *out_taken)
{
    const size_t size = file.size / TPM_PCR_COUNT;
    const uint16_t bank = file.size % TPM_PCR_COUNT ? 0 : bank_of_size(size);
    *out_taken = bank != 0;
    for (size_t i = 0; *out_taken && i < TPM_PCR_COUNT; i++)
        TRY(tpm_pcrs_set(&pack->evidence.pcrs, bank, i, (slice){file.data + i * size, size}));
    return OK;
}

static status add_value(struct pack *pack, size_t pcr, slice hex)
{
    slice value;
    SCOPED(buffer) bytes = {0};
    TRY(hex_read(hex, &bytes));
    TRY(own(pack, &bytes, &value));
    return tpm_pcrs_set(&pack->evidence.pcrs, bank_of_size(value.size), pcr, value);
}

/* The number of a register that is written as such; TPM_PCR_COUNT when it is none. */
static size_t register_number(const char *key)
{
    const size_t digits = strspn(key, "0123456789");
    const unsigned long number =
        digits && digits <= 2 && !key[digits] ? strtoul(key, NULL, 10) : TPM_PCR_COUNT;
    return number < TPM_PCR_COUNT ? number : TPM_PCR_COUNT;
}

/* {"0": "<hex>", ...} */
static bool is_of_registers(json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (register_number(key) == TPM_PCR_COUNT || !json_is_string(value))
            return false;
    }
    return json_object_size(object) > 0;
}

static status take_json_values(struct pack *pack, slice file, bool *out_taken)
{
    const char *key;
    json_t *value;
    SCOPED(json) json = {0};
    if (file.size == 0 || file.data[0] != '{' || json_read(file, &json).fault)
        return OK;
    *out_taken = is_of_registers(json.root);
    if (!*out_taken)
        return OK;
    json_object_foreach(json.root, key, value)
    {
        const slice hex = slice_of_text(json_string_value(value));
        TRY(add_value(pack, register_number(key), hex));
    }
    return OK;
}

/* ---- the registers as tpm2_quote writes them: its own structures in memory, little-endian ---- */

enum {
    TOOL_SELECTIONS = 16, /* places, of which `count` are in use */
    TOOL_SELECTION_SIZE = 8,
    TOOL_DIGESTS = 8, /* places of one list */
    TOOL_DIGEST_SIZE = 64,
    TOOL_LISTS_MAX = 16,
    TOOL_HEAD_SIZE = 4 + TOOL_SELECTIONS * TOOL_SELECTION_SIZE + 4,
    TOOL_LIST_SIZE = 4 + TOOL_DIGESTS * (2 + TOOL_DIGEST_SIZE),
};

struct tool_values {
    struct tpm_pcr_selection selections[TOOL_SELECTIONS];
    size_t selection_count;
    slice values[TOOL_LISTS_MAX * TOOL_DIGESTS];
    size_t value_count;
};

static bool is_tool_file(slice file)
{
    struct reader reader = reader_of(file);
    const uint32_t selections = read_le32(&reader);
    read_bytes(&reader, TOOL_SELECTIONS * TOOL_SELECTION_SIZE);
    const uint32_t lists = read_le32(&reader);
    return !reader.short_of_input && selections >= 1 && selections <= TOOL_SELECTIONS &&
           lists >= 1 && lists <= TOOL_LISTS_MAX && reader.left.size == lists * TOOL_LIST_SIZE;
}

static void read_tool_selections(struct reader *reader, struct tool_values *out)
{
    out->selection_count = read_le32(reader);
    for (size_t i = 0; i < TOOL_SELECTIONS; i++) {
        struct tpm_pcr_selection *const selection = &out->selections[i];
        selection->hash = read_le16(reader);
        read_u8(reader); /* how many bytes of the bitmap count */
        selection->pcrs = read_u8(reader);
        selection->pcrs |= (uint32_t)read_u8(reader) << 8;
        selection->pcrs |= (uint32_t)read_u8(reader) << 16;
        read_le16(reader); /* the bitmap's last byte, and padding */
    }
}

static status read_tool_values(slice file, struct tool_values *out)
{
    struct reader reader = reader_of(file);
    read_tool_selections(&reader, out);
    const uint32_t lists = read_le32(&reader);
    for (size_t i = 0; i < lists; i++) {
        const uint32_t count = read_le32(&reader);
        if (count > TOOL_DIGESTS)
            return FAIL(MALFORMED, "the file of PCR values counts more than it holds");
        for (size_t j = 0; j < TOOL_DIGESTS; j++) {
            const uint16_t size = read_le16(&reader);
            const slice space = read_bytes(&reader, TOOL_DIGEST_SIZE);
            if (size > space.size)
                return FAIL(MALFORMED, "a PCR value is larger than its place");
            if (j < count)
                out->values[out->value_count++] = (slice){space.data, size};
        }
    }
    return reader_finish(&reader);
}

static status take_tool_values(struct pack *pack, slice file, bool *out_taken)
{
    struct tool_values tool = {0};
    size_t next = 0;
    *out_taken = is_tool_file(file);
    if (!*out_taken)
        return OK;
    TRY(read_tool_values(file, &tool));
    for (size_t i = 0; i < tool.selection_count; i++)
        for (size_t pcr = 0; pcr < TPM_PCR_COUNT; pcr++) {
            if (!(tool.selections[i].pcrs & 1u << pcr))
                continue;
            if (next == tool.value_count)
                return FAIL(MALFORMED, "the file of PCR values has too few of them");
            TRY(tpm_pcrs_set(&pack->evidence.pcrs, tool.selections[i].hash, pcr,
                             tool.values[next++]));
        }
    return next == tool.value_count
               ? OK
               : FAIL(MALFORMED, "the file of PCR values has more than it selects");
}

/* ---- all of them ---- */

/* In this order: what could be taken for something else comes after that. */
static status (*const kinds[])(struct pack *pack, slice file, bool *out_taken) = {
    take_quote,
    take_hcl_report,
    take_event_log,
    take_ima_log,
    take_public,
    take_tool_values, /* begins as some SNP reports do */
    take_hardware,
    take_key,
    take_certificate, /* a TD quote may have PEM inside */
    take_pem_certificates,
    take_json_values,
    take_signature,
    take_values,
};

static status take_file(struct pack *pack, slice file)
{
    bool taken = false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && !taken; i++)
        TRY(kinds[i](pack, file, &taken));
    return OK;
}

static bool is_of_key(slice der, slice spki)
{
    SCOPED(certificate) certificate = {0};
    SCOPED(public_key) key = {0};
    SCOPED(buffer) own_spki = {0};
    return !certificate_read(der, &certificate).fault &&
           !certificate_key(&certificate, &key).fault && !public_key_spki(&key, &own_spki).fault &&
           slice_equal(buffer_view(&own_spki), spki);
}

/* On Azure the paravisor's report names the key, whether or not a file does. */
static status hcl_spki(slice bytes, struct buffer *out)
{
    struct hcl_report report;
    SCOPED(hcl_runtime) runtime = {0};
    TRY(hcl_report_read(bytes, &report));
    TRY(hcl_runtime_read(report.runtime, &runtime));
    return public_key_spki(&runtime.attestation_key, out);
}

/* Of the public area, or as it was given; empty when neither is there. */
static status ak_spki(const struct pack *pack, struct buffer *out)
{
    struct tpm_public public;
    SCOPED(public_key) key = {0};
    if (pack->evidence.hcl_report.size)
        return hcl_spki(pack->evidence.hcl_report, out);
    if (pack->evidence.ak_public.size == 0)
        return buffer_append(out, pack->key);
    TRY(tpm_public_read(pack->evidence.ak_public, &public));
    TRY(tpm_public_key(&public, &key));
    return public_key_spki(&key, out);
}

/* The certificate of the AK comes first. On Azure, the others are of the hardware. */
static status sort_certificates(struct pack *pack)
{
    struct tpm_evidence *const evidence = &pack->evidence;
    SCOPED(buffer) spki = {0};
    TRY(ak_spki(pack, &spki));
    for (int others = 0; others < 2; others++)
        for (size_t i = 0; i < pack->certificate_count; i++) {
            const slice der = pack->certificates[i];
            const bool is_endorsement = others && evidence->hcl_report.size;
            if (is_of_key(der, buffer_view(&spki)) == others)
                continue;
            if (is_endorsement ? evidence->endorsement_count == TPM_ENDORSEMENTS_MAX
                               : evidence->certificate_count == TPM_CERTIFICATES_MAX)
                return FAIL(EXHAUSTED, "the folder has more certificates than we keep");
            if (is_endorsement)
                evidence->endorsements[evidence->endorsement_count++] = der;
            else
                evidence->certificates[evidence->certificate_count++] = der;
        }
    return OK;
}

static bool has(slice bytes, slice part)
{
    return part.size && memmem(bytes.data, bytes.size, part.data, part.size);
}

static status finish(struct pack *pack, struct buffer *out)
{
    struct tpm_evidence *const evidence = &pack->evidence;
    if (evidence->quote_count == 0)
        return FAIL(UNSUPPORTED, "there is no quote of a TPM in the folder");
    if (evidence->quote_count != pack->signature_count)
        return FAIL(MALFORMED, "the folder has not one signature for each quote");
    TRY(sort_certificates(pack));
    if (evidence->ak_public.size == 0)
        evidence->ak_public = pack->key;
    if (evidence->hcl_report.size == 0 || has(evidence->hcl_report, evidence->hardware))
        evidence->hardware = (slice){0};
    return tpm_evidence_write(evidence, out);
}

status tpm_pack_files(const slice *files, size_t count, struct buffer *out)
{
    SCOPED(pack) pack = {0};
    if (count > TPM_PACK_FILES_MAX)
        return FAIL(EXHAUSTED, "the folder has more files than we read");
    for (size_t i = 0; i < count; i++)
        TRY(take_file(&pack, files[i]));
    return finish(&pack, out);
}

/* ---- JSON ---- */

static status own_base64(struct pack *pack, const json_t *object, const char *key, slice *out)
{
    slice text;
    SCOPED(buffer) bytes = {0};
    TRY(json_text(object, key, &text));
    TRY(base64_read(text, &bytes));
    return own(pack, &bytes, out);
}

static status read_form(struct pack *pack, const json_t *object, const json_t *quote)
{
    json_t *pcrs;
    struct tpm_quote *const to = &pack->evidence.quotes[0];
    TRY(own_base64(pack, object, "ak_public", &pack->evidence.ak_public));
    TRY(own_base64(pack, quote, "message", &to->attest));
    TRY(own_base64(pack, quote, "signature", &to->signature));
    TRY(json_array_member(quote, "pcrs", TPM_PCR_COUNT, &pcrs));
    for (size_t i = 0; i < json_array_size(pcrs); i++) {
        const char *const hex = json_string_value(json_array_get(pcrs, i));
        if (!hex)
            return FAIL(MALFORMED, "a PCR value in the JSON is no text");
        TRY(add_value(pack, i, slice_of_text(hex)));
    }
    pack->evidence.quote_count = 1;
    return OK;
}

status tpm_form_read(const json_t *object, struct buffer *out, bool *out_found)
{
    SCOPED(pack) pack = {0};
    const json_t *const quote = json_object_get(object, "tpm_quote");
    *out_found = json_is_object(quote) && json_is_string(json_object_get(object, "ak_public"));
    if (!*out_found)
        return OK;
    TRY(read_form(&pack, object, quote));
    return tpm_evidence_write(&pack.evidence, out);
}
