/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/psa/token.h"

#include "evidence/arm/lifecycle.h"

#define NOT_IN_THIS_PROFILE INT64_MIN

enum {
    ID_TYPE_IS_A_KEY_HASH = 0x01,
    PROFILES = 2,
    ID_SIZE = 32,
    INSTANCE_ID_SIZE = 33, /* a byte that tells the kind, and a hash */
    CLIENT_ID_MAX = INT32_MAX,
    PROFILE_1_NAME = -75000,
    PROFILE_2_NAME = 265,
};

/* What both profiles say, but for the keys and where they are stricter. */
#define FIELDS(nonce, client, lifecycle, implementation, instance, seed, seed_least, seed_absent,  \
               certification, service, components, no_components)                                  \
    {                                                                                              \
        [PSA_NONCE] = {"report_data", nonce, .kind = TOKEN_BYTES, .least = 32, .most = 64},        \
        [PSA_CLIENT_ID] = {"client_id", client, .kind = TOKEN_SIGNED, .most = CLIENT_ID_MAX},      \
        [PSA_LIFECYCLE] = {NULL, lifecycle, .kind = TOKEN_NUMBER, .most = UINT16_MAX},             \
        [PSA_IMPLEMENTATION_ID] = {"implementation_id", implementation, .kind = TOKEN_BYTES,       \
                                   .least = ID_SIZE, .most = ID_SIZE},                             \
        [PSA_INSTANCE_ID] = {"instance_id", instance, .kind = TOKEN_BYTES,                         \
                             .least = INSTANCE_ID_SIZE, .most = INSTANCE_ID_SIZE},                 \
        [PSA_BOOT_SEED] = {"boot_seed",         seed,                                              \
                           .kind = TOKEN_BYTES, .least = seed_least,                               \
                           .most = ID_SIZE,     .is_optional = seed_absent},                       \
        [PSA_CERTIFICATION_REFERENCE] = {"certification_reference", certification,                 \
                                         .kind = TOKEN_TEXT, .most = TOKEN_TEXT_SIZE_MAX,          \
                                         .is_optional = true},                                     \
        [PSA_VERIFICATION_SERVICE] = {"verification_service", service, .kind = TOKEN_TEXT,         \
                                      .most = TOKEN_TEXT_SIZE_MAX, .is_optional = true},           \
        [PSA_COMPONENTS] = {NULL, components, .kind = TOKEN_ARRAY, .is_optional = true},           \
        [PSA_NO_COMPONENTS] = {NULL,       no_components, .kind = TOKEN_NUMBER,                    \
                               .least = 1, .most = 1,     .is_optional = true},                    \
    }

static const struct token_field fields[PROFILES][PSA_FIELDS] = {
    FIELDS(-75008, -75001, -75002, -75003, -75009, -75004, ID_SIZE, false, -75005, -75010, -75006,
           -75007),
    FIELDS(10, 2394, 2395, 2396, 256, 2397, 8, true, 2398, 2400, 2399, NOT_IN_THIS_PROFILE),
};

static const struct {
    const char *name;
    unsigned profile;
} profiles[] = {
    {"PSA_IOT_PROFILE_1", 1},
    {"http://arm.com/psa/2.0.0", 2},
    {"tag:psacertified.org,2023:psa#tfm", 2},
};

bool psa_token_begins(slice bytes)
{
    struct cose_message message;
    if (cose_read(bytes, &message).fault)
        return false;
    const enum cbor_kind first = token_first_key(message.payload);
    return first == CBOR_UINT || first == CBOR_NEGATIVE;
}

/* The first profile may leave its name out. */
static status read_profile(slice payload, struct psa_token *token)
{
    static const struct token_field names[] = {
        {NULL, PROFILE_1_NAME, .kind = TOKEN_TEXT, .most = TOKEN_TEXT_SIZE_MAX,
         .is_optional = true},
        {NULL, PROFILE_2_NAME, .kind = TOKEN_TEXT, .most = TOKEN_TEXT_SIZE_MAX,
         .is_optional = true},
    };
    struct token_value values[2];
    TRY(token_read(payload, names, 2, values));
    const struct token_value *const name = values[1].is_there ? &values[1] : &values[0];
    token->profile_name = name->is_there ? name->bytes : slice_of_text(profiles[0].name);
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
        if (slice_equal(token->profile_name, slice_of_text(profiles[i].name)))
            token->profile = profiles[i].profile;
    return token->profile ? OK : FAIL(UNSUPPORTED, "a PSA token of a profile that we do not know");
}

static status read_values(slice payload, struct psa_token *token)
{
    struct token_value *const values = token->values;
    TRY(token_read(payload, fields[token->profile - 1], PSA_FIELDS, values));
    const size_t nonce_size = values[PSA_NONCE].bytes.size;
    if (nonce_size != 32 && nonce_size != 48 && nonce_size != 64)
        return FAIL(MALFORMED, "the nonce of a PSA token has 32, 48 or 64 bytes");
    if (values[PSA_INSTANCE_ID].bytes.data[0] != ID_TYPE_IS_A_KEY_HASH)
        return FAIL(MALFORMED, "the instance id of a PSA token is of no known type");
    if (values[PSA_COMPONENTS].is_there)
        return arm_components_read(values[PSA_COMPONENTS].bytes, &token->components);
    return token->profile == 1 && values[PSA_NO_COMPONENTS].is_there
               ? OK
               : FAIL(MALFORMED, "the token does not say which software runs");
}

status psa_token_read(slice bytes, struct psa_token *out)
{
    struct psa_token token = {0};
    TRY(cose_read(bytes, &token.message));
    TRY(read_profile(token.message.payload, &token));
    TRY(read_values(token.message.payload, &token));
    *out = token;
    return OK;
}

void psa_token_claim(struct claims *claims, const struct psa_token *token)
{
    token_claim_text(claims, "profile", token->profile_name);
    token_claim(claims, fields[token->profile - 1], PSA_FIELDS, token->values);
    arm_lifecycle_claim(claims, token->values[PSA_LIFECYCLE].number);
    arm_components_claim(claims, &token->components);
}
