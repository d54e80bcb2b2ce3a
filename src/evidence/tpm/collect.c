/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/collect.h"

#include "evidence/tpm/attest.h"
#include "evidence/tpm/logs.h"

#include "crypto/der.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { ATTEMPTS_MAX = 5, LOG_SIZE_MAX = 192 << 10, DER_SEQUENCE = 0x30 };

#define DEVICE_PATH "/dev/tpmrm0"
#define EVENT_LOG_PATH "/sys/kernel/security/tpm0/binary_bios_measurements"
#define IMA_LOG_PATH "/sys/kernel/security/ima/binary_runtime_measurements"

static const struct {
    uint32_t certificate, template;
} provisioned[] = {{TPM_NV_AK_CERTIFICATE_ECC, TPM_NV_AK_TEMPLATE_ECC},
                   {TPM_NV_AK_CERTIFICATE_RSA, TPM_NV_AK_TEMPLATE_RSA}};

bool tpm_is_here(const struct collection *where)
{
    return where->tcti || access(DEVICE_PATH, R_OK | W_OK) == 0;
}

/* All that goes into the container. */
struct parts {
    struct tpm_device_key ak;
    struct tpm_collected quote;
    struct tpm_logs logs;
    struct buffer certificate;
};

void tpm_logs_clear(struct tpm_logs *logs)
{
    buffer_clear(&logs->event_log);
    buffer_clear(&logs->ima_log);
}

void tpm_collected_clear(struct tpm_collected *collected)
{
    buffer_clear(&collected->attest);
    buffer_clear(&collected->signature);
    buffer_clear(&collected->values);
}

static void parts_clear(struct parts *parts)
{
    tpm_device_key_clear(&parts->ak);
    tpm_collected_clear(&parts->quote);
    buffer_clear(&parts->certificate);
    tpm_logs_clear(&parts->logs);
}

/* Indices are larger than what is in them: what follows the certificate is left out. */
static void cut_padding(struct buffer *certificate)
{
    slice content;
    struct reader reader = reader_of(buffer_view(certificate));
    if (!der_expect(&reader, DER_SEQUENCE, &content).fault)
        certificate->size -= reader.left.size;
}

static status find_key(struct tpm_device *device, struct parts *parts)
{
    for (size_t i = 0; i < sizeof provisioned / sizeof provisioned[0]; i++) {
        SCOPED(buffer) template = {0};
        TRY(tpm_device_nv(device, provisioned[i].template, &template));
        if (template.size == 0)
            continue;
        TRY(tpm_device_nv(device, provisioned[i].certificate, &parts->certificate));
        cut_padding(&parts->certificate);
        return tpm_device_ak(device, buffer_view(&template), &parts->ak);
    }
    return tpm_device_ak(device, (slice){0}, &parts->ak);
}

status tpm_collected_pcrs(const struct tpm_collected *collected, struct tpm_pcrs *out)
{
    const size_t size = tpm_hash_size(TPM_ALG_SHA256);
    for (size_t i = 0; i < TPM_PCR_COUNT; i++)
        TRY(tpm_pcrs_set(out, TPM_ALG_SHA256, i, (slice){collected->values.data + i * size, size}));
    return OK;
}

/* Whether the registers were still the same when the TPM signed. */
static status is_of_values(const struct tpm_collected *collected)
{
    struct tpm_attest attest;
    struct tpm_pcrs pcrs = {0};
    struct digest digest;
    TRY(tpm_attest_read(buffer_view(&collected->attest), &attest));
    TRY(tpm_collected_pcrs(collected, &pcrs));
    TRY(tpm_pcrs_digest(&pcrs, attest.selections, attest.selection_count, HASH_SHA256, &digest));
    return slice_equal((slice){digest.data, digest.size}, attest.pcr_digest)
               ? OK
               : FAIL(UNAVAILABLE, "the TPM's registers changed while they were quoted");
}

/* What fits is signed as it is; of more, SHA-256 with zeros up to a binding's size. */
static status qualify(slice binding, struct digest *out)
{
    uint8_t padded[BINDING_SIZE] = {0};
    if (binding.size > sizeof padded)
        return FAIL(MALFORMED, "report data has at most 64 bytes");
    if (binding.size)
        memcpy(padded, binding.data, binding.size);
    if (binding.size > TPM_QUALIFYING_SIZE_MAX)
        return digest_of(HASH_SHA256, SLICE(padded), out);
    memcpy(out->data, padded, binding.size);
    out->size = binding.size;
    return OK;
}

status tpm_collect_quote(struct tpm_device *device, const struct tpm_device_key *ak, slice binding,
                         struct tpm_collected *out)
{
    struct digest qualifying;
    status result = OK;
    TRY(qualify(binding, &qualifying));
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        SCOPED(tpm_collected) draft = {0};
        TRY(tpm_device_pcrs(device, &draft.values));
        TRY(tpm_device_quote(device, ak, (slice){qualifying.data, qualifying.size}, &draft.attest,
                             &draft.signature));
        result = is_of_values(&draft);
        if (result.fault)
            continue;
        *out = draft;
        draft = (struct tpm_collected){0};
        return OK;
    }
    return result;
}

/* Left out when it is not there, not readable by us, or larger than evidence may be. */
static void read_log(const char *path, size_t most, struct buffer *out)
{
    uint8_t chunk[4096];
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = 0;
    while (file >= 0 && (size = read(file, chunk, sizeof chunk)) > 0)
        if (out->size + (size_t)size > most ||
            buffer_append(out, (slice){chunk, (size_t)size}).fault)
            break;
    if (size != 0)
        buffer_clear(out);
    if (file >= 0)
        close(file);
}

void tpm_logs_read(struct tpm_logs *out)
{
    read_log(EVENT_LOG_PATH, LOG_SIZE_MAX, &out->event_log);
    read_log(IMA_LOG_PATH, LOG_SIZE_MAX - out->event_log.size, &out->ima_log);
}

static status write_parts(const struct parts *parts, struct buffer *out)
{
    struct tpm_evidence evidence = {
        .quotes = {{buffer_view(&parts->quote.attest), buffer_view(&parts->quote.signature)}},
        .quote_count = 1,
        .ak_public = buffer_view(&parts->ak.public),
        .certificates = {buffer_view(&parts->certificate)},
        .certificate_count = parts->certificate.size != 0,
        .event_log = buffer_view(&parts->logs.event_log),
        .ima_log = buffer_view(&parts->logs.ima_log),
    };
    TRY(tpm_collected_pcrs(&parts->quote, &evidence.pcrs));
    tpm_logs_keep_proven(&evidence);
    return tpm_evidence_write(&evidence, out);
}

status tpm_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements)
{
    SCOPED(tpm_device) device = {0};
    SCOPED(parts) parts = {0};
    (void)out_endorsements;
    TRY(tpm_device_open(request->tcti ? request->tcti : TPM_DEVICE_TCTI, &device));
    TRY(find_key(&device, &parts));
    TRY(tpm_collect_quote(&device, &parts.ak, request->binding, &parts.quote));
    if (!request->tcti)
        tpm_logs_read(&parts.logs);
    return write_parts(&parts, out_evidence);
}
