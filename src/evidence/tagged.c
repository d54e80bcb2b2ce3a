/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tagged.h"

#include "codec/cbor.h"
#include "crypto/certificate.h"

#include <stdlib.h>
#include <string.h>

/* spec: TCG DICE Attestation Architecture, tagged evidence */
#define EXTENSION_OID "2.23.133.5.4.9"
#define KEY_HASH_CLAIM "pubkey-hash"

enum {
    FIRST_TAG_OF_2_BYTES = 0xd9,
    FIRST_TAG_OF_4_BYTES = 0xda,
    HEADS_SIZE_MAX = 64,
    HASH_ID_MAX = 255,
    HASH_ID_SHA256 = 1, /* IANA, Named Information Hash Algorithm Registry */
    HASH_ID_SHA384 = 7,
    HASH_ID_SHA512 = 8,
};

/* A tag may be of several platforms' evidence, and is written for each of them. */
static const struct {
    uint64_t tag;
    const char *platform;
} tags[] = {
    {60000, "tdx"},   {60000, "sgx"}, /* registered: quotes of Intel's quoting enclaves */
    {1733892, "snp"}, {1733893, "sev"}, {1733894, "csv"},
};

enum { TAGS = sizeof tags / sizeof tags[0] };

static bool is_tag(uint64_t tag)
{
    for (size_t i = 0; i < TAGS; i++)
        if (tags[i].tag == tag)
            return true;
    return false;
}

static bool is_tag_of(uint64_t tag, const struct platform *platform)
{
    for (size_t i = 0; i < TAGS; i++)
        if (tags[i].tag == tag && strcmp(tags[i].platform, platform->name) == 0)
            return true;
    return false;
}

bool tagged_begins(slice bytes)
{
    struct reader reader = reader_of(bytes);
    const uint8_t first = read_u8(&reader);
    const uint64_t tag = first == FIRST_TAG_OF_2_BYTES   ? read_be16(&reader)
                         : first == FIRST_TAG_OF_4_BYTES ? read_be32(&reader)
                                                         : 0;
    return !reader.short_of_input && is_tag(tag);
}

status tagged_read(slice bytes, struct tagged *out)
{
    struct reader reader = reader_of(bytes);
    struct cbor_item tag;
    struct tagged tagged;
    size_t count;
    TRY(cbor_read(&reader, &tag));
    if (tag.kind != CBOR_TAG || !is_tag(tag.number))
        return FAIL(UNSUPPORTED, "the evidence is under no tag that we know");
    TRY(cbor_read_array(&reader, 2, &count));
    if (count != 2)
        return FAIL(MALFORMED, "tagged evidence is evidence and its claims");
    TRY(cbor_read_bytes(&reader, EVIDENCE_SIZE_MAX, &tagged.evidence));
    TRY(cbor_read_bytes(&reader, TAGGED_CLAIMS_SIZE_MAX, &tagged.claims));
    TRY(reader_finish(&reader));
    if (tagged.evidence.size == 0)
        return FAIL(MALFORMED, "tagged evidence without evidence");
    tagged.tag = tag.number;
    *out = tagged;
    return OK;
}

/* ---- claims ---- */

static status read_key_hash(slice bytes, enum hash *out_hash, slice *out_digest)
{
    struct reader reader = reader_of(bytes);
    size_t count;
    uint64_t id;
    TRY(cbor_read_array(&reader, 2, &count));
    if (count != 2)
        return FAIL(MALFORMED, "the hash of a key is a number and bytes");
    TRY(cbor_read_uint(&reader, HASH_ID_MAX, &id));
    TRY(cbor_read_bytes(&reader, TAGGED_CLAIMS_SIZE_MAX, out_digest));
    TRY(reader_finish(&reader));
    *out_hash = id == HASH_ID_SHA256   ? HASH_SHA256
                : id == HASH_ID_SHA384 ? HASH_SHA384
                : id == HASH_ID_SHA512 ? HASH_SHA512
                                       : HASH_NONE;
    return *out_hash == HASH_NONE ? FAIL(UNSUPPORTED, "the hash of a key is by no hash that we use")
           : out_digest->size != hash_size(*out_hash)
               ? FAIL(MALFORMED, "the hash of a key has another size than its kind")
               : OK;
}

/* Others write these maps, with their keys in the order in which they think of them. */
status tagged_key_hash(const struct tagged *tagged, enum hash *out_hash, slice *out_digest)
{
    struct cbor_member members[TAGGED_CLAIMS_MAX];
    struct reader reader = reader_of(tagged->claims);
    size_t count;
    *out_hash = HASH_NONE;
    if (tagged->claims.size == 0)
        return OK;
    TRY(cbor_tolerant_read_map(&reader, TAGGED_CLAIMS_MAX, members, &count));
    TRY(reader_finish(&reader));
    for (size_t i = 0; i < count; i++) {
        slice name, value;
        struct reader key = reader_of(members[i].key), content = reader_of(members[i].value);
        TRY(cbor_read_text(&key, TAGGED_CLAIMS_SIZE_MAX, &name));
        TRY(cbor_read_bytes(&content, TAGGED_CLAIMS_SIZE_MAX, &value));
        if (slice_equal(name, slice_of_text(KEY_HASH_CLAIM)))
            TRY(read_key_hash(value, out_hash, out_digest));
    }
    return OK;
}

/* The note says SHA-256; one vendor's own library takes SHA-384 for its newer TEE. */
status tagged_binding(const struct tagged *tagged, const struct platform *platform,
                      struct digest *out)
{
    static const enum hash hashes[] = {HASH_SHA256, HASH_SHA384};
    slice report_data;
    if (!platform->report_data)
        return FAIL(MALFORMED, "evidence that carries nothing is beside claims");
    TRY(platform->report_data(tagged->evidence, &report_data));
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        struct digest digest;
        TRY(digest_of(hashes[i], tagged->claims, &digest));
        if (!platform_carries(platform, report_data, (slice){digest.data, digest.size}))
            continue;
        *out = digest;
        return OK;
    }
    return FAIL(MALFORMED, "the evidence carries the hash of other claims");
}

status tagged_check(const struct tagged *tagged)
{
    const struct platform *const platform = platform_of(tagged->evidence);
    struct digest binding;
    enum hash hash;
    slice digest;
    if (!platform)
        return FAIL(UNSUPPORTED, "the tag holds no evidence that this build knows");
    if (!is_tag_of(tagged->tag, platform))
        return FAIL(UNSUPPORTED, "the tag is of another platform than its evidence");
    TRY(tagged_key_hash(tagged, &hash, &digest));
    return tagged->claims.size ? tagged_binding(tagged, platform, &binding) : OK;
}

/* ---- in a certificate ---- */

/* What of it is ours to read is small; certificates of other kinds are left alone. */
static status open_certificate(slice der, struct certificate *certificate, slice *out_tagged)
{
    TRY(certificate_read(der, certificate));
    return certificate_extension(certificate, EXTENSION_OID, out_tagged);
}

bool tagged_certificate_begins(slice der)
{
    SCOPED(certificate) certificate = {0};
    slice tagged;
    return der.size && der.data[0] == 0x30 && der.size <= CERTIFICATE_SIZE_MAX &&
           !open_certificate(der, &certificate, &tagged).fault && tagged.size;
}

static status check_key(const struct certificate *certificate, const struct tagged *tagged)
{
    enum hash hash;
    slice named;
    struct digest key;
    TRY(tagged_key_hash(tagged, &hash, &named));
    if (hash == HASH_NONE)
        return FAIL(MALFORMED, "the evidence in the certificate is for no key");
    TRY(certificate_spki_digest(certificate, hash, &key));
    return slice_equal((slice){key.data, key.size}, named)
               ? OK
               : FAIL(UNAUTHENTIC, "the evidence in the certificate is for another key");
}

status tagged_of_certificate(slice der, struct buffer *out_tagged)
{
    SCOPED(certificate) certificate = {0};
    struct tagged tagged;
    slice bytes;
    TRY(open_certificate(der, &certificate, &bytes));
    TRY(tagged_read(bytes, &tagged));
    TRY(check_key(&certificate, &tagged));
    return buffer_append(out_tagged, bytes);
}

/* ---- making it ---- */

static status write_into(const struct writer *writer, struct buffer *space, struct buffer *out)
{
    slice written;
    TRY(writer_finish(writer, &written));
    space->size = written.size;
    *out = buffer_take(space);
    return OK;
}

status tagged_claims_write(slice spki, struct buffer *out)
{
    uint8_t hash_space[HEADS_SIZE_MAX];
    struct digest digest;
    slice key_hash;
    SCOPED(buffer) space = {.data = malloc(2 * HEADS_SIZE_MAX), .capacity = 2 * HEADS_SIZE_MAX};
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for claims");
    TRY(digest_of(HASH_SHA256, spki, &digest));
    struct writer writer = writer_over(hash_space, sizeof hash_space);
    cbor_write_array(&writer, 2);
    cbor_write_uint(&writer, HASH_ID_SHA256);
    cbor_write_bytes(&writer, (slice){digest.data, digest.size});
    TRY(writer_finish(&writer, &key_hash));
    writer = writer_over(space.data, space.capacity);
    cbor_write_map(&writer, 1);
    cbor_write_text(&writer, slice_of_text(KEY_HASH_CLAIM));
    cbor_write_bytes(&writer, key_hash);
    return write_into(&writer, &space, out);
}

static uint64_t tag_for(const struct platform *platform)
{
    for (size_t i = 0; i < TAGS; i++)
        if (strcmp(tags[i].platform, platform->name) == 0)
            return tags[i].tag;
    return 0;
}

status tagged_write(const struct platform *platform, slice evidence, slice claims,
                    struct buffer *out)
{
    const uint64_t tag = tag_for(platform);
    const size_t capacity = HEADS_SIZE_MAX + evidence.size + claims.size;
    if (!tag)
        return FAIL(UNSUPPORTED, "there is no tag for evidence of this platform");
    SCOPED(buffer) space = {.data = malloc(capacity), .capacity = capacity};
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for tagged evidence");
    struct writer writer = writer_over(space.data, capacity);
    cbor_write_tag(&writer, tag);
    cbor_write_array(&writer, 2);
    cbor_write_bytes(&writer, evidence);
    cbor_write_bytes(&writer, claims);
    return write_into(&writer, &space, out);
}
