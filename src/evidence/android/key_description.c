/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/android/key_description.h"

#include "crypto/der.h"

#include <string.h>

enum {
    TAG_BOOLEAN = 0x01,
    TAG_INTEGER = 0x02,
    TAG_OCTET_STRING = 0x04,
    TAG_NULL = 0x05,
    TAG_ENUMERATED = 0x0a,
    TAG_SEQUENCE = 0x30,
    TAG_SET = 0x31,
    ROOT_OF_TRUST = 704,
    APPLICATION_ID = 709,
    FIRST_VERSION_WITH_BOOT_HASH = 3,
};

enum kind { NUMBER, NUMBERS, FLAG, BYTES, TEXT };

static const struct row {
    uint32_t tag;
    enum kind kind;
} rows[ANDROID_AUTHORIZATION_COUNT] = {
#define ROW(tag, kind, meaning, name) {tag, kind},
    ANDROID_AUTHORIZATIONS(ROW)
#undef ROW
};

static bool is_known(uint64_t version)
{
    static const uint64_t versions[] = {2, 3, 4, 100, 200, 300, 400, 500};
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        if (versions[i] == version)
            return true;
    return false;
}

static status expect_number(struct reader *reader, uint8_t tag, uint64_t *out)
{
    slice content;
    TRY(der_expect(reader, tag, &content));
    return der_uint(content, out);
}

/* The one element in `content`. */
static status read_only(slice content, uint8_t tag, slice *out)
{
    struct reader reader = reader_of(content);
    slice value;
    TRY(der_expect(&reader, tag, &value));
    TRY(reader_finish(&reader));
    *out = value;
    return OK;
}

/* In DER the members of a set are in order, and a set has none of them twice. */
static status read_numbers(slice set, struct android_authorization *out)
{
    struct reader reader = reader_of(set);
    while (reader.left.size) {
        uint64_t number;
        TRY(expect_number(&reader, TAG_INTEGER, &number));
        if (number > UINT8_MAX)
            return FAIL(MALFORMED, "a larger number in a set than any that is described");
        if (out->number_count && number <= out->numbers[out->number_count - 1])
            return FAIL(MALFORMED, "the members of a set are out of order, or one is there twice");
        if (out->number_count == ANDROID_NUMBERS_MAX)
            return FAIL(EXHAUSTED, "more numbers in a set than we read");
        out->numbers[out->number_count++] = (uint8_t)number;
    }
    return OK;
}

static status read_plain(enum kind kind, slice content, struct android_authorization *out)
{
    static const uint8_t tags[] = {[NUMBER] = TAG_INTEGER,
                                   [NUMBERS] = TAG_SET,
                                   [FLAG] = TAG_NULL,
                                   [BYTES] = TAG_OCTET_STRING,
                                   [TEXT] = TAG_OCTET_STRING};
    slice value;
    TRY(read_only(content, tags[kind], &value));
    out->is_present = true;
    if (kind == NUMBER)
        return der_uint(value, &out->number);
    if (kind == NUMBERS)
        return read_numbers(value, out);
    if (kind == FLAG && value.size)
        return FAIL(MALFORMED, "a DER NULL that has content");
    if (kind == TEXT && value.size > ANDROID_TEXT_SIZE_MAX)
        return FAIL(EXHAUSTED, "a longer name of a device than we read");
    out->bytes = value;
    return OK;
}

static status read_root_of_trust(slice content, bool has_boot_hash,
                                 struct android_root_of_trust *out)
{
    slice sequence, locked;
    uint64_t state;
    TRY(read_only(content, TAG_SEQUENCE, &sequence));
    struct reader reader = reader_of(sequence);
    TRY(der_expect(&reader, TAG_OCTET_STRING, &out->verified_boot_key));
    TRY(der_expect(&reader, TAG_BOOLEAN, &locked));
    TRY(der_boolean(locked, &out->device_locked));
    TRY(expect_number(&reader, TAG_ENUMERATED, &state));
    if (state >= ANDROID_BOOT_STATE_END)
        return FAIL(UNSUPPORTED, "a state of verified boot that nobody described");
    out->verified_boot_state = (enum android_boot_state)state;
    if (has_boot_hash)
        TRY(der_expect(&reader, TAG_OCTET_STRING, &out->verified_boot_hash));
    out->is_present = true;
    return reader_finish(&reader);
}

static status read_text(struct reader *reader, size_t most, slice *out)
{
    TRY(der_expect(reader, TAG_OCTET_STRING, out));
    return out->size <= most ? OK : FAIL(EXHAUSTED, "a longer text than we read");
}

static status read_packages(slice set, struct android_application *out)
{
    struct reader reader = reader_of(set);
    while (reader.left.size) {
        slice package;
        if (out->package_count == ANDROID_PACKAGES_MAX)
            return FAIL(EXHAUSTED, "more packages of an application than we read");
        TRY(der_expect(&reader, TAG_SEQUENCE, &package));
        struct reader inner = reader_of(package);
        TRY(read_text(&inner, ANDROID_TEXT_SIZE_MAX, &out->packages[out->package_count].name));
        TRY(expect_number(&inner, TAG_INTEGER, &out->packages[out->package_count].version));
        TRY(reader_finish(&inner));
        out->package_count++;
    }
    return OK;
}

static status read_signatures(slice set, struct android_application *out)
{
    struct reader reader = reader_of(set);
    while (reader.left.size) {
        if (out->signature_count == ANDROID_SIGNATURES_MAX)
            return FAIL(EXHAUSTED, "more signatures of an application than we read");
        TRY(read_text(&reader, ANDROID_SIGNATURE_SIZE_MAX, &out->signatures[out->signature_count]));
        out->signature_count++;
    }
    return OK;
}

/* A whole structure in an octet string, as Android gave it to the TEE. */
static status read_application(slice content, struct android_application *out)
{
    slice sequence, packages, signatures;
    TRY(read_only(content, TAG_OCTET_STRING, &out->der));
    TRY(read_only(out->der, TAG_SEQUENCE, &sequence));
    struct reader reader = reader_of(sequence);
    TRY(der_expect(&reader, TAG_SET, &packages));
    TRY(der_expect(&reader, TAG_SET, &signatures));
    TRY(reader_finish(&reader));
    TRY(read_packages(packages, out));
    TRY(read_signatures(signatures, out));
    out->is_present = true;
    return OK;
}

static status read_authorization(uint32_t tag, slice content, bool has_boot_hash,
                                 struct android_authorizations *out)
{
    if (tag == ROOT_OF_TRUST)
        return read_root_of_trust(content, has_boot_hash, &out->root_of_trust);
    if (tag == APPLICATION_ID)
        return read_application(content, &out->application);
    for (size_t i = 0; i < ANDROID_AUTHORIZATION_COUNT; i++)
        if (rows[i].tag == tag)
            return read_plain(rows[i].kind, content, &out->plain[i]);
    out->unknown_tag_count++;
    return der_check(content);
}

static status read_authorizations(slice sequence, bool has_boot_hash,
                                  struct android_authorizations *out)
{
    struct reader reader = reader_of(sequence);
    uint32_t tag, last = 0;
    while (reader.left.size) {
        slice content;
        TRY(der_read_explicit(&reader, &tag, &content));
        if (tag <= last)
            return FAIL(MALFORMED, "the tags of an authorization list are out of order, or one is "
                                   "there twice");
        TRY(read_authorization(tag, content, has_boot_hash, out));
        last = tag;
    }
    return OK;
}

static status read_level(struct reader *reader, enum android_security_level *out)
{
    uint64_t level;
    TRY(expect_number(reader, TAG_ENUMERATED, &level));
    if (level >= ANDROID_SECURITY_LEVEL_END)
        return FAIL(UNSUPPORTED, "a security level that nobody described");
    *out = (enum android_security_level)level;
    return OK;
}

static status read_description(struct reader *reader, struct android_key_description *out)
{
    slice software, hardware;
    TRY(expect_number(reader, TAG_INTEGER, &out->attestation_version));
    if (!is_known(out->attestation_version))
        return FAIL(UNSUPPORTED, "a version of key attestation that nobody described");
    TRY(read_level(reader, &out->attestation_security_level));
    TRY(expect_number(reader, TAG_INTEGER, &out->keymint_version));
    TRY(read_level(reader, &out->keymint_security_level));
    TRY(der_expect(reader, TAG_OCTET_STRING, &out->challenge));
    if (out->challenge.size > ANDROID_CHALLENGE_SIZE_MAX)
        return FAIL(EXHAUSTED, "a longer challenge than Android takes");
    TRY(der_expect(reader, TAG_OCTET_STRING, &out->unique_id));
    TRY(der_expect(reader, TAG_SEQUENCE, &software));
    TRY(der_expect(reader, TAG_SEQUENCE, &hardware));
    TRY(reader_finish(reader));
    const bool has_boot_hash = out->attestation_version >= FIRST_VERSION_WITH_BOOT_HASH;
    TRY(read_authorizations(software, has_boot_hash, &out->software));
    return read_authorizations(hardware, has_boot_hash, &out->hardware);
}

status android_key_description_read(slice extension, struct android_key_description *out)
{
    slice sequence;
    TRY(read_only(extension, TAG_SEQUENCE, &sequence));
    struct reader reader = reader_of(sequence);
    memset(out, 0, sizeof *out);
    return read_description(&reader, out);
}
