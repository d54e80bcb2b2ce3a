/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/azure/runtime.h"

#include "codec/text.h"

void hcl_runtime_clear(struct hcl_runtime *runtime)
{
    json_clear(&runtime->json);
    public_key_clear(&runtime->attestation_key);
    *runtime = (struct hcl_runtime){0};
}

static bool member_is(const json_t *object, const char *key, const char *wanted)
{
    slice text;
    return !json_text(object, key, &text).fault && slice_equal(text, slice_of_text(wanted));
}

static status member_bytes(const json_t *object, const char *key, struct buffer *out)
{
    slice text;
    TRY(json_text(object, key, &text));
    return base64_read(text, out);
}

/* spec: RFC 7517, "JSON Web Key"; RFC 7518, "Parameters for RSA Public Keys" */
static status read_key(const json_t *key, struct public_key *out)
{
    SCOPED(buffer) modulus = {0};
    SCOPED(buffer) exponent = {0};
    if (!member_is(key, "kty", "RSA"))
        return FAIL(UNSUPPORTED, "the attestation key in the runtime data is not RSA");
    TRY(member_bytes(key, "n", &modulus));
    TRY(member_bytes(key, "e", &exponent));
    return public_key_of_rsa(buffer_view(&modulus), buffer_view(&exponent), out);
}

static status find_attestation_key(const json_t *root, struct public_key *out)
{
    json_t *keys;
    const json_t *found = NULL;
    TRY(json_array_member(root, "keys", HCL_KEYS_MAX, &keys));
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *const key = json_array_get(keys, i);
        if (!member_is(key, "kid", "HCLAkPub"))
            continue;
        if (found)
            return FAIL(MALFORMED, "the runtime data hold two attestation keys");
        found = key;
    }
    return found ? read_key(found, out)
                 : FAIL(MALFORMED, "the runtime data hold no attestation key");
}

static status read_user_data(const json_t *root, struct hcl_runtime *out)
{
    slice text;
    out->has_user_data = json_object_get(root, "user-data") != NULL;
    if (!out->has_user_data)
        return OK;
    TRY(json_text(root, "user-data", &text));
    return hex_read_exactly(text, out->user_data, sizeof out->user_data);
}

static status read_members(struct hcl_runtime *runtime)
{
    json_t *configuration;
    TRY(find_attestation_key(runtime->json.root, &runtime->attestation_key));
    TRY(json_object_member(runtime->json.root, "vm-configuration", &configuration));
    runtime->configuration = configuration;
    return read_user_data(runtime->json.root, runtime);
}

status hcl_runtime_read(slice text, struct hcl_runtime *out)
{
    SCOPED(hcl_runtime) runtime = {0};
    TRY(json_read(text, &runtime.json));
    TRY(read_members(&runtime));
    *out = runtime;
    runtime = (struct hcl_runtime){0};
    return OK;
}
