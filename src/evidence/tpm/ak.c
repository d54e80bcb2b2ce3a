/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/ak.h"

#include "codec/writer.h"

#include <stdlib.h>

static const struct memory_kind kind = RECOLLECTIONS;

static void ak_free(struct recollection *recollection)
{
    struct tpm_ak *const ak = (struct tpm_ak *)recollection;
    buffer_clear(&ak->public);
    public_key_clear(&ak->key);
    for (size_t i = 0; i < ak->certificate_count; i++)
        certificate_clear(&ak->certificates[i]);
    free(ak);
}

void tpm_ak_release(struct tpm_ak *ak)
{
    if (ak)
        recollection_release(&ak->recollection);
}

void tpm_ak_keep(struct tpm_ak *ak, const struct endorsements *endorsements)
{
    if (tpm_chain_is_exact(ak))
        recollection_keep(endorsements, &kind, &ak->recollection);
}

/* Lengths between them, so that no two chains have the same bytes. */
static status append_certificates(const struct tpm_evidence *evidence, struct buffer *out)
{
    for (size_t i = 0; i < evidence->certificate_count; i++) {
        uint8_t size[4];
        struct writer writer = writer_over(size, sizeof size);
        write_be32(&writer, (uint32_t)evidence->certificates[i].size);
        TRY(buffer_append(out, SLICE(size)));
        TRY(buffer_append(out, evidence->certificates[i]));
    }
    return OK;
}

static status read_certificates(const struct tpm_evidence *evidence, struct tpm_ak *ak)
{
    for (size_t i = 0; i < evidence->certificate_count; i++) {
        TRY(certificate_read(evidence->certificates[i], &ak->certificates[i]));
        ak->certificate_count++;
    }
    if (ak->certificate_count)
        certificate_issuer_text(&ak->certificates[0], ak->certificate_issuer,
                                sizeof ak->certificate_issuer);
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
    (void)tpm_public_name(&ak->area, &ak->name).fault;
    return tpm_public_key(&ak->area, &ak->key);
}

static status read_ak(const struct tpm_evidence *evidence, struct tpm_ak *ak)
{
    TRY(buffer_append(&ak->public, evidence->ak_public));
    TRY(read_certificates(evidence, ak));
    TRY(read_key(buffer_view(&ak->public), ak));
    if (!ak->key.pkey)
        return OK;
    ak->rsa_bits = public_key_rsa_bits(&ak->key);
    ak->curve = tpm_curve_of(&ak->key);
    return public_key_spki_digest(&ak->key, HASH_SHA256, &ak->key_digest);
}

/* The same certificates with the same key beside them; NULL when there is none. */
static struct tpm_ak *find(const struct tpm_evidence *evidence,
                           const struct endorsements *endorsements, slice certificates)
{
    struct tpm_ak *const known =
        (struct tpm_ak *)recollection_find(endorsements, &kind, certificates);
    if (known && slice_equal(buffer_view(&known->public), evidence->ak_public))
        return known;
    tpm_ak_release(known);
    return NULL;
}

status tpm_ak_acquire(const struct tpm_evidence *evidence, const struct endorsements *endorsements,
                      struct tpm_ak **out)
{
    SCOPED(buffer) certificates = {0};
    TRY(append_certificates(evidence, &certificates));
    struct tpm_ak *ak = endorsements && certificates.size
                            ? find(evidence, endorsements, buffer_view(&certificates))
                            : NULL;
    if (ak) {
        *out = ak;
        return OK;
    }
    ak = (struct tpm_ak *)recollection_new(sizeof *ak, ak_free);
    if (!ak)
        return FAIL(EXHAUSTED, "no memory for an attestation key");
    ak->recollection.bytes = buffer_take(&certificates);
    const status read = read_ak(evidence, ak);
    if (read.fault)
        tpm_ak_release(ak);
    else
        *out = ak;
    return read;
}

static void claim_area(const struct tpm_ak *ak, struct claims *out)
{
    if (ak->name.size)
        claim_bytes(out, "ak.name", (slice){ak->name.data, ak->name.size});
    claim_number(out, "ak.name_algorithm", ak->area.name_hash);
    claim_number(out, "ak.scheme", ak->area.scheme);
    claim_number(out, "ak.attributes", ak->area.attributes);
}

void tpm_ak_claim(const struct tpm_ak *ak, struct claims *out)
{
    if (!ak->key.pkey)
        return;
    claim_bytes(out, "ak.key_digest", (slice){ak->key_digest.data, ak->key_digest.size});
    claim_text(out, "ak.type", ak->rsa_bits ? "rsa" : "ecc");
    if (ak->rsa_bits || ak->curve)
        claim_number(out, "ak.bits", ak->rsa_bits ? ak->rsa_bits : ak->curve->bits);
    if (ak->has_area)
        claim_area(ak, out);
    if (ak->certificate_count)
        claim_text(out, "ak.certificate_issuer", ak->certificate_issuer);
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
    return !tpm_name_below(&ak->name, parent, &name).fault && tpm_name_is(&name, signer);
}

/* Owner, endorsement, platform and null hierarchy. */
static const uint8_t hierarchies[][4] = {
    {0x40, 0, 0, 0x01}, {0x40, 0, 0, 0x0b}, {0x40, 0, 0, 0x0c}, {0x40, 0, 0, 0x07}};

static bool is_signer(const struct tpm_ak *ak, const struct tpm_evidence *evidence, slice signer)
{
    struct tpm_public ek;
    struct tpm_name ek_name, parent;
    const bool has_ek = evidence->ek_public.size &&
                        !tpm_public_read(evidence->ek_public, &ek).fault &&
                        !tpm_public_name(&ek, &ek_name).fault;
    for (size_t i = 0; i < sizeof hierarchies / sizeof hierarchies[0]; i++) {
        if (is_signer_below(ak, SLICE(hierarchies[i]), signer))
            return true;
        if (has_ek && !tpm_name_below(&ek_name, SLICE(hierarchies[i]), &parent).fault &&
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

void tpm_ak_check(struct tpm_ak *ak, const struct tpm_quotes *quotes,
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
