/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sev/certificate.h"

#include "codec/reader.h"
#include "evidence/number.h"

enum {
    VERSION = 1,
    SIGNED_SIZE = 0x414,
    PUBLIC_KEY_SIZE = 1028,
    AUTHORITY_HEAD_SIZE = 0x40,
    BITS_2048 = 2048,
    BITS_4096 = 4096,
    ALGORITHM_SHA384 = 0x100, /* a bit of every algorithm's number */
};

static enum curve curve_of(uint32_t number)
{
    switch (number) {
    case 1:
        return CURVE_P256;
    case 2:
        return CURVE_P384;
    default:
        return CURVE_NONE;
    }
}

static size_t size_on(enum curve curve)
{
    return curve == CURVE_P256 ? 32 : 48;
}

static enum hash hash_of(uint32_t algorithm)
{
    return algorithm & ALGORITHM_SHA384 ? HASH_SHA384 : HASH_SHA256;
}

/* ---- reading ---- */

static status read_modulus_bits(struct reader *reader, size_t *out_size)
{
    const uint32_t exponent_bits = read_le32(reader);
    const uint32_t modulus_bits = read_le32(reader);
    if (modulus_bits != BITS_2048 && modulus_bits != BITS_4096)
        return FAIL(UNSUPPORTED, "an AMD authority's key of a size that we do not know");
    if (exponent_bits != modulus_bits)
        return FAIL(MALFORMED, "an AMD authority's exponent is not as long as its modulus");
    *out_size = modulus_bits / 8;
    return OK;
}

status sev_authority_read(slice bytes, struct sev_authority *out)
{
    struct sev_authority authority = {0};
    struct reader reader = reader_of(bytes);
    size_t size;
    if (bytes.size < SEV_AUTHORITY_SIZE_2048)
        return FAIL(TRUNCATED, "an AMD authority's certificate has 832 or 1600 bytes");
    if (read_le32(&reader) != VERSION)
        return FAIL(UNSUPPORTED, "an AMD authority's certificate of a version that we do not know");
    authority.key_id = read_bytes(&reader, SEV_KEY_ID_SIZE);
    authority.issuer_key_id = read_bytes(&reader, SEV_KEY_ID_SIZE);
    authority.usage = read_le32(&reader);
    read_bytes(&reader, 16); /* reserved, and signed */
    TRY(read_modulus_bits(&reader, &size));
    authority.exponent = read_bytes(&reader, size);
    authority.modulus = read_bytes(&reader, size);
    authority.signed_bytes = (slice){bytes.data, AUTHORITY_HEAD_SIZE + 2 * size};
    authority.signature = read_bytes(&reader, size);
    TRY(reader_finish(&reader));
    *out = authority;
    return OK;
}

static void read_signature(struct reader *reader, struct sev_signature *signature)
{
    signature->usage = read_le32(reader);
    signature->algorithm = read_le32(reader);
    signature->bytes = read_bytes(reader, SEV_SIGNATURE_SIZE);
}

status sev_certificate_read(slice bytes, struct sev_certificate *out)
{
    struct sev_certificate certificate = {0};
    struct reader reader = reader_of(bytes);
    certificate.version = read_le32(&reader);
    certificate.api_major = read_u8(&reader);
    certificate.api_minor = read_u8(&reader);
    read_le16(&reader); /* reserved, and signed */
    certificate.usage = read_le32(&reader);
    certificate.algorithm = read_le32(&reader);
    certificate.curve = read_le32(&reader);
    certificate.x = read_bytes(&reader, SEV_NUMBER_SIZE);
    certificate.y = read_bytes(&reader, SEV_NUMBER_SIZE);
    read_bytes(&reader, PUBLIC_KEY_SIZE - 4 - 2 * SEV_NUMBER_SIZE);
    certificate.signed_bytes = (slice){bytes.data, SIGNED_SIZE};
    for (size_t i = 0; i < SEV_SIGNATURES; i++)
        read_signature(&reader, &certificate.signatures[i]);
    TRY(reader_finish(&reader));
    if (certificate.version != VERSION)
        return FAIL(UNSUPPORTED, "an SEV certificate of a version that we do not know");
    if (curve_of(certificate.curve) == CURVE_NONE)
        return FAIL(UNSUPPORTED, "an SEV certificate on a curve that we do not know");
    *out = certificate;
    return OK;
}

/* ---- telling them by content: there is no magic number, but few other bytes look like this ----
 */

static size_t authority_begins(slice file)
{
    struct reader reader = reader_of(file);
    size_t size;
    const uint32_t version = read_le32(&reader);
    read_bytes(&reader, 2 * SEV_KEY_ID_SIZE);
    const uint32_t usage = read_le32(&reader);
    read_bytes(&reader, 16);
    const bool is_one = version == VERSION && (usage == SEV_USAGE_ARK || usage == SEV_USAGE_ASK) &&
                        !read_modulus_bits(&reader, &size).fault;
    return is_one ? AUTHORITY_HEAD_SIZE + 3 * size : 0;
}

static bool chip_begins(slice file)
{
    struct reader reader = reader_of(file);
    const uint32_t version = read_le32(&reader);
    read_le16(&reader); /* of the API */
    const uint16_t reserved = read_le16(&reader);
    const uint32_t usage = read_le32(&reader);
    read_le32(&reader); /* algorithm */
    const uint32_t curve = read_le32(&reader);
    return version == VERSION && reserved == 0 && usage >= SEV_USAGE_OCA &&
           usage <= SEV_USAGE_CEK && curve_of(curve) != CURVE_NONE;
}

size_t sev_certificate_begins(slice file)
{
    const size_t authority_size = authority_begins(file);
    if (authority_size)
        return authority_size;
    return chip_begins(file) ? SEV_CERTIFICATE_SIZE : 0;
}

/* ---- keys ---- */

status sev_authority_key(const struct sev_authority *authority, struct public_key *out)
{
    SCOPED(buffer) modulus = {0};
    SCOPED(buffer) exponent = {0};
    TRY(number_append(authority->modulus, authority->modulus.size, &modulus));
    TRY(number_append(authority->exponent, sizeof(uint32_t), &exponent));
    return public_key_of_rsa(buffer_view(&modulus), buffer_view(&exponent), out);
}

status sev_certificate_key(const struct sev_certificate *certificate, struct public_key *out)
{
    const enum curve curve = curve_of(certificate->curve);
    SCOPED(buffer) point = {0};
    TRY(number_append(certificate->x, size_on(curve), &point));
    TRY(number_append(certificate->y, size_on(curve), &point));
    return public_key_of_point(curve, buffer_view(&point), out);
}

status sev_anchor_read(slice file, struct public_key *out)
{
    struct sev_authority authority;
    if (!authority_begins(file) || authority_begins(file) != file.size)
        return FAIL(UNSUPPORTED, "the file is no certificate of an AMD authority");
    TRY(sev_authority_read(file, &authority));
    if (authority.usage != SEV_USAGE_ARK)
        return FAIL(UNSUPPORTED, "the certificate of an AMD authority that is not a root");
    return sev_authority_key(&authority, out);
}

/* ---- signatures ---- */

static status rsa_pss_verify(const struct public_key *signer, enum hash hash, slice message,
                             slice field)
{
    const size_t size = public_key_rsa_bits(signer) / 8;
    SCOPED(buffer) signature = {0};
    if (size == 0 || size > field.size)
        return FAIL(UNAUTHENTIC, "an RSA signature by a key of another kind");
    TRY(number_append(field, size, &signature));
    return rsa_verify(signer, RSA_PSS, hash, message, buffer_view(&signature));
}

status sev_ecdsa_verify(const struct public_key *signer, uint32_t algorithm, slice message,
                        slice signature)
{
    const enum curve curve = public_key_is_on(signer, CURVE_P256) ? CURVE_P256 : CURVE_P384;
    const slice r = {signature.data, SEV_NUMBER_SIZE};
    const slice s = {signature.data + SEV_NUMBER_SIZE, SEV_NUMBER_SIZE};
    SCOPED(buffer) numbers = {0};
    if (signature.size < 2 * SEV_NUMBER_SIZE)
        return FAIL(INTERNAL, "a signature without room for R and S");
    if (algorithm != SEV_ECDSA_SHA256 && algorithm != SEV_ECDSA_SHA384)
        return FAIL(UNAUTHENTIC, "a signature that is not by ECDSA where it must be");
    TRY(number_append(r, size_on(curve), &numbers));
    TRY(number_append(s, size_on(curve), &numbers));
    return ecdsa_verify(signer, curve, hash_of(algorithm), message, buffer_view(&numbers));
}

status sev_authority_signed_by(const struct sev_authority *authority,
                               const struct public_key *signer)
{
    const bool is_small = public_key_rsa_bits(signer) == BITS_2048;
    return rsa_pss_verify(signer, is_small ? HASH_SHA256 : HASH_SHA384, authority->signed_bytes,
                          authority->signature);
}

static status signed_at(const struct sev_certificate *certificate,
                        const struct sev_signature *signature, const struct public_key *signer)
{
    const uint32_t algorithm = signature->algorithm;
    if (algorithm == SEV_RSA_SHA256 || algorithm == SEV_RSA_SHA384)
        return rsa_pss_verify(signer, hash_of(algorithm), certificate->signed_bytes,
                              signature->bytes);
    return sev_ecdsa_verify(signer, algorithm, certificate->signed_bytes, signature->bytes);
}

bool sev_certificate_names(const struct sev_certificate *certificate, enum sev_usage signer)
{
    for (size_t i = 0; i < SEV_SIGNATURES; i++)
        if (certificate->signatures[i].usage == (uint32_t)signer)
            return true;
    return false;
}

status sev_certificate_signed_by(const struct sev_certificate *certificate, enum sev_usage usage,
                                 const struct public_key *signer)
{
    status result = FAIL(UNAUTHENTIC, "a certificate has no signature of whoever should issue it");
    for (size_t i = 0; i < SEV_SIGNATURES; i++) {
        const struct sev_signature *const signature = &certificate->signatures[i];
        if (signature->usage != (uint32_t)usage)
            continue;
        result = signed_at(certificate, signature, signer);
        if (!result.fault)
            return OK;
    }
    return result;
}
