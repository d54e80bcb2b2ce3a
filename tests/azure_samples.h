/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The shared samples of Azure's confidential VMs, put together from their files. */

#include "codec/yaml.h"
#include "evidence/azure/hcl.h"
#include "evidence/tpm/quote.h"
#include "samples.h"

extern const struct platform azure_snp_platform, azure_tdx_platform;

enum { AZURE_PARTS_MAX = 16 };

struct azure_sample {
    char folder[PATH_SIZE];
    struct json manifest;
    struct tpm_evidence evidence;
    struct buffer parts[AZURE_PARTS_MAX]; /* what `evidence` borrows */
    size_t part_count;
};

static inline void azure_sample_clear(struct azure_sample *sample)
{
    json_clear(&sample->manifest);
    for (size_t i = 0; i < sample->part_count; i++)
        buffer_clear(&sample->parts[i]);
}

static inline slice azure_keep(struct azure_sample *sample, struct buffer bytes)
{
    sample->parts[sample->part_count] = bytes;
    return buffer_view(&sample->parts[sample->part_count++]);
}

/* Empty where the sample has no such file. */
static inline slice azure_part(struct azure_sample *sample, const char *name)
{
    char path[PATH_SIZE];
    path_join(sample->folder, name, path);
    return access(path, R_OK) ? (slice){0} : azure_keep(sample, file_read(sample->folder, name));
}

static inline void azure_set_pcrs(struct azure_sample *sample, slice values)
{
    for (size_t i = 0; i < TPM_PCR_COUNT; i++)
        EXPECT_OK(tpm_pcrs_set(&sample->evidence.pcrs, TPM_ALG_SHA256, i,
                               (slice){values.data + 32 * i, 32}));
}

static inline void azure_append_numbers(const struct yaml *list, struct buffer *out)
{
    for (const struct yaml *item = list->first_child; item; item = item->next) {
        const uint8_t byte = (uint8_t)(item->text ? strtoul(item->text, NULL, 10) : 0);
        if (item->first_child)
            azure_append_numbers(item, out);
        else
            EXPECT_OK(buffer_append(out, (slice){&byte, 1}));
    }
}

static inline slice azure_numbers(struct azure_sample *sample, const struct yaml *list)
{
    struct buffer bytes = {0};
    azure_append_numbers(list, &bytes);
    return azure_keep(sample, bytes);
}

/* One sample has its quote in YAML only, as lists of numbers. */
static inline void azure_read_yaml(struct azure_sample *sample)
{
    struct problem problem = {0};
    struct yaml_document document = {0};
    SCOPED(buffer) text = file_read(sample->folder, "evidence.yaml");
    EXPECT_OK(yaml_read(buffer_view(&text), &document, &problem));
    const struct yaml *const quote =
        yaml_child(yaml_child(document.root, "tpm_attestation"), "quote");
    sample->evidence.quotes[0].attest = azure_numbers(sample, yaml_child(quote, "message"));
    sample->evidence.quotes[0].signature = azure_numbers(sample, yaml_child(quote, "signature"));
    azure_set_pcrs(sample, azure_numbers(sample, yaml_child(quote, "pcrs")));
    yaml_document_clear(&document);
}

static inline void azure_read_chain(struct azure_sample *sample)
{
    char name[] = "ak_chain_0.der";
    for (; name[9] < '9'; name[9]++) {
        const slice certificate = azure_part(sample, name);
        if (certificate.size)
            sample->evidence.certificates[sample->evidence.certificate_count++] = certificate;
    }
}

/* `out` is filled in place, for it borrows from itself. */
static inline void azure_sample_open(const char *id, struct azure_sample *out)
{
    memset(out, 0, sizeof *out);
    path_join(samples_root(), id, out->folder);
    out->manifest = json_of_file(out->folder, "manifest.json");
    out->evidence.quote_count = 1;
    out->evidence.hcl_report = azure_part(out, "hcl_report.bin");
    out->evidence.hardware = azure_part(out, "td_quote.bin");
    out->evidence.endorsements[0] = azure_part(out, "vcek.der");
    out->evidence.endorsement_count = out->evidence.endorsements[0].size ? 1 : 0;
    azure_read_chain(out);
    out->evidence.quotes[0].attest = azure_part(out, "tpm_quote.msg");
    if (out->evidence.quotes[0].attest.size) {
        out->evidence.quotes[0].signature = azure_part(out, "tpm_quote.sig");
        azure_set_pcrs(out, azure_part(out, "pcrs_sha256.bin"));
    } else {
        azure_read_yaml(out);
    }
}

static inline struct buffer azure_bytes(const struct azure_sample *sample)
{
    struct buffer bytes = {0};
    EXPECT_OK(tpm_evidence_write(&sample->evidence, &bytes));
    return bytes;
}

static inline status azure_verify_at(const struct platform *platform, slice evidence, slice binding,
                                     const struct endorsements *endorsements, int64_t now_s,
                                     struct facts *out)
{
    const struct verification request = {
        .evidence = evidence, .binding = binding, .endorsements = endorsements, .now_s = now_s};
    memset(out, 0, sizeof *out);
    return platform->verify(&request, out);
}
