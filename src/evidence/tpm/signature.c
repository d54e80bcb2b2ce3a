/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/signature.h"

#include "codec/reader.h"
#include "evidence/tpm/curves.h"
#include "evidence/tpm/pcrs.h"

enum { NUMBER_SIZE_MAX = 512 };

/* The sizes that a signature by an RSA key of 2048, 3072 or 4096 bits has. */
static bool is_bare(slice bytes)
{
    return bytes.size == 256 || bytes.size == 384 || bytes.size == 512;
}

static slice read_number(struct reader *reader)
{
    return read_bytes(reader, read_be16(reader));
}

static void read_numbers(struct reader *reader, struct tpm_signature *signature)
{
    if (signature->scheme != TPM_ALG_ECDSA) {
        signature->rsa = read_number(reader);
        return;
    }
    signature->r = read_number(reader);
    signature->s = read_number(reader);
}

status tpm_signature_read(slice bytes, struct tpm_signature *out)
{
    struct reader reader = reader_of(bytes);
    struct tpm_signature signature = {.scheme = read_be16(&reader), .hash = 0};
    if (is_bare(bytes)) {
        *out =
            (struct tpm_signature){.scheme = TPM_ALG_RSASSA, .hash = TPM_ALG_SHA256, .rsa = bytes};
        return OK;
    }
    signature.hash = read_be16(&reader);
    if (!reader.short_of_input && signature.scheme != TPM_ALG_RSASSA &&
        signature.scheme != TPM_ALG_RSAPSS && signature.scheme != TPM_ALG_ECDSA)
        return FAIL(UNSUPPORTED, "the TPM's signature is neither RSA nor ECDSA");
    read_numbers(&reader, &signature);
    TRY(reader_finish(&reader));
    if (signature.rsa.size > NUMBER_SIZE_MAX || signature.r.size > NUMBER_SIZE_MAX ||
        signature.s.size > NUMBER_SIZE_MAX)
        return FAIL(MALFORMED, "the TPM's signature is longer than its key can be");
    *out = signature;
    return OK;
}

static status verify_ecdsa(const struct tpm_signature *signature, const struct public_key *key,
                           enum hash hash, slice message)
{
    SCOPED(buffer) numbers = {0};
    const struct tpm_curve *curve = tpm_curve_of(key);
    if (!curve)
        return FAIL(UNAUTHENTIC, "the TPM's key is on no curve of its signature");
    TRY(tpm_number_append(signature->r, curve->size, &numbers));
    TRY(tpm_number_append(signature->s, curve->size, &numbers));
    return ecdsa_verify(key, curve->curve, hash, message, buffer_view(&numbers));
}

status tpm_signature_verify(const struct tpm_signature *signature, const struct public_key *key,
                            slice message)
{
    const enum hash hash = tpm_hash(signature->hash);
    if (hash != HASH_SHA256 && hash != HASH_SHA384 && hash != HASH_SHA512)
        return FAIL(UNSUPPORTED, "the quote is signed with a hash that we do not accept");
    switch (signature->scheme) {
    case TPM_ALG_RSASSA:
        return rsa_verify(key, RSA_PKCS1, hash, message, signature->rsa);
    case TPM_ALG_RSAPSS: /* with a salt as long as fits, unless the TPM keeps to FIPS 186 */
        return rsa_verify(key, RSA_PSS_ANY_SALT, hash, message, signature->rsa);
    default:
        return verify_ecdsa(signature, key, hash, message);
    }
}
