/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/cca/token.h"

#include "evidence/arm/lifecycle.h"

#define COLLECTION_TYPE "__cmwc_t" /* names the kind of a wrapper's collection */
#define MEDIA_TYPE "application/eat+cwt"

enum {
    TAG_COLLECTION = 399,
    TAG_WRAPPER = 907,
    KEY_PLATFORM = 44234,
    KEY_REALM = 44241,
    MEMBERS_MAX = 3, /* the two tokens, and the kind of the collection */
    CONTENT_FORMAT_EAT_CWT = 263,
    COSE_PARTS = 4,
    RECORD_PARTS = 2,
    HASH_SIZE_MIN = 32,
    HASH_SIZE_MAX = 64,
    ID_SIZE = 32,
    INSTANCE_ID_SIZE = 33, /* a byte that tells the kind, and a hash */
    ID_TYPE_IS_A_KEY_HASH = 0x01,
    CONFIGURATION_SIZE_MAX = 1024,
    RAK_SIZE_MAX = 256,
};

static const struct token_field platform_fields[CCA_PLATFORM_FIELDS] = {
    [CCA_PLATFORM_PROFILE] = {"profile", 265, .kind = TOKEN_TEXT, .least = 1,
                              .most = TOKEN_TEXT_SIZE_MAX},
    [CCA_PLATFORM_CHALLENGE] = {"platform_challenge", 10, .kind = TOKEN_BYTES,
                                .least = HASH_SIZE_MIN, .most = HASH_SIZE_MAX},
    [CCA_IMPLEMENTATION_ID] = {"implementation_id", 2396, .kind = TOKEN_BYTES, .least = ID_SIZE,
                               .most = ID_SIZE},
    [CCA_INSTANCE_ID] = {"instance_id", 256, .kind = TOKEN_BYTES, .least = INSTANCE_ID_SIZE,
                         .most = INSTANCE_ID_SIZE},
    [CCA_CONFIGURATION] = {"configuration", 2401, .kind = TOKEN_BYTES,
                           .most = CONFIGURATION_SIZE_MAX},
    [CCA_LIFECYCLE] = {NULL, 2395, .kind = TOKEN_NUMBER, .most = UINT16_MAX},
    [CCA_HASH_ALGORITHM] = {"hash_algorithm", 2402, .kind = TOKEN_TEXT, .least = 1, .most = 32},
    [CCA_VERIFICATION_SERVICE] = {"verification_service", 2400, .kind = TOKEN_TEXT,
                                  .most = TOKEN_TEXT_SIZE_MAX, .is_optional = true},
    [CCA_COMPONENTS] = {NULL, 2399, .kind = TOKEN_ARRAY},
};

static const struct token_field realm_fields[CCA_REALM_FIELDS] = {
    [CCA_REALM_PROFILE] = {"realm_profile", 265, .kind = TOKEN_TEXT, .most = TOKEN_TEXT_SIZE_MAX,
                           .is_optional = true},
    [CCA_CHALLENGE] = {"report_data", 10, .kind = TOKEN_BYTES, .least = CCA_CHALLENGE_SIZE,
                       .most = CCA_CHALLENGE_SIZE},
    [CCA_PERSONALISATION_VALUE] = {"personalisation_value", 44235, .kind = TOKEN_BYTES, .least = 64,
                                   .most = 64},
    [CCA_REALM_HASH_ALGORITHM] = {"realm_hash_algorithm", 44236, .kind = TOKEN_TEXT, .least = 1,
                                  .most = 32},
    [CCA_RAK] = {"rak", 44237, .kind = TOKEN_BYTES, .least = 1, .most = RAK_SIZE_MAX},
    [CCA_INITIAL_MEASUREMENT] = {"measurement", 44238, .kind = TOKEN_BYTES, .least = HASH_SIZE_MIN,
                                 .most = HASH_SIZE_MAX},
    [CCA_EXTENSIBLE_MEASUREMENTS] = {NULL, 44239, .kind = TOKEN_ARRAY},
    [CCA_RAK_HASH_ALGORITHM] = {"rak_hash_algorithm", 44240, .kind = TOKEN_TEXT, .least = 1,
                                .most = 32},
    [CCA_REALM_INSTANCE_ID] = {"realm_instance_id", 256, .kind = TOKEN_BYTES, .most = 64,
                               .is_optional = true},
    [CCA_REALM_CLAIM_44243] = {"realm_claim_44243", 44243, .kind = TOKEN_NUMBER, .most = INT64_MAX,
                               .is_optional = true},
};

static const char *const rem_names[CCA_REMS] = {"rem0", "rem1", "rem2", "rem3"};

static const char *const platform_profiles[] = {"http://arm.com/CCA-SSD/1.0.0",
                                                "tag:arm.com,2023:cca_platform#1.0.0"};
static const char *const realm_profiles[] = {"tag:arm.com,2023:realm#1.0.0",
                                             "tag:arm.com,2024:realm#2.0.0"};

static bool is_one_of(slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(name, slice_of_text(names[i])))
            return true;
    return false;
}

/* ---- the collection ---- */

bool cca_token_begins(slice bytes)
{
    struct reader reader = reader_of(bytes);
    struct cbor_item tag;
    return !cbor_read(&reader, &tag).fault && tag.kind == CBOR_TAG &&
           (tag.number == TAG_COLLECTION || tag.number == TAG_WRAPPER);
}

static bool is_number(slice item, uint64_t number)
{
    struct reader reader = reader_of(item);
    uint64_t found;
    return !cbor_read_uint(&reader, number, &found).fault && found == number;
}

static bool is_text(slice item, const char *text)
{
    struct reader reader = reader_of(item);
    slice found;
    return !cbor_read_text(&reader, TOKEN_TEXT_SIZE_MAX, &found).fault &&
           slice_equal(found, slice_of_text(text));
}

static status bytes_within(slice item, slice *out)
{
    struct reader reader = reader_of(item);
    return cbor_read_bytes(&reader, COSE_MESSAGE_SIZE_MAX, out);
}

/* As bytes, as it is, or as a wrapper's record: its type, and bytes. */
static status find_message(slice value, slice *out)
{
    struct reader reader = reader_of(value);
    slice parts[COSE_PARTS];
    size_t count;
    if (cbor_peek(&reader) == CBOR_BYTES)
        return bytes_within(value, out);
    if (cbor_peek(&reader) == CBOR_TAG) {
        *out = value;
        return OK;
    }
    TRY(cbor_tolerant_read_array(&reader, COSE_PARTS, parts, &count));
    if (count == COSE_PARTS) {
        *out = value;
        return OK;
    }
    if (count != RECORD_PARTS)
        return FAIL(MALFORMED, "a member of the CCA token is neither a token nor a wrapper");
    if (!is_number(parts[0], CONTENT_FORMAT_EAT_CWT) && !is_text(parts[0], MEDIA_TYPE))
        return FAIL(UNSUPPORTED, "a wrapper in the CCA token holds something else than a token");
    return bytes_within(parts[1], out);
}

/* Nobody signs the collection: what does not belong into it is not let by. */
static status take_member(const struct cbor_member *member, slice *platform, slice *realm)
{
    if (is_number(member->key, KEY_PLATFORM))
        return find_message(member->value, platform);
    if (is_number(member->key, KEY_REALM))
        return find_message(member->value, realm);
    if (is_text(member->key, COLLECTION_TYPE))
        return OK;
    return FAIL(UNSUPPORTED, "the CCA token has a member that is neither platform nor realm");
}

static status read_collection(slice bytes, struct cca_token *token)
{
    struct reader reader = reader_of(bytes);
    struct cbor_item tag;
    struct cbor_member members[MEMBERS_MAX];
    slice platform = {0}, realm = {0};
    size_t count;
    TRY(cbor_read(&reader, &tag));
    if (tag.kind != CBOR_TAG || (tag.number != TAG_COLLECTION && tag.number != TAG_WRAPPER))
        return FAIL(UNSUPPORTED, "the tag is not of a CCA token");
    TRY(cbor_tolerant_read_map(&reader, MEMBERS_MAX, members, &count));
    TRY(reader_finish(&reader));
    for (size_t i = 0; i < count; i++)
        TRY(take_member(&members[i], &platform, &realm));
    if (!platform.size || !realm.size)
        return FAIL(MALFORMED, "the CCA token lacks the platform's or the realm's");
    token->collection_tag = tag.number;
    TRY(cose_read(platform, &token->platform));
    TRY(cose_read(realm, &token->realm));
    return token->platform.is_mac || token->realm.is_mac
               ? FAIL(UNSUPPORTED, "a COSE_Mac0 is vouched for only to who shares its secret")
               : OK;
}

/* ---- the two in it ---- */

static status read_platform(struct cca_token *token)
{
    struct token_value *const values = token->platform_values;
    TRY(token_read(token->platform.payload, platform_fields, CCA_PLATFORM_FIELDS, values));
    if (!is_one_of(values[CCA_PLATFORM_PROFILE].bytes, platform_profiles,
                   sizeof platform_profiles / sizeof platform_profiles[0]))
        return FAIL(UNSUPPORTED, "a CCA platform token of a profile that we do not know");
    if (values[CCA_INSTANCE_ID].bytes.data[0] != ID_TYPE_IS_A_KEY_HASH)
        return FAIL(MALFORMED, "the instance id of the CCA platform is of no known type");
    return arm_components_read(values[CCA_COMPONENTS].bytes, &token->components);
}

static status read_rems(slice array, struct cca_token *token)
{
    struct reader reader = reader_of(array);
    slice items[CCA_REMS];
    size_t count;
    TRY(cbor_tolerant_read_array(&reader, CCA_REMS, items, &count));
    if (count != CCA_REMS)
        return FAIL(MALFORMED, "a realm has four extensible measurements");
    for (size_t i = 0; i < CCA_REMS; i++) {
        struct reader item = reader_of(items[i]);
        TRY(cbor_read_bytes(&item, HASH_SIZE_MAX, &token->rems[i]));
        if (token->rems[i].size < HASH_SIZE_MIN)
            return FAIL(MALFORMED, "an extensible measurement is shorter than a hash");
    }
    return OK;
}

/* The oldest realm tokens name no profile. */
static status read_realm(struct cca_token *token)
{
    struct token_value *const values = token->realm_values;
    TRY(token_read(token->realm.payload, realm_fields, CCA_REALM_FIELDS, values));
    if (values[CCA_REALM_PROFILE].is_there &&
        !is_one_of(values[CCA_REALM_PROFILE].bytes, realm_profiles,
                   sizeof realm_profiles / sizeof realm_profiles[0]))
        return FAIL(UNSUPPORTED, "a CCA realm token of a profile that we do not know");
    return read_rems(values[CCA_EXTENSIBLE_MEASUREMENTS].bytes, token);
}

status cca_token_read(slice bytes, struct cca_token *out)
{
    struct cca_token token = {0};
    TRY(read_collection(bytes, &token));
    TRY(read_platform(&token));
    TRY(read_realm(&token));
    *out = token;
    return OK;
}

void cca_token_claim(struct claims *claims, const struct cca_token *token)
{
    token_claim(claims, realm_fields, CCA_REALM_FIELDS, token->realm_values);
    for (size_t i = 0; i < CCA_REMS; i++)
        claim_bytes(claims, rem_names[i], token->rems[i]);
    token_claim(claims, platform_fields, CCA_PLATFORM_FIELDS, token->platform_values);
    arm_lifecycle_claim(claims, token->platform_values[CCA_LIFECYCLE].number);
    arm_components_claim(claims, &token->components);
}
