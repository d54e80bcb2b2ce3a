/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/csv/certificate.h"

#include "codec/reader.h"
#include "evidence/number.h"

#include <string.h>

enum { ROOT_SIGNED_SIZE = 0x240, SIGNED_SIZE = 0x414, SM2_SIZE = 32, VERSION_MAX = 2 };

static void read_key(struct reader *reader, struct csv_certificate *certificate)
{
    certificate->curve = read_le32(reader);
    certificate->x = read_bytes(reader, CSV_NUMBER_SIZE);
    certificate->y = read_bytes(reader, CSV_NUMBER_SIZE);
}

static status read_user_id(struct reader *reader, struct csv_certificate *certificate)
{
    const size_t size = read_le16(reader);
    const slice field = read_bytes(reader, CSV_USER_ID_SIZE_MAX);
    if (size > CSV_USER_ID_SIZE_MAX)
        return FAIL(MALFORMED, "a user id longer than its field");
    certificate->user_id = (slice){field.data, field.data ? size : 0};
    return OK;
}

static void read_numbers(struct reader *reader, struct csv_signature *signature)
{
    signature->r = read_bytes(reader, CSV_NUMBER_SIZE);
    signature->s = read_bytes(reader, CSV_NUMBER_SIZE);
}

static status read_root(slice bytes, struct csv_certificate *out)
{
    struct reader reader = reader_of(bytes);
    struct csv_certificate certificate = {.algorithm = CSV_ALGORITHM_SM2, .signature_count = 1};
    certificate.version = read_le32(&reader);
    certificate.key_id = read_bytes(&reader, CSV_KEY_ID_SIZE);
    certificate.issuer_key_id = read_bytes(&reader, CSV_KEY_ID_SIZE);
    certificate.usage = read_le32(&reader);
    read_bytes(&reader, 24); /* reserved, and signed */
    read_key(&reader, &certificate);
    TRY(read_user_id(&reader, &certificate));
    read_bytes(&reader, 108); /* reserved, and signed */
    certificate.signed_bytes = (slice){bytes.data, ROOT_SIGNED_SIZE};
    certificate.signatures[0].usage = CSV_USAGE_HRK; /* it signs roots, itself among them */
    certificate.signatures[0].algorithm = CSV_ALGORITHM_SM2;
    read_numbers(&reader, &certificate.signatures[0]);
    read_bytes(&reader, 112); /* reserved */
    TRY(reader_finish(&reader));
    *out = certificate;
    return OK;
}

static void read_signature(struct reader *reader, struct csv_signature *signature)
{
    signature->usage = read_le32(reader);
    signature->algorithm = read_le32(reader);
    read_numbers(reader, signature);
    read_bytes(reader, 368); /* reserved */
}

static status read_chip(slice bytes, struct csv_certificate *out)
{
    struct reader reader = reader_of(bytes);
    struct csv_certificate certificate = {.signature_count = CSV_SIGNATURES_MAX};
    certificate.version = read_le32(&reader);
    certificate.api_major = read_u8(&reader);
    certificate.api_minor = read_u8(&reader);
    read_le16(&reader); /* reserved, and signed */
    certificate.usage = read_le32(&reader);
    certificate.algorithm = read_le32(&reader);
    read_key(&reader, &certificate);
    TRY(read_user_id(&reader, &certificate));
    certificate.issuer_key_id = read_bytes(&reader, CSV_KEY_ID_SIZE);
    read_bytes(&reader, 608); /* reserved, and signed */
    certificate.signed_bytes = (slice){bytes.data, SIGNED_SIZE};
    for (size_t i = 0; i < CSV_SIGNATURES_MAX; i++)
        read_signature(&reader, &certificate.signatures[i]);
    TRY(reader_finish(&reader));
    *out = certificate;
    return OK;
}

status csv_certificate_read(slice bytes, struct csv_certificate *out)
{
    struct csv_certificate certificate;
    if (bytes.size < CSV_ROOT_CERTIFICATE_SIZE)
        return FAIL(TRUNCATED, "a certificate of Hygon's has 832 or 2084 bytes");
    if (bytes.size == CSV_ROOT_CERTIFICATE_SIZE)
        TRY(read_root(bytes, &certificate));
    else
        TRY(read_chip(bytes, &certificate));
    if (certificate.version < 1 || certificate.version > VERSION_MAX)
        return FAIL(UNSUPPORTED, "a certificate of Hygon's of a version that we do not know");
    if (certificate.curve != CSV_CURVE_SM2)
        return FAIL(UNSUPPORTED, "a certificate of Hygon's on another curve than SM2's");
    *out = certificate;
    return OK;
}

/* ---- telling them by content: there is no magic number, but few other bytes look like this ----
 */

static bool begins_root(slice file)
{
    struct reader reader = reader_of(file);
    const uint32_t version = read_le32(&reader);
    read_bytes(&reader, 2 * CSV_KEY_ID_SIZE);
    read_le32(&reader); /* whatever it says it is for: a check tells */
    const bool is_reserved = slice_is_zero(read_bytes(&reader, 24));
    return file.size >= CSV_ROOT_CERTIFICATE_SIZE && version >= 1 && version <= VERSION_MAX &&
           is_reserved && read_le32(&reader) == CSV_CURVE_SM2;
}

static bool is_chip_usage(uint32_t usage)
{
    return usage >= CSV_USAGE_OCA && usage <= CSV_USAGE_CEK;
}

bool csv_pek_begins(slice bytes)
{
    struct reader reader = reader_of(bytes);
    const uint32_t version = read_le32(&reader);
    read_le16(&reader); /* of the API */
    const uint16_t reserved = read_le16(&reader);
    const uint32_t usage = read_le32(&reader);
    read_le32(&reader); /* algorithm */
    const uint32_t curve = read_le32(&reader);
    return !reader.short_of_input && version >= 1 && version <= VERSION_MAX && reserved == 0 &&
           is_chip_usage(usage) && curve == CSV_CURVE_SM2;
}

size_t csv_certificate_begins(slice file)
{
    if (begins_root(file))
        return CSV_ROOT_CERTIFICATE_SIZE;
    return csv_pek_begins(file) ? CSV_CERTIFICATE_SIZE : 0;
}

/* ---- keys and signatures ---- */

static status key_of(const struct csv_certificate *certificate, struct public_key *out)
{
    SCOPED(buffer) point = {0};
    TRY(number_append(certificate->x, SM2_SIZE, &point));
    TRY(number_append(certificate->y, SM2_SIZE, &point));
    return public_key_of_point(CURVE_SM2, buffer_view(&point), out);
}

status csv_anchor_read(slice file, struct public_key *out)
{
    struct csv_certificate certificate;
    if (file.size != CSV_ROOT_CERTIFICATE_SIZE || !begins_root(file))
        return FAIL(UNSUPPORTED, "the file is no certificate of Hygon's");
    TRY(csv_certificate_read(file, &certificate));
    if (certificate.usage != CSV_USAGE_HRK)
        return FAIL(UNSUPPORTED, "a certificate of Hygon's that is not the HRK");
    return key_of(&certificate, out);
}

void csv_signer_clear(struct csv_signer *signer)
{
    public_key_clear(&signer->key);
    *signer = (struct csv_signer){0};
}

status csv_signer_of(const struct csv_certificate *certificate, struct csv_signer *out)
{
    struct csv_signer signer = {.user_id_size = certificate->user_id.size};
    if (certificate->user_id.size)
        memcpy(signer.user_id, certificate->user_id.data, certificate->user_id.size);
    TRY(key_of(certificate, &signer.key));
    *out = signer;
    return OK;
}

status csv_signer_verify(const struct csv_signer *signer, slice message, slice r, slice s)
{
    const slice user_id = {signer->user_id, signer->user_id_size};
    SCOPED(buffer) signature = {0};
    TRY(number_append(r, SM2_SIZE, &signature));
    TRY(number_append(s, SM2_SIZE, &signature));
    return sm2_verify(&signer->key, user_id, message, buffer_view(&signature));
}

status csv_certificate_signed_by(const struct csv_certificate *certificate, enum csv_usage usage,
                                 const struct csv_signer *signer)
{
    status result = FAIL(UNAUTHENTIC, "a certificate has no signature of whoever should issue it");
    for (size_t i = 0; i < certificate->signature_count; i++) {
        const struct csv_signature *const signature = &certificate->signatures[i];
        const bool names_signer =
            signature->usage == (uint32_t)usage && signature->algorithm == CSV_ALGORITHM_SM2;
        if (!names_signer)
            continue;
        result = csv_signer_verify(signer, certificate->signed_bytes, signature->r, signature->s);
        if (!result.fault)
            return OK;
    }
    return result;
}
