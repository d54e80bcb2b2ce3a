/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/intel.h"

#include "codec/json.h"
#include "codec/text.h"
#include "evidence/dcap/collateral.h"
#include "evidence/dcap/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCK_NAME "Intel SGX PCK Certificate"

static const struct {
    const char *common_name, *word;
} pck_authorities[] = {
    {"Intel SGX PCK Processor CA", "processor"},
    {"Intel SGX PCK Platform CA", "platform"},
};

enum { PCK_AUTHORITIES = sizeof pck_authorities / sizeof pck_authorities[0] };

void intel_tcb_info_name(enum tcb_info_kind kind, const uint8_t fmspc[FMSPC_SIZE],
                         char out[OBJECT_NAME_SIZE])
{
    char id[2 * FMSPC_SIZE + 1];
    hex_write((slice){fmspc, FMSPC_SIZE}, id);
    snprintf(out, OBJECT_NAME_SIZE, "intel-tcb-info-%s-%s.json",
             kind == TCB_INFO_TDX ? "tdx" : "sgx", id);
}

void intel_qe_identity_name(enum qe_kind kind, char out[OBJECT_NAME_SIZE])
{
    snprintf(out, OBJECT_NAME_SIZE, "intel-qe-identity-%s.json",
             kind == QE_KIND_TDX ? "tdx" : "sgx");
}

void intel_pck_crl_name(const char *ca, char out[OBJECT_NAME_SIZE])
{
    snprintf(out, OBJECT_NAME_SIZE, "intel-pck-crl-%s.pem", ca);
}

const char *intel_ca_of(const struct pck_extension *extension)
{
    return extension->of_platform_ca ? "platform" : "processor";
}

static void pck_name(const struct pck_extension *extension, char out[OBJECT_NAME_SIZE])
{
    char ppid[2 * PPID_SIZE + 1], cpusvn[2 * CPUSVN_SIZE + 1];
    hex_write(SLICE(extension->ppid), ppid);
    hex_write(SLICE(extension->cpusvn), cpusvn);
    snprintf(out, OBJECT_NAME_SIZE, "intel-pck-%s-%s-%u.pem", ppid, cpusvn, extension->pcesvn);
}

/* ---- revocation lists ---- */

static status add_crl(const struct endorsement *item, const struct certificate *issuer,
                      const struct certificate *root, enum root_trust trust, struct object *object,
                      struct objects *out)
{
    object->trust = trust;
    object->issued_s = item->crl.this_update_s;
    TRY(object_append_crl(object, buffer_view(&item->bytes)));
    if (issuer != root)
        TRY(object_append_certificate(object, issuer));
    TRY(object_append_certificate(object, root));
    object->next_update_s = item->crl.next_update_s;
    return objects_add(out, object);
}

static bool has_issued(const struct certificate *issuer, const struct endorsement *item)
{
    return item->kind == ENDORSEMENT_CRL &&
           !crl_issued_by(&item->crl, issuer, SIGNATURE_ECDSA_SHA256).fault;
}

static status add_root_crls(const struct endorsements *pool, const struct certificate *root,
                            enum root_trust trust, struct objects *out)
{
    for (size_t i = 0; i < pool->count; i++) {
        if (!has_issued(root, &pool->items[i]))
            continue;
        SCOPED(object) object = {.kind = OBJECT_INTEL_ROOT_CRL, .name = INTEL_ROOT_CRL_NAME};
        TRY(add_crl(&pool->items[i], root, root, trust, &object, out));
    }
    return OK;
}

/* ---- PCK certificates and their CAs ---- */

static status add_pck(const struct certificate *leaf, const struct certificate *ca,
                      const struct certificate *root, enum root_trust trust, struct objects *out)
{
    SCOPED(object)
    object = {.kind = OBJECT_INTEL_PCK, .trust = trust, .issued_s = leaf->not_before_s};
    struct pck_extension extension;
    if (!is_named(leaf, PCK_NAME) || pck_extension_of(leaf, &extension).fault ||
        certificate_issued_by(leaf, ca, SIGNATURE_ECDSA_SHA256, 0).fault)
        return OK;
    pck_name(&extension, object.name);
    TRY(object_append_certificate(&object, leaf));
    TRY(object_append_certificate(&object, ca));
    TRY(object_append_certificate(&object, root));
    return objects_add(out, &object);
}

static status add_under(const struct endorsements *pool, const struct certificate *ca,
                        const char *word, const struct certificate *root, enum root_trust trust,
                        struct objects *out)
{
    for (size_t i = 0; i < pool->count; i++) {
        SCOPED(object) object = {.kind = OBJECT_INTEL_PCK_CRL};
        intel_pck_crl_name(word, object.name);
        if (has_issued(ca, &pool->items[i]))
            TRY(add_crl(&pool->items[i], ca, root, trust, &object, out));
        else if (pool->items[i].kind == ENDORSEMENT_CERTIFICATE)
            TRY(add_pck(&pool->items[i].certificate, ca, root, trust, out));
    }
    return OK;
}

static status add_authorities(const struct endorsements *pool, const struct certificate *root,
                              enum root_trust trust, struct objects *out)
{
    for (size_t i = 0; i < pool_size(pool); i++) {
        const struct certificate *const ca = pool_certificate(pool, i);
        for (size_t j = 0; ca && j < PCK_AUTHORITIES; j++)
            if (is_named(ca, pck_authorities[j].common_name) &&
                !certificate_issued_by(ca, root, SIGNATURE_ECDSA_SHA256, 1).fault)
                TRY(add_under(pool, ca, pck_authorities[j].word, root, trust, out));
    }
    return OK;
}

/* ---- signed documents ---- */

static status pem_of(const struct certificate *signer, const struct certificate *root,
                     struct buffer *out)
{
    SCOPED(object) chain = {0};
    TRY(object_append_certificate(&chain, signer));
    TRY(object_append_certificate(&chain, root));
    *out = buffer_take(&chain.bytes);
    return OK;
}

static json_t *json_of(slice text)
{
    return json_stringn((const char *)text.data, text.size);
}

/* The document exactly as it was signed, its signature, and who signed: one bundle. */
static status write_bundle(const char *prefix, const struct signed_document *document,
                           const struct buffer *chain, struct buffer *out)
{
    char signature[2 * sizeof document->signature + 1];
    char signature_key[32], chain_key[32];
    hex_write(SLICE(document->signature), signature);
    snprintf(signature_key, sizeof signature_key, "%s_signature", prefix);
    snprintf(chain_key, sizeof chain_key, "%s_issuer_chain", prefix);
    json_t *const bundle =
        json_pack("{s:o, s:s, s:o}", prefix, json_of(document->signed_bytes), signature_key,
                  signature, chain_key, json_of(buffer_view(chain)));
    char *const text = bundle ? json_dumps(bundle, JSON_INDENT(1) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(bundle);
    if (!text)
        return FAIL(EXHAUSTED, "no memory for collateral");
    const status written = buffer_append(out, slice_of_text(text));
    free(text);
    return written;
}

/* By whom of the collateral's signers; of several certificates with that key, the last to end. */
static const struct certificate *signer_of(const struct dcap_collateral *collateral,
                                           const struct digest *key)
{
    const struct certificate *best = NULL;
    for (size_t i = 0; i < collateral->signer_count; i++) {
        const struct tcb_signer *const signer = &collateral->signers[i];
        if (slice_equal((slice){signer->key_digest.data, signer->key_digest.size},
                        (slice){key->data, key->size}) &&
            (!best || signer->certificate->not_after_s > best->not_after_s))
            best = signer->certificate;
    }
    return best;
}

static status add_document(const struct signed_document *document, const char *prefix,
                           const struct certificate *signer, const struct certificate *root,
                           struct object *object, struct objects *out)
{
    SCOPED(buffer) chain = {0};
    TRY(pem_of(signer, root, &chain));
    TRY(write_bundle(prefix, document, &chain, &object->bytes));
    object->issued_s = document->issue_date_s;
    object->next_update_s = document->next_update_s;
    object->edition = document->evaluation_number;
    return objects_add(out, object);
}

static status add_documents(const struct dcap_collateral *collateral,
                            const struct certificate *root, enum root_trust trust,
                            struct objects *out)
{
    for (size_t i = 0; i < collateral->tcb_info_count; i++) {
        const struct collateral_tcb_info *const entry = collateral->tcb_infos[i];
        const struct certificate *const signer = signer_of(collateral, &entry->signer);
        SCOPED(object) object = {.kind = OBJECT_INTEL_TCB_INFO, .trust = trust};
        if (entry->read.fault || !signer)
            continue;
        intel_tcb_info_name(entry->info.kind, entry->info.fmspc, object.name);
        TRY(add_document(&entry->info.document, "tcb_info", signer, root, &object, out));
    }
    for (size_t i = 0; i < collateral->qe_identity_count; i++) {
        const struct collateral_qe_identity *const entry = collateral->qe_identities[i];
        const struct certificate *const signer = signer_of(collateral, &entry->signer);
        SCOPED(object) object = {.kind = OBJECT_INTEL_QE_IDENTITY, .trust = trust};
        if (entry->read.fault || !signer)
            continue;
        intel_qe_identity_name(entry->identity.kind, object.name);
        TRY(add_document(&entry->identity.document, "qe_identity", signer, root, &object, out));
    }
    return OK;
}

static status add_signed(const struct endorsements *pool, const struct certificate *root,
                         enum root_trust trust, struct objects *out)
{
    struct dcap_collateral *collateral;
    TRY(dcap_collateral_open(pool, root, root, &collateral));
    const status added = add_documents(collateral, root, trust, out);
    dcap_collateral_free(collateral);
    return added;
}

status objects_read_intel(const struct endorsements *pool, struct objects *out)
{
    for (size_t i = 0; i < pool_size(pool); i++) {
        const struct certificate *const root = pool_certificate(pool, i);
        if (!root || !certificate_is_self_issued(root))
            continue;
        const enum root_trust trust = dcap_root_trust(pool, root);
        if (trust == ROOT_UNTRUSTED ||
            certificate_issued_by(root, root, SIGNATURE_ECDSA_SHA256, 1).fault)
            continue;
        TRY(add_root_crls(pool, root, trust, out));
        TRY(add_authorities(pool, root, trust, out));
        TRY(add_signed(pool, root, trust, out));
    }
    return OK;
}
