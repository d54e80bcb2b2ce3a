/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/chain.h"

#include "codec/reader.h"
#include "crypto/der.h"
#include "evidence/tpm/ak.h"

#include <string.h>

enum { ISSUERS_TRIED_MAX = 32 /* of all links; each costs a signature */ };

#define OID_KEY_USAGE "2.5.29.15"
#define OID_EXTENDED_KEY_USAGE "2.5.29.37"
#define OID_AK_CERTIFICATE "2.23.133.8.3"
#define OID_EK_CERTIFICATE "2.23.133.8.1"

enum { DER_BIT_STRING = 0x03, DER_OID = 0x06, DER_SEQUENCE = 0x30 };

enum { KEY_USAGE_DIGITAL_SIGNATURE = 0x80 /* of the first byte */ };

/* The published intermediates of GCE's older vTPMs, whose root is not, are pinned themselves. */
static const struct pinned_root roots[] = {
    {"GCP EK/AK CA Root", "13049d8f8816caa7948217e9342e413aed87e74b83835bdfd0697cbe48032a4ef6081fb3"
                          "114c72c645f1f4633d420ffb"},
    {"GCE tpm_ek intermediate 2", "3d0a4e7492066db6ec91b581d9d94c8f55d47b475feb35dadfc6e1e3c6155be8"
                                  "6e33671154323fef6cc7af0084a08d17"},
    {"GCE tpm_ek intermediate 3", "622b55b50297aecd7bdca8714ece6650057b081e3c33daa04685a7ebc45c96b5"
                                  "a80eb9f8f18aafdc148a3dc1a9068950"},
    {"Azure Virtual TPM Root Certificate Authority 2023",
     "4274d694f143214cc877bd2aecea32d42b310b344a195b143f94f5b9d385d3dad1659df3540591609217536e9e054"
     "cff"},
    {"Microsoft RSA Devices Root CA 2021", "9fc26bd4cf9c60f1a577ab236fb6f8b183ecaac9283189f9be3b8d1"
                                           "8ff7d26b05eab0e0c6cb510f197d9967b49755b33"},
};

enum { ROOT_COUNT = sizeof roots / sizeof roots[0] };

/* Where issuers are looked for. */
struct search {
    const struct tpm_ak *ak;
    const struct endorsements *endorsements;
    size_t tried;
};

static const struct certificate *candidate(const struct search *search, size_t index)
{
    const struct endorsements *const endorsements = search->endorsements;
    if (index < search->ak->certificate_count)
        return &search->ak->certificates[index];
    index -= search->ak->certificate_count;
    if (index < endorsements->count)
        return endorsements->items[index].kind == ENDORSEMENT_CERTIFICATE
                   ? &endorsements->items[index].certificate
                   : NULL;
    const struct trust_anchor *const anchor = &endorsements->anchors[index - endorsements->count];
    return anchor->certificate.x509 ? &anchor->certificate : NULL;
}

static size_t candidate_count(const struct search *search)
{
    return search->ak->certificate_count + search->endorsements->count +
           search->endorsements->anchor_count;
}

/* NULL, and why not, when there is none. `depth` is how many authorities are below it. */
static const struct certificate *issuer_of(struct search *search, const struct certificate *subject,
                                           int depth, status *out_why)
{
    const enum signature_scheme scheme = certificate_scheme(subject);
    *out_why = FAIL(UNEXPECTED, "the issuer of a certificate above the AK is missing");
    for (size_t i = 0; i < candidate_count(search) && search->tried < ISSUERS_TRIED_MAX; i++) {
        const struct certificate *const issuer = candidate(search, i);
        if (!issuer || issuer == subject || !certificate_names_issuer(subject, issuer))
            continue;
        search->tried++;
        *out_why = certificate_issued_by(subject, issuer, scheme, depth);
        if (!out_why->fault)
            return issuer;
    }
    return NULL;
}

/* Up to the first certificate whose key is pinned or trusted, be it self-signed or not. */
static void find_links(struct search *search, struct tpm_chain *chain)
{
    const char *name;
    chain->links[chain->count++] = &search->ak->certificates[0];
    while (chain->count < TPM_LINKS_MAX) {
        const struct certificate *const issuer = issuer_of(search, chain->links[chain->count - 1],
                                                           (int)chain->count - 1, &chain->verified);
        if (!issuer)
            return;
        chain->links[chain->count++] = issuer;
        chain->trust = endorsements_root(search->endorsements, roots, ROOT_COUNT, issuer, &name);
        if (chain->trust != ROOT_UNTRUSTED || certificate_is_self_issued(issuer))
            return;
    }
    chain->verified = FAIL(EXHAUSTED, "the chain above the AK is longer than we follow");
}

static bool is_trusted(const struct tpm_chain *chain)
{
    return !chain->verified.fault && chain->trust != ROOT_UNTRUSTED;
}

static void gather_crls(const struct endorsements *endorsements, struct tpm_chain *chain)
{
    for (size_t i = 0; i + 1 < chain->count; i++)
        crl_set_gather(endorsements, chain->links[i + 1], chain->links[i],
                       certificate_scheme(chain->links[i]), &chain->crls[i]);
}

/* ---- what the AK's certificate is for ---- */

static bool has_purpose(const struct certificate *certificate, const char *oid)
{
    slice value, purposes, purpose;
    if (certificate_extension(certificate, OID_EXTENDED_KEY_USAGE, &value).fault)
        return false;
    struct reader outer = reader_of(value);
    if (der_expect(&outer, DER_SEQUENCE, &purposes).fault)
        return false;
    struct reader inner = reader_of(purposes);
    while (!der_expect(&inner, DER_OID, &purpose).fault)
        if (der_oid_is(purpose, oid))
            return true;
    return false;
}

static bool is_for_signatures(const struct certificate *certificate)
{
    slice value, bits;
    if (certificate_extension(certificate, OID_KEY_USAGE, &value).fault)
        return false;
    struct reader reader = reader_of(value);
    return !der_expect(&reader, DER_BIT_STRING, &bits).fault && bits.size == 2 &&
           bits.data[1] & KEY_USAGE_DIGITAL_SIGNATURE;
}

/* An EK does not sign: GCE's older AKs have certificates that call them EKs, but are for signing.
 */
static bool is_for_ak(const struct certificate *certificate)
{
    return has_purpose(certificate, OID_AK_CERTIFICATE) ||
           (has_purpose(certificate, OID_EK_CERTIFICATE) && is_for_signatures(certificate));
}

static bool is_of_ak(const struct tpm_ak *ak)
{
    SCOPED(public_key) key = {0};
    return !certificate_key(&ak->certificates[0], &key).fault && public_key_equal(&key, &ak->key);
}

/* ---- checks ---- */

static void check_certificate(const struct tpm_chain *chain, struct facts *out)
{
    if (!chain->is_of_key)
        check_fail(out, "certificate", "TPM_AK_CERTIFICATE_MISMATCH",
                   "the AK's certificate is of another key");
    else if (!chain->is_for_quotes)
        check_fail(out, "certificate", "TPM_AK_CERTIFICATE_USE",
                   "the certificate is not one of an attestation key");
    else
        check_pass(out, "certificate");
}

static void check_chain(const struct tpm_chain *chain, struct facts *out)
{
    if (chain->verified.fault && chain->verified.fault->failure == FAILURE_UNEXPECTED)
        check_fail(out, "chain", "TPM_CHAIN_INCOMPLETE", "%s", chain->verified.fault->what);
    else if (chain->verified.fault)
        check_fail(out, "chain", "TPM_CHAIN_BROKEN", "%s", chain->verified.fault->what);
    else if (chain->trust == ROOT_UNTRUSTED)
        check_fail(out, "chain", "TPM_ROOT_UNTRUSTED",
                   "the chain ends in a root that is neither pinned nor trusted by the caller");
    else
        check_pass(out, "chain");
}

static void check_validity(const struct tpm_chain *chain, int64_t now_s, struct facts *out)
{
    const char *reason = NULL;
    for (size_t i = 0; i < chain->count; i++) {
        const struct certificate *const link = chain->links[i];
        facts_rely_until(out, link->not_after_s);
        if (!reason && !certificate_is_valid_at(link, now_s))
            reason = now_s < link->not_before_s ? "TPM_CERTIFICATE_NOT_YET_VALID"
                                                : "TPM_CERTIFICATE_EXPIRED";
    }
    if (reason)
        check_fail(out, "validity", reason, "a certificate of the AK's chain is not in its dates");
    else
        check_pass(out, "validity");
}

/* Of one link; NULL when its issuer's list is in its dates and leaves it alone. */
static const char *revocation_of(const struct tpm_chain *chain, size_t index, int64_t now_s,
                                 struct facts *out)
{
    const struct crl_set *const crls = &chain->crls[index];
    const struct crl *const crl = crl_set_at(crls, now_s);
    if (!crl)
        return crls->forged ? "TPM_CRL_SIGNATURE_INVALID" : "TPM_CRL_MISSING";
    if (crl_lists(crl, chain->links[index]))
        return "TPM_CERTIFICATE_REVOKED";
    if (now_s < crl->this_update_s)
        return "TPM_CRL_NOT_YET_VALID";
    if (!crl_is_in_force(crl, now_s))
        return "TPM_CRL_EXPIRED";
    if (crl->next_update_s < out->valid_until_s)
        out->valid_until_s = crl->next_update_s;
    return NULL;
}

/* A missing list is a fact for policy; a bad one anywhere fails. */
static void check_revocation(const struct tpm_chain *chain, int64_t now_s, struct facts *out)
{
    bool is_missing = false;
    for (size_t i = 0; i + 1 < chain->count; i++) {
        const char *const reason = revocation_of(chain, i, now_s, out);
        if (reason && strcmp(reason, "TPM_CRL_MISSING") != 0) {
            check_fail(out, "revocation", reason,
                       "a certificate of the AK's chain is revoked, or "
                       "the list that should say so is not usable");
            return;
        }
        is_missing |= reason != NULL;
    }
    if (is_missing)
        check_skip(out, "revocation", "TPM_CRL_MISSING",
                   "no CRL of an issuer above the AK was given");
    else
        check_pass(out, "revocation");
}

static void skip_without_certificate(struct facts *out)
{
    static const char *const names[] = {"certificate", "validity", "revocation"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        check_skip(out, names[i], "TPM_AK_UNTRUSTED", "there is no certificate of the AK");
}

static void check_certified(const struct tpm_chain *chain, int64_t now_s, struct facts *out)
{
    check_chain(chain, out);
    check_certificate(chain, out);
    check_validity(chain, now_s, out);
    if (is_trusted(chain))
        check_revocation(chain, now_s, out);
    else
        check_skip(out, "revocation", "TPM_CHAIN_UNUSABLE", "the chain is not trusted");
}

/* ---- once for each key ---- */

static bool is_trusted_itself(const struct tpm_ak *ak, const struct endorsements *endorsements)
{
    const char *name;
    return ak->key.pkey &&
           endorsements_root_key(endorsements, NULL, 0, &ak->key, &name) == ROOT_BY_CALLER;
}

static void follow(struct tpm_ak *ak, const struct endorsements *endorsements)
{
    struct search search = {.ak = ak, .endorsements = endorsements};
    struct tpm_chain *const chain = &ak->chain;
    chain->is_followed = true;
    chain->is_key_trusted = is_trusted_itself(ak, endorsements);
    if (chain->is_key_trusted || !ak->certificate_count)
        return;
    find_links(&search, chain);
    if (is_trusted(chain))
        gather_crls(endorsements, chain);
    chain->is_of_key = is_of_ak(ak);
    chain->is_for_quotes = is_for_ak(&ak->certificates[0]);
}

bool tpm_chain_is_exact(const struct tpm_ak *ak)
{
    const struct tpm_chain *const chain = &ak->chain;
    if (!ak->certificate_count || ak->certificate_count > chain->count || !is_trusted(chain))
        return false;
    for (size_t i = 0; i < ak->certificate_count; i++)
        if (chain->links[i] != &ak->certificates[i])
            return false;
    return true;
}

void tpm_chain_check(struct tpm_ak *ak, const struct endorsements *endorsements, int64_t now_s,
                     struct facts *out)
{
    if (!ak->chain.is_followed)
        follow(ak, endorsements);
    if (ak->chain.is_key_trusted) {
        check_pass(out, "chain");
        if (out->valid_until_s == 0)
            out->valid_until_s = NO_END_S; /* until the caller trusts it no longer */
    } else if (ak->certificate_count) {
        check_certified(&ak->chain, now_s, out);
    } else {
        check_fail(out, "chain", ak->key.pkey ? "TPM_AK_UNTRUSTED" : "TPM_AK_MISSING",
                   "nobody vouches for the key that signed: there is no certificate of it, and the "
                   "caller does not trust it");
        skip_without_certificate(out);
    }
}
