/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/public.h"

#include "codec/reader.h"
#include "codec/writer.h"
#include "evidence/tpm/curves.h"
#include "evidence/tpm/pcrs.h"

enum {
    ALG_NULL = 0x0010,
    ALG_RSAES = 0x0015, /* the one asymmetric scheme without a hash */
    ALG_ECDAA = 0x001a, /* the one with a count after its hash */
    ALG_XOR = 0x000a,
    NUMBER_SIZE_MAX = 512,
};

static slice read_sized(struct reader *reader)
{
    return read_bytes(reader, read_be16(reader));
}

/* TPMT_SYM_DEF_OBJECT: how a parent protects its children. */
static status read_symmetric(struct reader *reader)
{
    const uint16_t algorithm = read_be16(reader);
    if (algorithm == ALG_NULL)
        return OK;
    if (algorithm == ALG_XOR)
        return FAIL(UNSUPPORTED, "the TPM's key protects its children by XOR");
    read_be16(reader); /* bits */
    read_be16(reader); /* mode */
    return OK;
}

static void read_scheme(struct reader *reader, struct tpm_public *public)
{
    const uint16_t scheme = read_be16(reader);
    if (scheme == ALG_NULL)
        return;
    public->scheme = scheme;
    if (scheme != ALG_RSAES)
    public->scheme_hash = read_be16(reader);
    if (scheme == ALG_ECDAA)
        read_be16(reader);
}

static void read_rsa(struct reader *reader, struct tpm_public *public)
{
    read_be16(reader); /* bits: the modulus has them */
    public->exponent = read_be32(reader);
    if (public->exponent == 0)
    public->exponent = TPM_RSA_EXPONENT;
    public->modulus = read_sized(reader);
}

static void read_ecc(struct reader *reader, struct tpm_public *public)
{
    public->curve = read_be16(reader);
    if (read_be16(reader) != ALG_NULL) /* key derivation */
        read_be16(reader);
    public->x = read_sized(reader);
    public->y = read_sized(reader);
}

static status read_area(slice area, struct tpm_public *out)
{
    struct reader reader = reader_of(area);
    struct tpm_public public = {.area = area};
    public.type = read_be16(&reader);
    if (!reader.short_of_input && public.type != TPM_KEY_RSA && public.type != TPM_KEY_ECC)
        return FAIL(UNSUPPORTED, "the TPM's key is neither RSA nor ECC");
    public.name_hash = read_be16(&reader);
    public.attributes = read_be32(&reader);
    public.policy = read_sized(&reader);
    TRY(read_symmetric(&reader));
    read_scheme(&reader, &public);
    if (public.type == TPM_KEY_RSA)
        read_rsa(&reader, &public);
    else
        read_ecc(&reader, &public);
    TRY(reader_finish(&reader));
    if (public.modulus.size > NUMBER_SIZE_MAX || public.x.size > NUMBER_SIZE_MAX ||
        public.y.size > NUMBER_SIZE_MAX)
        return FAIL(MALFORMED, "the TPM's key is larger than we read");
    *out = public;
    return OK;
}

/* A size of one or 35 is not that of a public area, so the two cannot be taken for each other. */
status tpm_public_read(slice bytes, struct tpm_public *out)
{
    struct reader reader = reader_of(bytes);
    const uint16_t size = read_be16(&reader);
    if (size == TPM_KEY_RSA || size == TPM_KEY_ECC)
        return read_area(bytes, out);
    if (!reader.short_of_input && size < reader.left.size)
        return FAIL(MALFORMED, "bytes follow the public area of the TPM's key");
    const slice area = read_bytes(&reader, size);
    TRY(reader_finish(&reader));
    return read_area(area, out);
}

static status key_of_rsa(const struct tpm_public *public, struct public_key *out)
{
    uint8_t exponent[4];
    struct writer writer = writer_over(exponent, sizeof exponent);
    write_be32(&writer, public->exponent);
    return public_key_of_rsa(public->modulus, SLICE(exponent), out);
}

static status key_of_point(const struct tpm_public *public, struct public_key *out)
{
    SCOPED(buffer) point = {0};
    const struct tpm_curve *const curve = tpm_curve_numbered(public->curve);
    if (!curve)
        return FAIL(UNSUPPORTED, "the TPM's key is on a curve that we do not use");
    TRY(tpm_number_append(public->x, curve->size, &point));
    TRY(tpm_number_append(public->y, curve->size, &point));
    return public_key_of_point(curve->curve, buffer_view(&point), out);
}

status tpm_public_key(const struct tpm_public *public, struct public_key *out)
{
    return public->type == TPM_KEY_RSA ? key_of_rsa(public, out) : key_of_point(public, out);
}

static status make_name(uint16_t algorithm, slice first, slice second, struct tpm_name *out)
{
    struct digest digest;
    struct writer writer = writer_over(out->data, sizeof out->data);
    slice written;
    if (tpm_hash(algorithm) == HASH_NONE)
        return FAIL(UNSUPPORTED, "the TPM's key is named by a hash that we do not know");
    TRY(digest_of_two(tpm_hash(algorithm), first, second, &digest));
    write_be16(&writer, algorithm);
    write_bytes(&writer, (slice){digest.data, digest.size});
    TRY(writer_finish(&writer, &written));
    out->size = written.size;
    return OK;
}

status tpm_public_name(const struct tpm_public *public, struct tpm_name *out)
{
    return make_name(public->name_hash, public->area, (slice){0}, out);
}

status tpm_name_below(const struct tpm_name *name, slice parent, struct tpm_name *out)
{
    struct reader reader = reader_of((slice){name->data, name->size});
    return make_name(read_be16(&reader), parent, (slice){name->data, name->size}, out);
}

bool tpm_name_is(const struct tpm_name *name, slice bytes)
{
    return slice_equal((slice){name->data, name->size}, bytes);
}
