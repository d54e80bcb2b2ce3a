/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/intel.h"

#include "codec/text.h"
#include "crypto/der.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S ((int64_t)24 * 3600)
#define CN(name) "CN=" name "/O=cix simulator/OU="
#define AFTER_OU "/L=Santa Clara/ST=CA/C=US"

enum {
    ROOT_DAYS = 30 * 365,
    CA_DAYS = 15 * 365,
    PCK_DAYS = 7 * 365,
    ROOT_CRL_DAYS = 365,
    COLLATERAL_DAYS = 30,
    SKEW_S = 3600,
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_OCTET_STRING = 0x04,
    DER_ENUMERATED = 0x0a,
    DER_SEQUENCE = 0x30,
    SGX_TYPE_SCALABLE = 1,
    SERIAL_ROOT = 1,
    SERIAL_PCK_CA,
    SERIAL_TCB_SIGNING,
    SERIAL_PCK,
};

/* The first SGX component decides; the others are the same on every level and platform. */
static const uint8_t other_components[SIM_TCB_COMPONENTS] = {0, 8, 2, 2, 4, 1, 0, 5};
static const uint8_t fmspc[6] = {'S', 'I', 'M', 0, 0, 0};

/* From the best down, so that the first level a platform reaches is its own. */
static const struct level {
    const char *status;
    const char *date;
    uint8_t svn;
} levels[] = {
    {"UpToDate", "2025-05-14T00:00:00Z", 7},
    {"SWHardeningNeeded", "2025-05-14T00:00:00Z", 6},
    {"ConfigurationNeeded", "2025-05-14T00:00:00Z", 5},
    {"ConfigurationAndSWHardeningNeeded", "2025-05-14T00:00:00Z", 4},
    {"OutOfDate", "2024-03-13T00:00:00Z", 3},
    {"OutOfDateConfigurationNeeded", "2024-03-13T00:00:00Z", 2},
    {"Revoked", "2023-08-09T00:00:00Z", 1},
};
enum { LEVELS = sizeof levels / sizeof *levels };

const char *sim_intel_status(size_t index)
{
    return index < LEVELS ? levels[index].status : NULL;
}

uint8_t sim_intel_svn_of_status(const char *name)
{
    for (size_t i = 0; i < LEVELS; i++)
        if (strcmp(levels[i].status, name) == 0)
            return levels[i].svn;
    return 0;
}

void sim_intel_qe_signer(uint8_t out[32])
{
    static const char name[32] = "cix simulated quoting enclave";
    memcpy(out, name, sizeof name);
}

static status issue(const struct certificate_request *request, const struct private_key *subject,
                    const struct certificate *issuer, const struct private_key *signer,
                    struct certificate *out)
{
    SCOPED(public_key) key = {0};
    TRY(private_key_public(subject, &key));
    return certificate_issue(request, &key, issuer, signer, SIGNATURE_ECDSA_SHA256, out);
}

status sim_intel_issue_authorities(struct sim_state *state)
{
    char root_subject[SIM_SUBJECT_SIZE], ca_subject[SIM_SUBJECT_SIZE];
    char signing_subject[SIM_SUBJECT_SIZE];
    sim_state_subject(state, CN("Intel SGX Root CA"), AFTER_OU, root_subject);
    sim_state_subject(state, CN("Intel SGX PCK Platform CA"), AFTER_OU, ca_subject);
    sim_state_subject(state, CN("Intel SGX TCB Signing"), AFTER_OU, signing_subject);
    const struct certificate_request root = {
        .subject = root_subject,
        .serial = SERIAL_ROOT,
        .not_before_s = state->made_s - SKEW_S,
        .not_after_s = state->made_s + ROOT_DAYS * DAY_S,
        .is_ca = true,
        .path_length = 1,
    };
    const struct certificate_request ca = {
        .subject = ca_subject,
        .serial = SERIAL_PCK_CA,
        .not_before_s = root.not_before_s,
        .not_after_s = state->made_s + CA_DAYS * DAY_S,
        .is_ca = true,
        .path_length = 0,
    };
    const struct certificate_request signing = {
        .subject = signing_subject,
        .serial = SERIAL_TCB_SIGNING,
        .not_before_s = root.not_before_s,
        .not_after_s = state->made_s + PCK_DAYS * DAY_S,
        .path_length = -1,
    };
    const struct sim_keys *const keys = &state->keys;
    TRY(issue(&root, &keys->intel_root, NULL, &keys->intel_root, &state->intel_root));
    TRY(issue(&ca, &keys->pck_ca, &state->intel_root, &keys->intel_root, &state->pck_ca));
    return issue(&signing, &keys->tcb_signing, &state->intel_root, &keys->intel_root,
                 &state->tcb_signing);
}

#define SGX "1.2.840.113741.1.13.1"

/* Appends SEQUENCE { oid, value }, where `value` is DER already. */
static status add_entry(struct buffer *list, const char *oid, slice value)
{
    SCOPED(buffer) entry = {0};
    TRY(der_write_oid(&entry, oid));
    TRY(buffer_append(&entry, value));
    return der_write(list, DER_SEQUENCE, buffer_view(&entry));
}

static status add_number(struct buffer *list, const char *oid, uint64_t number)
{
    SCOPED(buffer) value = {0};
    TRY(der_write_uint(&value, number));
    return add_entry(list, oid, buffer_view(&value));
}

static status add_tagged(struct buffer *list, const char *oid, uint8_t tag, slice content)
{
    SCOPED(buffer) value = {0};
    TRY(der_write(&value, tag, content));
    return add_entry(list, oid, buffer_view(&value));
}

static status add_tcb(struct buffer *list, uint8_t first_component_svn)
{
    static const char *const oids[SIM_TCB_COMPONENTS] = {
        SGX ".2.1",  SGX ".2.2",  SGX ".2.3",  SGX ".2.4",  SGX ".2.5",  SGX ".2.6",
        SGX ".2.7",  SGX ".2.8",  SGX ".2.9",  SGX ".2.10", SGX ".2.11", SGX ".2.12",
        SGX ".2.13", SGX ".2.14", SGX ".2.15", SGX ".2.16",
    };
    uint8_t components[SIM_TCB_COMPONENTS];
    SCOPED(buffer) tcb = {0};
    memcpy(components, other_components, sizeof components);
    components[0] = first_component_svn;
    for (size_t i = 0; i < SIM_TCB_COMPONENTS; i++)
        TRY(add_number(&tcb, oids[i], components[i]));
    TRY(add_number(&tcb, SGX ".2.17", SIM_PCE_SVN));
    TRY(add_tagged(&tcb, SGX ".2.18", DER_OCTET_STRING, SLICE(components))); /* CPUSVN */
    return add_tagged(list, SGX ".2", DER_SEQUENCE, buffer_view(&tcb));
}

static status add_configuration(struct buffer *list)
{
    static const uint8_t yes[] = {0xff};
    SCOPED(buffer) configuration = {0};
    TRY(add_tagged(&configuration, SGX ".7.1", DER_BOOLEAN, SLICE(yes))); /* dynamic platform */
    TRY(add_tagged(&configuration, SGX ".7.2", DER_BOOLEAN, SLICE(yes))); /* cached keys */
    TRY(add_tagged(&configuration, SGX ".7.3", DER_BOOLEAN, SLICE(yes))); /* SMT enabled */
    return add_tagged(list, SGX ".7", DER_SEQUENCE, buffer_view(&configuration));
}

static status sgx_extension(const struct sim_state *state, const struct sim_pck *pck,
                            struct buffer *out)
{
    static const uint8_t pce_id[] = {0, 0};
    static const uint8_t type[] = {SGX_TYPE_SCALABLE};
    SCOPED(buffer) list = {0};
    TRY(add_tagged(&list, SGX ".1", DER_OCTET_STRING, (slice){state->chip_id, 16})); /* PPID */
    TRY(add_tcb(&list, pck->first_component_svn));
    TRY(add_tagged(&list, SGX ".3", DER_OCTET_STRING, SLICE(pce_id)));
    TRY(add_tagged(&list, SGX ".4", DER_OCTET_STRING, SLICE(fmspc)));
    TRY(add_tagged(&list, SGX ".5", DER_ENUMERATED, SLICE(type)));
    TRY(add_tagged(&list, SGX ".6", DER_OCTET_STRING, SLICE(pck->platform_instance)));
    TRY(add_configuration(&list));
    return der_write(out, DER_SEQUENCE, buffer_view(&list));
}

status sim_intel_pck(const struct sim_state *state, const struct sim_pck *pck,
                     struct certificate *out)
{
    SCOPED(buffer) sgx = {0};
    char subject[SIM_SUBJECT_SIZE];
    sim_state_subject(state, CN("Intel SGX PCK Certificate"), AFTER_OU, subject);
    TRY(sgx_extension(state, pck, &sgx));
    const struct certificate_extension_entry extension = {SGX, false, buffer_view(&sgx)};
    const struct certificate_request request = {
        .subject = subject,
        .serial = SERIAL_PCK,
        .not_before_s = state->made_s - SKEW_S,
        .not_after_s = state->made_s + PCK_DAYS * DAY_S,
        .path_length = -1,
        .extensions = &extension,
        .extension_count = 1,
    };
    return issue(&request, &state->keys.pck, &state->pck_ca, &state->keys.pck_ca, out);
}

status sim_intel_root_crl(const struct sim_state *state, int64_t now_s, struct buffer *out_der)
{
    return crl_issue(&state->intel_root, &state->keys.intel_root, SIGNATURE_ECDSA_SHA256,
                     now_s - SKEW_S, now_s + ROOT_CRL_DAYS * DAY_S, NULL, 0, out_der);
}

status sim_intel_pck_crl(const struct sim_state *state, int64_t now_s, struct buffer *out_der)
{
    return crl_issue(&state->pck_ca, &state->keys.pck_ca, SIGNATURE_ECDSA_SHA256, now_s - SKEW_S,
                     now_s + COLLATERAL_DAYS * DAY_S, NULL, 0, out_der);
}

/* Takes `object` and writes {"<name>":<object>,"signature":"<r||s>"}: the signature is over the
 * bytes of the object as they stand there. */
static status write_signed(const struct sim_state *state, const char *name, json_t *object,
                           struct buffer *out_json)
{
    char *const text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (!text)
        return FAIL(EXHAUSTED, "no memory for collateral");

    SCOPED(buffer) signature = {0};
    SCOPED(buffer) json = {0};
    char digits[2 * 64 + 1];
    status result = ecdsa_sign(&state->keys.tcb_signing, CURVE_P256, HASH_SHA256,
                               slice_of_text(text), &signature);
    if (!result.fault)
        hex_write(buffer_view(&signature), digits);
    const char *const parts[] = {"{\"", name, "\":", text, ",\"signature\":\"", digits, "\"}"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !result.fault; i++)
        result = buffer_append(&json, slice_of_text(parts[i]));
    free(text);
    TRY(result);
    *out_json = buffer_take(&json);
    return OK;
}

static json_t *components_of(const uint8_t svns[SIM_TCB_COMPONENTS])
{
    json_t *const list = json_array();
    for (size_t i = 0; i < SIM_TCB_COMPONENTS; i++)
        json_array_append_new(list, json_pack("{s:i}", "svn", svns[i]));
    return list;
}

static json_t *platform_level(const struct level *level, bool is_tdx)
{
    static const uint8_t tdx[SIM_TCB_COMPONENTS] = {SIM_TDX_MODULE_SVN, 0, SIM_TDX_LATE_MICROCODE};
    uint8_t sgx[SIM_TCB_COMPONENTS];
    memcpy(sgx, other_components, sizeof sgx);
    sgx[0] = level->svn;
    json_t *const tcb =
        json_pack("{s:o,s:i}", "sgxtcbcomponents", components_of(sgx), "pcesvn", SIM_PCE_SVN);
    if (is_tdx)
        json_object_set_new(tcb, "tdxtcbcomponents", components_of(tdx));
    json_t *const entry =
        json_pack("{s:o,s:s,s:s}", "tcb", tcb, "tcbDate", level->date, "tcbStatus", level->status);
    if (level != &levels[0])
        json_object_set_new(entry, "advisoryIDs", json_pack("[s]", "SIMULATED-SA-00001"));
    return entry;
}

static json_t *simple_level(int svn, const struct level *level)
{
    return json_pack("{s:{s:i},s:s,s:s}", "tcb", "isvsvn", svn, "tcbDate", level->date, "tcbStatus",
                     level->status);
}

static json_t *module_identities(void)
{
    static const char zeros[] = "000000000000000000000000000000000000000000000000"
                                "000000000000000000000000000000000000000000000000";
    return json_pack("[{s:s,s:s,s:s,s:s,s:[o,o]}]", "id", "TDX_01", "mrsigner", zeros, "attributes",
                     "0000000000000000", "attributesMask", "FFFFFFFFFFFFFFFF", "tcbLevels",
                     simple_level(SIM_TDX_MODULE_SVN, &levels[0]),
                     simple_level(SIM_TDX_MODULE_SVN - 2, &levels[4]));
}

/* Modules of major version 0, which have no id and no levels. */
static json_t *plain_module(void)
{
    return json_pack("{s:s,s:s,s:s}", "mrsigner",
                     "000000000000000000000000000000000000000000000000"
                     "000000000000000000000000000000000000000000000000",
                     "attributes", "0000000000000000", "attributesMask", "FFFFFFFFFFFFFFFF");
}

static json_t *platform_levels(bool is_tdx)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < LEVELS; i++)
        json_array_append_new(list, platform_level(&levels[i], is_tdx));
    return list;
}

static status tcb_info(const struct sim_state *state, int64_t now_s, bool is_tdx,
                       struct buffer *out_json)
{
    char issued[TIME_TEXT_SIZE], next[TIME_TEXT_SIZE], fmspc_text[2 * sizeof fmspc + 1];
    time_write(now_s - SKEW_S, issued);
    time_write(now_s + COLLATERAL_DAYS * DAY_S, next);
    hex_write(SLICE(fmspc), fmspc_text);
    json_t *const info =
        json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:i,s:i}", "id", is_tdx ? "TDX" : "SGX", "version", 3,
                  "issueDate", issued, "nextUpdate", next, "fmspc", fmspc_text, "pceId", "0000",
                  "tcbType", 0, "tcbEvaluationDataNumber", 1);
    if (is_tdx) {
        json_object_set_new(info, "tdxModule", plain_module());
        json_object_set_new(info, "tdxModuleIdentities", module_identities());
    }
    json_object_set_new(info, "tcbLevels", platform_levels(is_tdx));
    return write_signed(state, "tcbInfo", info, out_json);
}

status sim_intel_tcb_info(const struct sim_state *state, int64_t now_s, struct buffer *out_json)
{
    return tcb_info(state, now_s, true, out_json);
}

status sim_intel_sgx_tcb_info(const struct sim_state *state, int64_t now_s, struct buffer *out_json)
{
    return tcb_info(state, now_s, false, out_json);
}

static status qe_identity(const struct sim_state *state, int64_t now_s, bool is_tdx,
                          struct buffer *out_json)
{
    char issued[TIME_TEXT_SIZE], next[TIME_TEXT_SIZE], signer_text[2 * 32 + 1];
    uint8_t signer[32];
    sim_intel_qe_signer(signer);
    hex_write(SLICE(signer), signer_text);
    time_write(now_s - SKEW_S, issued);
    time_write(now_s + COLLATERAL_DAYS * DAY_S, next);
    json_t *const identity = json_pack(
        "{s:s,s:i,s:s,s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:i,s:[o,o]}", "id", is_tdx ? "TD_QE" : "QE",
        "version", 2, "issueDate", issued, "nextUpdate", next, "tcbEvaluationDataNumber", 1,
        "miscselect", "00000000", "miscselectMask", "FFFFFFFF", "attributes",
        "11000000000000000000000000000000", "attributesMask", "FBFFFFFFFFFFFFFF0000000000000000",
        "mrsigner", signer_text, "isvprodid", is_tdx ? SIM_TD_QE_PRODUCT : SIM_QE_PRODUCT,
        "tcbLevels", simple_level(SIM_QE_SVN, &levels[0]), simple_level(1, &levels[4]));
    return write_signed(state, "enclaveIdentity", identity, out_json);
}

status sim_intel_qe_identity(const struct sim_state *state, int64_t now_s, struct buffer *out_json)
{
    return qe_identity(state, now_s, true, out_json);
}

status sim_intel_sgx_qe_identity(const struct sim_state *state, int64_t now_s,
                                 struct buffer *out_json)
{
    return qe_identity(state, now_s, false, out_json);
}
