/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sev.h"

#include "codec/text.h"
#include "codec/writer.h"

#include <string.h>

#define CERTIFICATE_LABEL "SEV CERTIFICATE"

/* spec: AMD Secure Encrypted Virtualization API, "SEV Certificate Format", "ATTESTATION" */
enum {
    RSA_BITS = 2048,
    RSA_SIZE = RSA_BITS / 8,
    RSA_EXPONENT_DER_SIZE = 5, /* 65537, at the end of a public key in DER */
    AUTHORITY_SIZE = 0x40 + 3 * RSA_SIZE,
    CERTIFICATE_SIZE = 2084,
    SIGNED_SIZE = 0x414,
    PUBLIC_KEY_SIZE = 1028,
    NUMBER_FIELD_SIZE = 72,
    P384_SIZE = 48,
    SIGNATURE_SIZE = 512,
    KEY_ID_SIZE = 16,
    CURVE_NUMBER_P384 = 2,
    API_MAJOR = 0,
    API_MINOR = 24,
    USAGE_NONE = 0x1000,
    RSA_SHA256 = 1,
    ECDSA_SHA256 = 2,
    ECDH_SHA256 = 3,
    REPORT_SIZE = 208,
    REPORT_SIGNED_SIZE = 0x34,
    POLICY_NODBG = 1 << 0,
    POLICY_NOKS = 1 << 1,
    POLICY_ES = 1 << 2,
    POLICY_NOSEND = 1 << 3,
    POLICY_SEV = 1 << 5,
};

/* What each certificate says of its key, and who signs it. */
static const struct kind {
    uint32_t usage, algorithm;
    int signers[2]; /* -1: nobody */
} kinds[SIM_SEV_CERTIFICATES] = {
    [SIM_SEV_ARK] = {0x0, 0, {SIM_SEV_ARK, -1}},
    [SIM_SEV_ASK] = {0x13, 0, {SIM_SEV_ARK, -1}},
    [SIM_SEV_CEK] = {0x1004, ECDSA_SHA256, {SIM_SEV_ASK, -1}},
    [SIM_SEV_OCA] = {0x1001, ECDSA_SHA256, {SIM_SEV_OCA, -1}},
    [SIM_SEV_PEK] = {0x1002, ECDSA_SHA256, {SIM_SEV_OCA, SIM_SEV_CEK}},
    [SIM_SEV_PDH] = {0x1003, ECDH_SHA256, {SIM_SEV_PEK, -1}},
};

static bool is_authority(int which)
{
    return which == SIM_SEV_ARK || which == SIM_SEV_ASK;
}

static void write_zeros(struct writer *writer, size_t count)
{
    while (count--)
        write_u8(writer, 0);
}

static void write_backwards(struct writer *writer, slice number, size_t field_size)
{
    for (size_t i = number.size; i > 0; i--)
        write_u8(writer, number.data[i - 1]);
    write_zeros(writer, field_size - number.size);
}

/* The last `size` bytes of the key in DER, before `after` more. */
static status key_tail(const struct private_key *key, size_t size, size_t after, uint8_t *out)
{
    SCOPED(public_key) public = {0};
    SCOPED(buffer) spki = {0};
    TRY(private_key_public(key, &public));
    TRY(public_key_spki(&public, &spki));
    if (spki.size < size + after)
        return FAIL(INTERNAL, "a shorter key than was made");
    memcpy(out, spki.data + spki.size - after - size, size);
    return OK;
}

static status modulus_of(const struct private_key *key, uint8_t out[RSA_SIZE])
{
    return key_tail(key, RSA_SIZE, RSA_EXPONENT_DER_SIZE, out);
}

/* ---- certificates ---- */

static status write_key_id(struct writer *writer, const struct private_key *key)
{
    uint8_t modulus[RSA_SIZE];
    struct digest digest;
    TRY(modulus_of(key, modulus));
    TRY(digest_of(HASH_SHA256, SLICE(modulus), &digest));
    write_bytes(writer, (slice){digest.data, KEY_ID_SIZE});
    return OK;
}

static status make_authority(const struct sim_sev_vendor *vendor, int which, struct buffer *out)
{
    uint8_t space[AUTHORITY_SIZE], modulus[RSA_SIZE];
    static const uint8_t exponent[] = {1, 0, 1};
    struct writer writer = writer_over(space, sizeof space);
    slice written;
    SCOPED(buffer) signature = {0};
    TRY(modulus_of(&vendor->keys[which], modulus));
    write_le32(&writer, 1);
    TRY(write_key_id(&writer, &vendor->keys[which]));
    TRY(write_key_id(&writer, &vendor->keys[SIM_SEV_ARK]));
    write_le32(&writer, kinds[which].usage);
    write_zeros(&writer, 16);
    write_le32(&writer, RSA_BITS);
    write_le32(&writer, RSA_BITS);
    write_backwards(&writer, SLICE(exponent), RSA_SIZE);
    write_backwards(&writer, SLICE(modulus), RSA_SIZE);
    TRY(rsa_sign(&vendor->keys[SIM_SEV_ARK], RSA_PSS, HASH_SHA256, (slice){space, writer.size},
                 &signature));
    write_backwards(&writer, buffer_view(&signature), RSA_SIZE);
    TRY(writer_finish(&writer, &written));
    return buffer_append(out, written);
}

static status write_ecdsa(struct writer *writer, const struct private_key *key, slice signed_bytes,
                          size_t size)
{
    SCOPED(buffer) signature = {0};
    TRY(ecdsa_sign(key, CURVE_P384, HASH_SHA256, signed_bytes, &signature));
    write_backwards(writer, (slice){signature.data, P384_SIZE}, NUMBER_FIELD_SIZE);
    write_backwards(writer, (slice){signature.data + P384_SIZE, P384_SIZE}, NUMBER_FIELD_SIZE);
    write_zeros(writer, size - 2 * NUMBER_FIELD_SIZE);
    return OK;
}

static status write_signature(struct writer *writer, const struct sim_sev_vendor *vendor,
                              int signer)
{
    const slice signed_bytes = {writer->data, SIGNED_SIZE};
    SCOPED(buffer) signature = {0};
    write_le32(writer, signer < 0 ? USAGE_NONE : kinds[signer].usage);
    write_le32(writer, signer < 0 ? 0 : is_authority(signer) ? RSA_SHA256 : ECDSA_SHA256);
    if (signer < 0) {
        write_zeros(writer, SIGNATURE_SIZE);
        return OK;
    }
    if (!is_authority(signer))
        return write_ecdsa(writer, &vendor->keys[signer], signed_bytes, SIGNATURE_SIZE);
    TRY(rsa_sign(&vendor->keys[signer], RSA_PSS, HASH_SHA256, signed_bytes, &signature));
    write_backwards(writer, buffer_view(&signature), SIGNATURE_SIZE);
    return OK;
}

static status make_chip(const struct sim_sev_vendor *vendor, int which, struct buffer *out)
{
    uint8_t space[CERTIFICATE_SIZE], point[2 * P384_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    slice written;
    TRY(key_tail(&vendor->keys[which], sizeof point, 0, point));
    write_le32(&writer, 1);
    write_u8(&writer, API_MAJOR);
    write_u8(&writer, API_MINOR);
    write_le16(&writer, 0);
    write_le32(&writer, kinds[which].usage);
    write_le32(&writer, kinds[which].algorithm);
    write_le32(&writer, CURVE_NUMBER_P384);
    write_backwards(&writer, (slice){point, P384_SIZE}, NUMBER_FIELD_SIZE);
    write_backwards(&writer, (slice){point + P384_SIZE, P384_SIZE}, NUMBER_FIELD_SIZE);
    write_zeros(&writer, PUBLIC_KEY_SIZE - 4 - 2 * NUMBER_FIELD_SIZE);
    for (size_t i = 0; i < 2; i++)
        TRY(write_signature(&writer, vendor, kinds[which].signers[i]));
    TRY(writer_finish(&writer, &written));
    return buffer_append(out, written);
}

/* ---- the vendor, kept ---- */

void sim_sev_vendor_clear(struct sim_sev_vendor *vendor)
{
    for (int i = 0; i < SIM_SEV_CERTIFICATES; i++) {
        private_key_clear(&vendor->keys[i]);
        buffer_clear(&vendor->certificates[i]);
    }
}

static status append_pem(const struct buffer *der, struct buffer *text)
{
    SCOPED(buffer) pem = {0};
    TRY(pem_write(CERTIFICATE_LABEL, buffer_view(der), &pem));
    return buffer_append(text, buffer_view(&pem));
}

status sim_sev_vendor_make(struct buffer *out_text)
{
    SCOPED(sim_sev_vendor) vendor = {0};
    SCOPED(buffer) text = {0};
    for (int i = 0; i < SIM_SEV_CERTIFICATES; i++) {
        SCOPED(buffer) pem = {0};
        TRY(is_authority(i) ? private_key_generate_rsa(RSA_BITS, &vendor.keys[i])
                            : private_key_generate(CURVE_P384, &vendor.keys[i]));
        TRY(private_key_write_pem(&vendor.keys[i], &pem));
        TRY(buffer_append(&text, buffer_view(&pem)));
    }
    for (int i = 0; i < SIM_SEV_CERTIFICATES; i++) {
        TRY(is_authority(i) ? make_authority(&vendor, i, &vendor.certificates[i])
                            : make_chip(&vendor, i, &vendor.certificates[i]));
        TRY(append_pem(&vendor.certificates[i], &text));
    }
    *out_text = buffer_take(&text);
    return OK;
}

status sim_sev_vendor_read(slice text, struct sim_sev_vendor *out)
{
    char label[PEM_LABEL_SIZE_MAX];
    SCOPED(sim_sev_vendor) vendor = {0};
    for (int i = 0; i < SIM_SEV_CERTIFICATES; i++) {
        const slice before = text;
        SCOPED(buffer) der = {0};
        TRY(pem_read_next(&text, label, &der));
        TRY(private_key_read_pem((slice){before.data, before.size - text.size}, &vendor.keys[i]));
    }
    for (int i = 0; i < SIM_SEV_CERTIFICATES; i++)
        TRY(pem_read_next(&text, label, &vendor.certificates[i]));
    *out = vendor;
    vendor = (struct sim_sev_vendor){0};
    return OK;
}

status sim_sev_endorsements(const struct sim_sev_vendor *vendor, struct buffer *out)
{
    for (int i = SIM_SEV_ASK; i < SIM_SEV_PDH; i++)
        TRY(buffer_append(out, buffer_view(&vendor->certificates[i])));
    return OK;
}

/* ---- a guest ---- */

struct sim_sev_settings sim_sev_defaults(void)
{
    struct sim_sev_settings settings = {.encrypted_state = true};
    struct digest digest;
    if (!digest_of(HASH_SHA256, slice_of_text("cix simulated SEV image"), &digest).fault)
        memcpy(settings.measurement, digest.data, sizeof settings.measurement);
    return settings;
}

static uint32_t policy_of(const struct sim_sev_settings *settings)
{
    return POLICY_NOKS | POLICY_SEV | (settings->debug ? 0 : POLICY_NODBG) |
           (settings->migratable ? 0 : POLICY_NOSEND) | (settings->encrypted_state ? POLICY_ES : 0);
}

status sim_sev_report(const struct sim_sev_vendor *vendor, const struct sim_sev_settings *settings,
                      slice mnonce, struct buffer *out_report)
{
    uint8_t space[REPORT_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    slice written;
    if (mnonce.size != 16)
        return FAIL(MALFORMED, "the nonce of an SEV report has 16 bytes");
    write_bytes(&writer, mnonce);
    write_bytes(&writer, SLICE(settings->measurement));
    write_le32(&writer, policy_of(settings));
    write_le32(&writer, kinds[SIM_SEV_PEK].usage);
    write_le32(&writer, ECDSA_SHA256);
    write_le32(&writer, 0);
    TRY(write_ecdsa(&writer, &vendor->keys[SIM_SEV_PEK], (slice){space, REPORT_SIGNED_SIZE},
                    2 * NUMBER_FIELD_SIZE));
    TRY(writer_finish(&writer, &written));
    return buffer_append(out_report, written);
}
