/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/ak.h"

#include "evidence/tpm/chain.h"
#include "evidence/tpm/curves.h"

enum { ISSUER_TEXT_SIZE = 512 };

void tpm_ak_clear(struct tpm_ak *ak)
{
    public_key_clear(&ak->key);
    for (size_t i = 0; i < ak->certificate_count; i++)
        certificate_clear(&ak->certificates[i]);
    *ak = (struct tpm_ak){0};
}

static status read_certificates(const struct tpm_evidence *evidence, struct tpm_ak *ak)
{
    for (size_t i = 0; i < evidence->certificate_count; i++) {
        TRY(certificate_read(evidence->certificates[i], &ak->certificates[i]));
        ak->certificate_count++;
    }
    return OK;
}

static status read_key(slice bytes, struct tpm_ak *ak)
{
    if (bytes.size == 0)
        return ak->certificate_count ? certificate_key(&ak->certificates[0], &ak->key) : OK;
    if (!public_key_of_spki(bytes, &ak->key).fault)
        return OK;
    TRY(tpm_public_read(bytes, &ak->area));
    ak->has_area = true;
    return tpm_public_key(&ak->area, &ak->key);
}

status tpm_ak_read(const struct tpm_evidence *evidence, struct tpm_ak *out)
{
    SCOPED(tpm_ak) ak = {0};
    TRY(read_certificates(evidence, &ak));
    TRY(read_key(evidence->ak_public, &ak));
    if (ak.key.pkey)
        TRY(public_key_spki_digest(&ak.key, HASH_SHA256, &ak.key_digest));
    *out = ak;
    ak = (struct tpm_ak){0};
    return OK;
}

static void claim_area(const struct tpm_public *area, struct claims *out)
{
    struct tpm_name name;
    if (!tpm_public_name(area, &name).fault)
        claim_bytes(out, "ak.name", (slice){name.data, name.size});
    claim_number(out, "ak.name_algorithm", area->name_hash);
    claim_number(out, "ak.scheme", area->scheme);
    claim_number(out, "ak.attributes", area->attributes);
}

static void claim_certificate(const struct certificate *certificate, struct claims *out)
{
    char issuer[ISSUER_TEXT_SIZE];
    certificate_issuer_text(certificate, issuer, sizeof issuer);
    claim_text(out, "ak.certificate_issuer", issuer);
}

void tpm_ak_claim(const struct tpm_ak *ak, struct claims *out)
{
    if (!ak->key.pkey)
        return;
    const size_t rsa_bits = public_key_rsa_bits(&ak->key);
    const struct tpm_curve *const curve = tpm_curve_of(&ak->key);
    claim_bytes(out, "ak.key_digest", (slice){ak->key_digest.data, ak->key_digest.size});
    claim_text(out, "ak.type", rsa_bits ? "rsa" : "ecc");
    if (rsa_bits || curve)
        claim_number(out, "ak.bits", rsa_bits ? rsa_bits : curve->bits);
    if (ak->has_area)
        claim_area(&ak->area, out);
    if (ak->certificate_count)
        claim_certificate(&ak->certificates[0], out);
}

/* ---- checks ---- */

/* A key that signs what it is given, or that is not this TPM's alone, attests nothing. */
static void check_attributes(const struct tpm_ak *ak, struct facts *out)
{
    const uint32_t needed = TPM_KEY_FIXED_TPM | TPM_KEY_FIXED_PARENT |
                            TPM_KEY_SENSITIVE_DATA_ORIGIN | TPM_KEY_RESTRICTED | TPM_KEY_SIGN;
    if (!ak->has_area)
        check_skip(out, "attestation_key", "TPM_AK_ATTRIBUTES_UNKNOWN",
                   "only the key itself is there; whoever vouches for it vouches for its use");
    else if ((ak->area.attributes & needed) != needed || ak->area.attributes & TPM_KEY_DECRYPT)
        check_fail(out, "attestation_key", "TPM_AK_ATTRIBUTES",
                   "the key is not a restricted signing key that is fixed to its TPM");
    else
        check_pass(out, "attestation_key");
}

static bool is_signer_below(const struct tpm_ak *ak, slice parent, slice signer)
{
    struct tpm_name name;
    return !tpm_public_qualified_name(&ak->area, parent, &name).fault && tpm_name_is(&name, signer);
}

/* Owner, endorsement, platform and null hierarchy. */
static const uint8_t hierarchies[][4] = {
    {0x40, 0, 0, 0x01}, {0x40, 0, 0, 0x0b}, {0x40, 0, 0, 0x0c}, {0x40, 0, 0, 0x07}};

static bool is_signer(const struct tpm_ak *ak, const struct tpm_evidence *evidence, slice signer)
{
    struct tpm_public ek;
    struct tpm_name parent;
    const bool has_ek =
        evidence->ek_public.size && !tpm_public_read(evidence->ek_public, &ek).fault;
    for (size_t i = 0; i < sizeof hierarchies / sizeof hierarchies[0]; i++) {
        if (is_signer_below(ak, SLICE(hierarchies[i]), signer))
            return true;
        if (has_ek && !tpm_public_qualified_name(&ek, SLICE(hierarchies[i]), &parent).fault &&
            is_signer_below(ak, (slice){parent.data, parent.size}, signer))
            return true;
    }
    return false;
}

/* The TPM signs the name of its key, which covers the attributes, but below parents that the
 * evidence need not show. */
static void check_name(const struct tpm_ak *ak, const struct tpm_quotes *quotes, struct facts *out)
{
    const slice signer = quotes->attests[0].qualified_signer;
    if (ak->has_area && is_signer(ak, quotes->evidence, signer))
        check_pass(out, "signer_name");
    else
        check_skip(out, "signer_name", "TPM_SIGNER_NAME_UNKNOWN",
                   "what is above the key is not there to compute the name that was signed");
}

void tpm_ak_check(const struct tpm_ak *ak, const struct tpm_quotes *quotes,
                  const struct endorsements *endorsements, int64_t now_s, struct facts *out)
{
    check_attributes(ak, out);
    check_name(ak, quotes, out);
    tpm_chain_check(ak, endorsements, now_s, out);
}

status tpm_anchor_read(slice file, struct public_key *out)
{
    struct tpm_public public;
    if (tpm_public_read(file, &public).fault)
        return FAIL(UNSUPPORTED, "the file is no public area of a TPM's key");
    return tpm_public_key(&public, out);
}
