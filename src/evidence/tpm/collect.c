/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/collect.h"

#include "evidence/tpm/attest.h"
#include "evidence/tpm/device.h"
#include "evidence/tpm/quote.h"

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
    struct buffer certificate, attest, signature, values, event_log, ima_log;
};

static void parts_clear(struct parts *parts)
{
    tpm_device_key_clear(&parts->ak);
    buffer_clear(&parts->certificate);
    buffer_clear(&parts->attest);
    buffer_clear(&parts->signature);
    buffer_clear(&parts->values);
    buffer_clear(&parts->event_log);
    buffer_clear(&parts->ima_log);
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

static status take_values(const struct parts *parts, struct tpm_pcrs *out)
{
    const size_t size = tpm_hash_size(TPM_ALG_SHA256);
    for (size_t i = 0; i < TPM_PCR_COUNT; i++)
        TRY(tpm_pcrs_set(out, TPM_ALG_SHA256, i, (slice){parts->values.data + i * size, size}));
    return OK;
}

/* Whether the registers were still the same when the TPM signed. */
static status is_of_values(const struct parts *parts)
{
    struct tpm_attest attest;
    struct tpm_pcrs pcrs = {0};
    struct digest digest;
    TRY(tpm_attest_read(buffer_view(&parts->attest), &attest));
    TRY(take_values(parts, &pcrs));
    TRY(tpm_pcrs_digest(&pcrs, attest.selections, attest.selection_count, HASH_SHA256, &digest));
    return slice_equal((slice){digest.data, digest.size}, attest.pcr_digest)
               ? OK
               : FAIL(UNAVAILABLE, "the TPM's registers changed while they were quoted");
}

static status quote(struct tpm_device *device, slice qualifying, struct parts *parts)
{
    status result = OK;
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        buffer_clear(&parts->attest);
        buffer_clear(&parts->signature);
        TRY(tpm_device_pcrs(device, &parts->values));
        TRY(tpm_device_quote(device, &parts->ak, qualifying, &parts->attest, &parts->signature));
        result = is_of_values(parts);
        if (!result.fault)
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

static status write_parts(const struct parts *parts, struct buffer *out)
{
    struct tpm_evidence evidence = {
        .quotes = {{buffer_view(&parts->attest), buffer_view(&parts->signature)}},
        .quote_count = 1,
        .ak_public = buffer_view(&parts->ak.public),
        .certificates = {buffer_view(&parts->certificate)},
        .certificate_count = parts->certificate.size != 0,
        .event_log = buffer_view(&parts->event_log),
        .ima_log = buffer_view(&parts->ima_log),
    };
    TRY(take_values(parts, &evidence.pcrs));
    return tpm_evidence_write(&evidence, out);
}

status tpm_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements)
{
    SCOPED(tpm_device) device = {0};
    SCOPED(parts) parts = {0};
    struct digest qualifying;
    (void)out_endorsements;
    TRY(digest_of(HASH_SHA256, request->binding, &qualifying));
    TRY(tpm_device_open(request->tcti ? request->tcti : TPM_DEVICE_TCTI, &device));
    TRY(find_key(&device, &parts));
    TRY(quote(&device, (slice){qualifying.data, qualifying.size}, &parts));
    if (!request->tcti) {
        read_log(EVENT_LOG_PATH, LOG_SIZE_MAX, &parts.event_log);
        read_log(IMA_LOG_PATH, LOG_SIZE_MAX - parts.event_log.size, &parts.ima_log);
    }
    return write_parts(&parts, out_evidence);
}
