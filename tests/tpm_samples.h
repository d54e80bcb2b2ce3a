/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The shared TPM samples, put together from their files. */

#include "evidence/tpm/quote.h"
#include "samples.h"

extern const struct platform tpm_platform;

enum { TPM_PARTS_MAX = 16 };

struct tpm_sample {
    char folder[PATH_SIZE];
    struct json manifest;
    struct tpm_evidence evidence;
    struct buffer parts[TPM_PARTS_MAX]; /* what `evidence` borrows */
    size_t part_count;
    struct buffer values[TPM_BANKS_MAX * TPM_PCR_COUNT];
    size_t value_count;
};

static inline void tpm_sample_clear(struct tpm_sample *sample)
{
    json_clear(&sample->manifest);
    for (size_t i = 0; i < sample->part_count; i++)
        buffer_clear(&sample->parts[i]);
    for (size_t i = 0; i < sample->value_count; i++)
        buffer_clear(&sample->values[i]);
}

static inline slice tpm_part(struct tpm_sample *sample, const char *name)
{
    sample->parts[sample->part_count] = file_read(sample->folder, name);
    return buffer_view(&sample->parts[sample->part_count++]);
}

static inline void tpm_add_quote(struct tpm_sample *sample, const char *name)
{
    char path[PATH_SIZE];
    struct tpm_quote *const quote = &sample->evidence.quotes[sample->evidence.quote_count++];
    snprintf(path, sizeof path, "%s.msg", name);
    quote->attest = tpm_part(sample, path);
    snprintf(path, sizeof path, "%s.sig", name);
    quote->signature = tpm_part(sample, path);
}

static inline void tpm_add_pcrs(struct tpm_sample *sample, const char *name, uint16_t hash)
{
    const char *key;
    json_t *value;
    SCOPED(json) json = json_of_file(sample->folder, name);
    json_object_foreach(json.root, key, value)
    {
        struct buffer *const bytes = &sample->values[sample->value_count++];
        EXPECT_OK(hex_read(slice_of_text(json_string_value(value)), bytes));
        EXPECT_OK(
            tpm_pcrs_set(&sample->evidence.pcrs, hash, (size_t)atol(key), buffer_view(bytes)));
    }
}

/* `out` is filled in place, for it borrows from itself. */
static inline void tpm_sample_open(const char *id, struct tpm_sample *out)
{
    memset(out, 0, sizeof *out);
    path_join(samples_root(), id, out->folder);
    out->manifest = json_of_file(out->folder, "manifest.json");
}

static inline void tpm_open_trustee(struct tpm_sample *out)
{
    tpm_sample_open("tpm2/trustee-rsa2048", out);
    tpm_add_quote(out, "tpm_quote");
    tpm_add_pcrs(out, "pcrs_sha256.json", TPM_ALG_SHA256);
    out->evidence.ak_public = tpm_part(out, "ak_pub.der");
}

static inline void tpm_open_gce(struct tpm_sample *out)
{
    tpm_sample_open("tpm2/gce-cos-85-nonce9009", out);
    tpm_add_quote(out, "quote_sha1");
    tpm_add_quote(out, "quote_sha256");
    tpm_add_quote(out, "quote_sha384");
    tpm_add_pcrs(out, "pcrs_sha1.json", TPM_ALG_SHA1);
    tpm_add_pcrs(out, "pcrs_sha256.json", TPM_ALG_SHA256);
    tpm_add_pcrs(out, "pcrs_sha384.json", TPM_ALG_SHA384);
    out->evidence.ak_public = tpm_part(out, "ak_pub.tpmt");
    out->evidence.certificates[0] = tpm_part(out, "ak_cert.der");
    out->evidence.certificate_count = 1;
    out->evidence.event_log = tpm_part(out, "event_log.bin");
}

/* Values are in the tool's own structure: where the three of them are. */
static inline void tpm_open_keylime(struct tpm_sample *out)
{
    static const struct {
        size_t pcr, offset;
    } places[] = {{15, 0x8e}, {16, 0xd0}, {22, 0x112}};
    tpm_sample_open("tpm2/keylime-emulator", out);
    tpm_add_quote(out, "tpm_quote");
    const slice pcrs = tpm_part(out, "pcrs.out");
    for (size_t i = 0; i < 3; i++)
        EXPECT_OK(tpm_pcrs_set(&out->evidence.pcrs, TPM_ALG_SHA256, places[i].pcr,
                               (slice){pcrs.data + places[i].offset, 32}));
    out->evidence.ak_public = tpm_part(out, "ak.pub");
    out->evidence.ek_public = tpm_part(out, "ek.pub");
}

/* Any time will do where the manifest has none: no certificate is involved. */
static inline int64_t tpm_time(const struct tpm_sample *sample)
{
    const char *const at =
        text_of(json_object_get(sample->manifest.root, "verification_time"), "at");
    return *at ? time_of(at) : 0;
}

static inline struct buffer tpm_bytes(const struct tpm_sample *sample)
{
    struct buffer bytes = {0};
    EXPECT_OK(tpm_evidence_write(&sample->evidence, &bytes));
    return bytes;
}

static inline status tpm_verify_at(slice evidence, slice binding,
                                   const struct endorsements *endorsements, int64_t now_s,
                                   struct facts *out)
{
    const struct verification request = {
        .evidence = evidence, .binding = binding, .endorsements = endorsements, .now_s = now_s};
    memset(out, 0, sizeof *out);
    return tpm_platform.verify(&request, out);
}
