/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/nitro.h"

#include "codec/cbor.h"
#include "evidence/cose.h"
#include "sim/cose.h"

#include <string.h>

#define DAY_S ((int64_t)24 * 3600)
#define LEAF_LIFE_S ((int64_t)3 * 3600)
#define SUBJECT(name) "C=US/O=cix simulator/OU=SIMULATED/CN=" name

enum { DOCUMENT_SIZE_MAX = 12 << 10, CODE_PCRS = 3, SKEW_S = 3, PARENT_ROLE = 3, PARENT_ID = 4 };

/* From the root down; the lowest issues the documents' own. */
static const struct issuer {
    const char *subject;
    int64_t life_s;
    int path_length; /* -1: none, as AWS's root */
} issuers[SIM_NITRO_CERTIFICATES] = {
    {SUBJECT("aws.nitro-enclaves"), 30 * 365 * DAY_S, -1},
    {SUBJECT("zonal.sim.aws.nitro-enclaves"), 20 * DAY_S, 1},
    {SUBJECT("i-5100000000000000a.sim.aws.nitro-enclaves"), DAY_S, 0},
};

static void measure(const char *what, uint8_t out[SIM_NITRO_PCR_SIZE])
{
    struct digest digest = {0};
    if (!digest_of(HASH_SHA384, slice_of_text(what), &digest).fault)
        memcpy(out, digest.data, SIM_NITRO_PCR_SIZE);
}

struct sim_nitro_settings sim_nitro_defaults(void)
{
    struct sim_nitro_settings settings = {.module_id = "i-5100000000000000a-enc5100000000000000a"};
    measure("cix simulated enclave image", settings.pcrs[0]);
    measure("cix simulated enclave kernel", settings.pcrs[1]);
    measure("cix simulated enclave application", settings.pcrs[2]);
    measure("cix simulated parent role", settings.pcrs[PARENT_ROLE]);
    measure("cix simulated parent instance", settings.pcrs[PARENT_ID]);
    return settings;
}

void sim_nitro_clear(struct sim_nitro *enclave)
{
    for (size_t i = 0; i < SIM_NITRO_CERTIFICATES; i++) {
        private_key_clear(&enclave->keys[i]);
        certificate_clear(&enclave->certificates[i]);
    }
    private_key_clear(&enclave->document_key);
    *enclave = (struct sim_nitro){0};
}

static status issue(const struct certificate_request *request, const struct private_key *subject,
                    const struct certificate *issuer, const struct private_key *signer,
                    struct certificate *out)
{
    SCOPED(public_key) key = {0};
    TRY(private_key_public(subject, &key));
    return certificate_issue(request, &key, issuer, signer, SIGNATURE_ECDSA_SHA384, out);
}

static status issue_authority(struct sim_nitro *enclave, size_t index, int64_t now_s)
{
    const size_t above = index ? index - 1 : 0;
    const struct certificate_request request = {
        .subject = issuers[index].subject,
        .serial = index + 1,
        .not_before_s = now_s - SKEW_S,
        .not_after_s = now_s + issuers[index].life_s,
        .is_ca = true,
        .path_length = issuers[index].path_length,
    };
    if (index)
        TRY(private_key_generate(CURVE_P384, &enclave->keys[index]));
    return issue(&request, &enclave->keys[index], index ? &enclave->certificates[above] : NULL,
                 &enclave->keys[above], &enclave->certificates[index]);
}

status sim_nitro_launch(struct private_key *root, int64_t now_s,
                        const struct sim_nitro_settings *settings, struct sim_nitro *out)
{
    SCOPED(sim_nitro) enclave = {.settings = *settings, .keys = {*root}};
    *root = (struct private_key){0};
    for (size_t i = 0; i < SIM_NITRO_CERTIFICATES; i++)
        TRY(issue_authority(&enclave, i, now_s));
    TRY(private_key_generate(CURVE_P384, &enclave.document_key));
    *out = enclave;
    enclave = (struct sim_nitro){0};
    return OK;
}

static status write_leaf(const struct sim_nitro *enclave, int64_t now_s, struct writer *writer)
{
    enum { LOWEST = SIM_NITRO_CERTIFICATES - 1 };
    SCOPED(certificate) leaf = {0};
    SCOPED(buffer) der = {0};
    const struct certificate_request request = {
        .subject = SUBJECT("i-5100000000000000a-enc5100000000000000a.sim.aws"),
        .serial = 0x5100,
        .not_before_s = now_s - SKEW_S,
        .not_after_s = now_s + LEAF_LIFE_S,
    };
    TRY(issue(&request, &enclave->document_key, &enclave->certificates[LOWEST],
              &enclave->keys[LOWEST], &leaf));
    TRY(certificate_der(&leaf, &der));
    cbor_write_text(writer, slice_of_text("certificate"));
    cbor_write_bytes(writer, buffer_view(&der));
    return OK;
}

static status write_bundle(const struct sim_nitro *enclave, struct writer *writer)
{
    cbor_write_text(writer, slice_of_text("cabundle"));
    cbor_write_array(writer, SIM_NITRO_CERTIFICATES);
    for (size_t i = 0; i < SIM_NITRO_CERTIFICATES; i++) {
        SCOPED(buffer) der = {0};
        TRY(certificate_der(&enclave->certificates[i], &der));
        cbor_write_bytes(writer, buffer_view(&der));
    }
    return OK;
}

static void write_pcrs(const struct sim_nitro *enclave, struct writer *writer)
{
    static const uint8_t zeros[SIM_NITRO_PCR_SIZE];
    cbor_write_text(writer, slice_of_text("pcrs"));
    cbor_write_map(writer, SIM_NITRO_PCRS);
    for (size_t i = 0; i < SIM_NITRO_PCRS; i++) {
        const bool unmeasured = enclave->settings.debug && i < CODE_PCRS;
        cbor_write_uint(writer, i);
        cbor_write_bytes(writer, unmeasured ? SLICE(zeros) : SLICE(enclave->settings.pcrs[i]));
    }
}

static void write_given(struct writer *writer, const char *name, slice value)
{
    cbor_write_text(writer, slice_of_text(name));
    if (value.size)
        cbor_write_bytes(writer, value);
    else
        cbor_write_null(writer);
}

/* Members in the hypervisor's order. */
status sim_nitro_document(const struct sim_nitro *enclave, int64_t now_s, slice user_data,
                          slice nonce, slice public_key, struct buffer *out)
{
    uint8_t space[DOCUMENT_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    slice payload;
    cbor_write_map(&writer, 9);
    cbor_write_text(&writer, slice_of_text("module_id"));
    cbor_write_text(&writer, slice_of_text(enclave->settings.module_id));
    cbor_write_text(&writer, slice_of_text("digest"));
    cbor_write_text(&writer, slice_of_text("SHA384"));
    cbor_write_text(&writer, slice_of_text("timestamp"));
    cbor_write_uint(&writer, (uint64_t)now_s * 1000);
    write_pcrs(enclave, &writer);
    TRY(write_leaf(enclave, now_s, &writer));
    TRY(write_bundle(enclave, &writer));
    write_given(&writer, "public_key", public_key);
    write_given(&writer, "user_data", user_data);
    write_given(&writer, "nonce", nonce);
    TRY(writer_finish(&writer, &payload));
    return sim_cose_sign(COSE_ES384, false, &enclave->document_key, payload, out);
}
