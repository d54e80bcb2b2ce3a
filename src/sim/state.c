/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/state.h"

#include "codec/text.h"
#include "sim/amd.h"
#include "sim/intel.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_WORD "cix-sim-state "
#define HEAD_VERSION "1 "
#define DAMAGED "the simulator's state is damaged: remove its folder and run `cix sim init` again"

enum { RSA_BITS = 4096, KEYS = 8, DIGEST_TEXT_SIZE = 2 * 48 };

/* Where each key lies, by the name the file gives it. */
static const struct key_row {
    const char *name;
    size_t offset;
    enum curve curve; /* none: RSA */
} key_rows[KEYS] = {
    {"ark", offsetof(struct sim_keys, ark), CURVE_NONE},
    {"ask", offsetof(struct sim_keys, ask), CURVE_NONE},
    {"vcek", offsetof(struct sim_keys, vcek), CURVE_P384},
    {"intel_root", offsetof(struct sim_keys, intel_root), CURVE_P256},
    {"pck_ca", offsetof(struct sim_keys, pck_ca), CURVE_P256},
    {"tcb_signing", offsetof(struct sim_keys, tcb_signing), CURVE_P256},
    {"pck", offsetof(struct sim_keys, pck), CURVE_P256},
    {"attestation", offsetof(struct sim_keys, attestation), CURVE_P256},
};

/* Each certificate, and the key it must be of. */
static const struct certificate_row {
    const char *name;
    size_t offset;
    size_t key_offset;
} certificate_rows[] = {
#define OF(member) offsetof(struct sim_state, member)
    {"ark-milan", OF(ark[SIM_MILAN]), OF(keys.ark)},
    {"ark-genoa", OF(ark[SIM_GENOA]), OF(keys.ark)},
    {"ark-turin", OF(ark[SIM_TURIN]), OF(keys.ark)},
    {"ask-milan", OF(ask[SIM_MILAN]), OF(keys.ask)},
    {"ask-genoa", OF(ask[SIM_GENOA]), OF(keys.ask)},
    {"ask-turin", OF(ask[SIM_TURIN]), OF(keys.ask)},
    {"intel-root", OF(intel_root), OF(keys.intel_root)},
    {"pck-ca", OF(pck_ca), OF(keys.pck_ca)},
    {"tcb-signing", OF(tcb_signing), OF(keys.tcb_signing)},
};
enum { CERTIFICATES = sizeof certificate_rows / sizeof *certificate_rows };

static void *at(void *base, size_t offset)
{
    return (char *)base + offset;
}

static const void *at_const(const void *base, size_t offset)
{
    return (const char *)base + offset;
}

void sim_keys_clear(struct sim_keys *keys)
{
    for (size_t i = 0; i < KEYS; i++)
        private_key_clear(at(keys, key_rows[i].offset));
}

void sim_state_clear(struct sim_state *state)
{
    for (size_t i = 0; i < CERTIFICATES; i++)
        certificate_clear(at(state, certificate_rows[i].offset));
    sim_keys_clear(&state->keys);
    *state = (struct sim_state){0};
}

void sim_state_subject(const struct sim_state *state, const char *before, const char *after,
                       char out[SIM_SUBJECT_SIZE])
{
    char tag[2 * 4 + 1];
    hex_write((slice){state->chip_id, 4}, tag);
    snprintf(out, SIM_SUBJECT_SIZE, "%sSIMULATED %s%s", before, tag, after);
}

status sim_keys_generate(void (*progress)(void), struct sim_keys *out)
{
    SCOPED(sim_keys) keys = {0};
    for (size_t i = 0; i < KEYS; i++) {
        struct private_key *const key = at(&keys, key_rows[i].offset);
        TRY(key_rows[i].curve == CURVE_NONE ? private_key_generate_rsa(RSA_BITS, key)
                                            : private_key_generate(key_rows[i].curve, key));
        if (progress)
            progress();
    }
    *out = keys;
    keys = (struct sim_keys){0};
    return OK;
}

status sim_keys_read(const char *const pem[KEYS], struct sim_keys *out)
{
    SCOPED(sim_keys) keys = {0};
    for (size_t i = 0; i < KEYS; i++)
        TRY(private_key_read_pem(slice_of_text(pem[i]), at(&keys, key_rows[i].offset)));
    *out = keys;
    keys = (struct sim_keys){0};
    return OK;
}

status sim_state_make(struct sim_keys *keys, int64_t now_s, struct sim_state *out)
{
    SCOPED(sim_state) state = {.made_s = now_s, .keys = *keys};
    *keys = (struct sim_keys){0};
    TRY(random_bytes(state.chip_id, sizeof state.chip_id));
    TRY(sim_amd_issue_authorities(&state));
    TRY(sim_intel_issue_authorities(&state));
    *out = state;
    state = (struct sim_state){0};
    return OK;
}

static status add_text(json_t *object, const char *name, slice text)
{
    return json_object_set_new(object, name, json_stringn((const char *)text.data, text.size)) == 0
               ? OK
               : FAIL(EXHAUSTED, "no memory for the simulator's state");
}

static status add_keys(const struct sim_state *state, json_t *object)
{
    for (size_t i = 0; i < KEYS; i++) {
        SCOPED(buffer) pem = {0};
        TRY(private_key_write_pem(at_const(&state->keys, key_rows[i].offset), &pem));
        TRY(add_text(object, key_rows[i].name, buffer_view(&pem)));
    }
    return OK;
}

static status add_certificates(const struct sim_state *state, json_t *object)
{
    for (size_t i = 0; i < CERTIFICATES; i++) {
        SCOPED(buffer) der = {0};
        SCOPED(buffer) pem = {0};
        TRY(certificate_der(at_const(state, certificate_rows[i].offset), &der));
        TRY(pem_write("CERTIFICATE", buffer_view(&der), &pem));
        TRY(add_text(object, certificate_rows[i].name, buffer_view(&pem)));
    }
    return OK;
}

/* A json_t that is released at the end of its scope. */
struct tree {
    json_t *root;
};

static void tree_clear(struct tree *tree)
{
    json_decref(tree->root);
    tree->root = NULL;
}

static status write_body(const struct sim_state *state, struct buffer *out_text)
{
    char chip_id[2 * SIM_CHIP_ID_SIZE + 1];
    hex_write(SLICE(state->chip_id), chip_id);
    SCOPED(tree)
    tree = {json_pack("{s:I,s:s,s:{},s:{}}", "made", (json_int_t)state->made_s, "chip_id", chip_id,
                      "keys", "certificates")};
    TRY(add_keys(state, json_object_get(tree.root, "keys")));
    TRY(add_certificates(state, json_object_get(tree.root, "certificates")));
    char *const text = json_dumps(tree.root, JSON_INDENT(1));
    if (!text)
        return FAIL(EXHAUSTED, "no memory for the simulator's state");
    const status appended = buffer_append(out_text, slice_of_text(text));
    wipe(text, strlen(text));
    free(text);
    return appended;
}

static status digest_text(slice body, char out[DIGEST_TEXT_SIZE + 1])
{
    struct digest digest;
    TRY(digest_of(HASH_SHA384, body, &digest));
    hex_write((slice){digest.data, digest.size}, out);
    return OK;
}

status sim_state_write(const struct sim_state *state, struct buffer *out_text)
{
    char digest[DIGEST_TEXT_SIZE + 1];
    SCOPED(buffer) body = {0};
    SCOPED(buffer) text = {0};
    TRY(write_body(state, &body));
    TRY(digest_text(buffer_view(&body), digest));
    TRY(buffer_append(&text, slice_of_text(HEAD_WORD HEAD_VERSION)));
    TRY(buffer_append(&text, slice_of_text(digest)));
    TRY(buffer_append(&text, slice_of_text("\n")));
    TRY(buffer_append(&text, buffer_view(&body)));
    *out_text = buffer_take(&text);
    return OK;
}

static bool take(slice *text, slice expected)
{
    if (text->size < expected.size || !slice_equal((slice){text->data, expected.size}, expected))
        return false;
    *text = (slice){text->data + expected.size, text->size - expected.size};
    return true;
}

/* Leaves the body in `text` when its checksum holds. */
static status check_head(slice *text)
{
    char digest[DIGEST_TEXT_SIZE + 1];
    if (!take(text, slice_of_text(HEAD_WORD)))
        return FAIL(MALFORMED, DAMAGED);
    if (!take(text, slice_of_text(HEAD_VERSION)))
        return FAIL(UNSUPPORTED, "the simulator's state is damaged or of another version of cix: "
                                 "remove its folder and run `cix sim init` again");
    if (text->size <= DIGEST_TEXT_SIZE)
        return FAIL(TRUNCATED, DAMAGED);
    const slice body = {text->data + DIGEST_TEXT_SIZE + 1, text->size - DIGEST_TEXT_SIZE - 1};
    TRY(digest_text(body, digest));
    if (!take(text, slice_of_text(digest)) || !take(text, slice_of_text("\n")))
        return FAIL(MALFORMED, DAMAGED);
    return OK;
}

static slice member(const json_t *object, const char *name)
{
    const json_t *const value = json_object_get(object, name);
    return (slice){(const uint8_t *)json_string_value(value), json_string_length(value)};
}

static status read_certificate(slice pem, struct certificate *out)
{
    char label[PEM_LABEL_SIZE_MAX];
    SCOPED(buffer) der = {0};
    TRY(pem_read_next(&pem, label, &der));
    return certificate_read(buffer_view(&der), out);
}

static status expect_key(const struct certificate *certificate, const struct private_key *key)
{
    struct digest of_certificate, of_key;
    SCOPED(public_key) public = {0};
    SCOPED(buffer) spki = {0};
    TRY(private_key_public(key, &public));
    TRY(public_key_spki(&public, &spki));
    TRY(digest_of(HASH_SHA384, buffer_view(&spki), &of_key));
    TRY(certificate_spki_digest(certificate, HASH_SHA384, &of_certificate));
    return slice_equal((slice){of_key.data, of_key.size},
                       (slice){of_certificate.data, of_certificate.size})
               ? OK
               : FAIL(MALFORMED, "a certificate in the simulator's state is of another key: "
                                 "remove its folder and run `cix sim init` again");
}

static status read_members(const json_t *root, struct sim_state *state)
{
    const json_t *const keys = json_object_get(root, "keys");
    const json_t *const certificates = json_object_get(root, "certificates");
    state->made_s = json_integer_value(json_object_get(root, "made"));
    TRY(hex_read_exactly(member(root, "chip_id"), state->chip_id, sizeof state->chip_id));
    for (size_t i = 0; i < KEYS; i++)
        TRY(private_key_read_pem(member(keys, key_rows[i].name),
                                 at(&state->keys, key_rows[i].offset)));
    for (size_t i = 0; i < CERTIFICATES; i++) {
        const struct certificate_row *const row = &certificate_rows[i];
        TRY(read_certificate(member(certificates, row->name), at(state, row->offset)));
        TRY(expect_key(at(state, row->offset), at(state, row->key_offset)));
    }
    return OK;
}

status sim_state_read(slice text, struct sim_state *out)
{
    SCOPED(sim_state) state = {0};
    if (text.size > SIM_STATE_SIZE_MAX)
        return FAIL(EXHAUSTED, "the simulator's state is larger than one can be");
    TRY(check_head(&text));
    /* Not a stranger's JSON any more: the checksum says that we wrote it. */
    SCOPED(tree)
    tree = {json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL)};
    if (!tree.root)
        return FAIL(MALFORMED, DAMAGED);
    TRY(read_members(tree.root, &state));
    *out = state;
    state = (struct sim_state){0};
    return OK;
}
