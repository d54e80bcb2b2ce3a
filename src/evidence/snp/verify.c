/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/verify.h"

#include <string.h>

enum {
    P384_SIZE = 48,
    /* Leaves of one chip and TCB differ only when AMD issued them anew; each costs a signature. */
    LEAVES_TRIED_MAX = 8,
};

struct context {
    const struct verification *request;
    const struct snp_report *report;
    struct snp_chain *chain;
    struct facts *facts;
};

static bool is_of_chip(const struct snp_leaf *leaf, const struct snp_report *report)
{
    uint8_t expected[SNP_CHIP_ID_SIZE];
    snp_leaf_chip_id(leaf, expected);
    return leaf->hw_id.size && slice_equal(SLICE(expected), report->chip_id);
}

static int fitness(const struct snp_chain *chain, const struct snp_report *report, int64_t now_s)
{
    const bool of_kind = chain->kind == snp_report_signing_key(report);
    const bool of_chip = !chain->read.fault && is_of_chip(&chain->says, report);
    const bool of_tcb = !chain->read.fault && snp_tcb_equal(&chain->says.tcb, &report->reported);
    return 8 * of_kind + 4 * of_chip + 2 * of_tcb + certificate_is_valid_at(chain->leaf, now_s);
}

struct snp_chain *snp_chain_for(const struct snp_chains *chains, const struct snp_report *report,
                                int64_t now_s)
{
    struct snp_chain *best = NULL;
    for (size_t i = 0; i < chains->count; i++)
        if (!best || fitness(chains->chains[i], report, now_s) >= fitness(best, report, now_s))
            best = chains->chains[i];
    return best;
}

/* R and S are little-endian, 48 bytes in fields of 72; ours are big-endian. */
static status append_number(slice field, struct buffer *out)
{
    uint8_t number[P384_SIZE];
    for (size_t i = P384_SIZE; i < field.size; i++)
        if (field.data[i])
            return FAIL(UNAUTHENTIC, "R or S of the signature is longer than P-384 has");
    for (size_t i = 0; i < P384_SIZE; i++)
        number[i] = field.data[P384_SIZE - 1 - i];
    return buffer_append(out, SLICE(number));
}

static status is_signed_by(const struct snp_report *report, const struct snp_chain *chain)
{
    SCOPED(buffer) signature = {0};
    TRY(chain->key_read);
    TRY(append_number(report->signature_r, &signature));
    TRY(append_number(report->signature_s, &signature));
    return ecdsa_verify(&chain->key, CURVE_P384, HASH_SHA384, report->signed_bytes,
                        buffer_view(&signature));
}

/* Chooses the leaf and checks the signature with it. */
static status find_signer(struct context *c, const struct snp_chains *chains)
{
    const int64_t now_s = c->request->now_s;
    struct snp_chain *const first = snp_chain_for(chains, c->report, now_s);
    const int best = fitness(first, c->report, now_s);
    status result = is_signed_by(c->report, first);
    c->chain = first;
    for (size_t i = chains->count, tried = 1; i > 0 && tried < LEAVES_TRIED_MAX; i--) {
        struct snp_chain *const other = chains->chains[i - 1];
        if (!result.fault)
            break;
        if (other == first || fitness(other, c->report, now_s) != best)
            continue;
        tried++;
        if (!is_signed_by(c->report, other).fault) {
            c->chain = other;
            result = OK;
        }
    }
    return result;
}

static void check_report(struct context *c)
{
    const struct snp_report *const report = c->report;
    check_pass(c->facts, "version"); /* others are not read */
    if (report->reserved_is_zero)
        check_pass(c->facts, "reserved");
    else
        check_fail(c->facts, "reserved", "SNP_RESERVED_NOT_ZERO",
                   "bytes of the report that must be zero are not");
    if (report->vmpl <= SNP_VMPL_MAX)
        check_pass(c->facts, "vmpl");
    else if (report->vmpl == SNP_VMPL_HYPERVISOR)
        check_fail(c->facts, "vmpl", "SNP_REPORT_OF_HYPERVISOR",
                   "the hypervisor asked for the report, not the guest");
    else
        check_fail(c->facts, "vmpl", "SNP_VMPL_INVALID", "there is no VMPL %u", report->vmpl);
}

static void check_policy(struct context *c)
{
    const uint64_t policy = c->report->policy;
    if (!(policy & SNP_POLICY_ONE))
        check_fail(c->facts, "policy", "SNP_POLICY_MALFORMED",
                   "bit 17 of the guest policy is always one, and here is zero");
    else if (policy & ~(uint64_t)SNP_POLICY_KNOWN)
        check_skip(c->facts, "policy", "SNP_POLICY_BITS_UNKNOWN",
                   "the guest policy has bits whose meaning we do not know");
    else
        check_pass(c->facts, "policy");
}

static void check_binding(struct context *c)
{
    const slice binding = c->request->binding;
    if (binding.size == 0)
        check_skip(c->facts, "binding", "SNP_BINDING_NOT_ASKED", "no report data to compare with");
    else if (binding_is(c->report->report_data, binding))
        check_pass(c->facts, "binding");
    else
        check_fail(c->facts, "binding", "SNP_BINDING_MISMATCH",
                   "the report data is not the binding");
}

/* Relations that the firmware keeps; what it need not keep is a fact for policy. */
static void check_tcb_order(struct context *c)
{
    const struct snp_report *const report = c->report;
    if (!snp_tcb_is_at_most(&report->reported, &report->committed))
        check_fail(c->facts, "tcb_order", "SNP_REPORTED_TCB_ABOVE_COMMITTED",
                   "the reported TCB is above the committed one");
    else if (!snp_tcb_is_at_most(&report->committed, &report->current))
        check_fail(c->facts, "tcb_order", "SNP_COMMITTED_TCB_ABOVE_CURRENT",
                   "the committed TCB is above the current one");
    else if (!snp_tcb_is_at_most(&report->launch, &report->current))
        check_fail(c->facts, "tcb_order", "SNP_LAUNCH_TCB_ABOVE_CURRENT",
                   "the TCB at launch is above the current one");
    else
        check_pass(c->facts, "tcb_order");
    if (snp_report_is_provisional(report))
        check_skip(c->facts, "committed_firmware", "SNP_FIRMWARE_PROVISIONAL",
                   "the firmware in use is not committed and can be rolled back; policy decides");
    else
        check_pass(c->facts, "committed_firmware");
}

/* What to say of the checks that a missing certificate leaves undecided. */
static void skip_without_leaf(struct context *c)
{
    static const char *const names[] = {"signature",  "certificate", "signing_key", "validity",
                                        "revocation", "product",     "tcb",         "chip_id"};
    check_fail(c->facts, "chain", "SNP_CERTIFICATE_MISSING",
               "there is no VCEK and no VLEK among the endorsements");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        check_skip(c->facts, names[i], "SNP_CERTIFICATE_MISSING", "there is no VCEK or VLEK");
}

static void check_signature(struct context *c, status result)
{
    if (c->report->signature_algorithm == SNP_SIGNATURE_ECDSA_P384_SHA384) {
        check_pass(c->facts, "signature_algorithm");
        check_status(c->facts, "signature", "SNP_SIGNATURE_INVALID", result);
        return;
    }
    check_fail(c->facts, "signature_algorithm", "SNP_SIGNATURE_ALGORITHM_UNSUPPORTED",
               "signature algorithm %u is not ECDSA on P-384 with SHA-384",
               c->report->signature_algorithm);
    check_skip(c->facts, "signature", "SNP_SIGNATURE_ALGORITHM_UNSUPPORTED",
               "the signature is of an unknown algorithm");
}

static void check_chain(struct context *c)
{
    const struct snp_chain *const chain = c->chain;
    if (!chain->intermediate || (chain->verified.fault && !chain->root))
        check_fail(c->facts, "chain", "SNP_CHAIN_INCOMPLETE", "%s", chain->verified.fault->what);
    else if (chain->verified.fault)
        check_fail(c->facts, "chain", "SNP_CHAIN_BROKEN", "%s", chain->verified.fault->what);
    else if (chain->trust == ROOT_UNTRUSTED)
        check_fail(c->facts, "chain", "SNP_ROOT_UNTRUSTED",
                   "the chain ends in a root that is neither AMD's nor trusted by the caller");
    else
        check_pass(c->facts, "chain");
    check_status(c->facts, "certificate", "SNP_CERTIFICATE_MALFORMED",
                 chain->read.fault ? chain->read : chain->key_read);
}

/* The report, the leaf's name and the intermediate's name agree on which kind of key signed. */
static void check_signing_key(struct context *c)
{
    const struct snp_chain *const chain = c->chain;
    const enum snp_signing_key key = snp_report_signing_key(c->report);
    if (key == SNP_KEY_NONE)
        check_fail(c->facts, "signing_key", "SNP_REPORT_UNSIGNED",
                   "the report says that no key signed it");
    else if (key != chain->kind)
        check_fail(c->facts, "signing_key", "SNP_SIGNING_KEY_MISMATCH",
                   "the report names a %s, the certificate is a %s",
                   key == SNP_KEY_VCEK ? "VCEK" : "VLEK",
                   chain->kind == SNP_KEY_VCEK ? "VCEK" : "VLEK");
    else if (chain->intermediate && chain->issuer_kind != chain->kind)
        check_fail(c->facts, "signing_key", "SNP_ISSUER_MISMATCH",
                   "the intermediate does not issue certificates of this kind");
    else
        check_pass(c->facts, "signing_key");
}

static void check_validity(struct context *c)
{
    const struct snp_chain *const chain = c->chain;
    const struct certificate *const certificates[] = {chain->leaf, chain->intermediate,
                                                      chain->root};
    static const char *const whose[] = {"VCEK or VLEK", "intermediate", "root"};
    const int64_t now_s = c->request->now_s;
    bool in_force = true;
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
        if (!certificates[i])
            continue;
        facts_rely_until(c->facts, certificates[i]->not_after_s);
        if (!in_force || certificate_is_valid_at(certificates[i], now_s))
            continue;
        in_force = false;
        if (now_s < certificates[i]->not_before_s)
            check_fail(c->facts, "validity", "SNP_CERTIFICATE_NOT_YET_VALID",
                       "the certificate of the %s is not yet valid", whose[i]);
        else
            check_fail(c->facts, "validity", "SNP_CERTIFICATE_EXPIRED",
                       "the certificate of the %s has expired", whose[i]);
    }
    if (in_force)
        check_pass(c->facts, "validity");
}

/* AMD's CRLs list intermediates only, and are asked for only where somebody provides them. */
static void check_revocation(struct context *c)
{
    const struct snp_chain *const chain = c->chain;
    const int64_t now_s = c->request->now_s;
    const struct crl *const crl = crl_set_at(&chain->crls, now_s);
    if (chain->verified.fault || chain->trust == ROOT_UNTRUSTED)
        check_skip(c->facts, "revocation", "SNP_CHAIN_UNUSABLE", "the chain is not trusted");
    else if (!crl && chain->crls.forged)
        check_fail(c->facts, "revocation", "SNP_CRL_SIGNATURE_INVALID",
                   "the root did not sign the CRL that bears its name");
    else if (!crl)
        check_skip(c->facts, "revocation", "SNP_CRL_MISSING", "no CRL of the root was given");
    else if (crl_lists(crl, chain->intermediate))
        check_fail(c->facts, "revocation", "SNP_CERTIFICATE_REVOKED",
                   "the certificate of the intermediate is revoked");
    else if (now_s < crl->this_update_s)
        check_fail(c->facts, "revocation", "SNP_CRL_NOT_YET_VALID",
                   "the root's CRL is not yet in force");
    else if (!crl_is_in_force(crl, now_s))
        check_fail(c->facts, "revocation", "SNP_CRL_EXPIRED", "the root's CRL has expired");
    else {
        facts_rely_until(c->facts, crl->next_update_s);
        check_pass(c->facts, "revocation");
    }
}

static void check_product(struct context *c)
{
    const struct snp_chain *const chain = c->chain;
    const enum snp_product product = chain->says.product;
    if (c->report->has_cpuid && c->report->product == SNP_PRODUCT_UNKNOWN)
        check_fail(c->facts, "product", "SNP_PRODUCT_UNKNOWN",
                   "the report is of a processor that we do not know: family %02xh model %02xh",
                   c->report->family, c->report->model);
    else if (chain->read.fault)
        check_skip(c->facts, "product", "SNP_CERTIFICATE_MALFORMED",
                   "the certificate names no product");
    else if (product == SNP_PRODUCT_UNKNOWN)
        check_fail(c->facts, "product", "SNP_PRODUCT_UNKNOWN",
                   "the certificate is for no product that we know");
    else if (c->report->has_cpuid && c->report->product != product)
        check_fail(c->facts, "product", "SNP_PRODUCT_MISMATCH",
                   "the report is of %s, the certificate for %s",
                   snp_product_name(c->report->product), snp_product_name(product));
    else if ((chain->intermediate && chain->issuer_product != product) ||
             (chain->root && chain->root_product != product))
        check_fail(c->facts, "product", "SNP_PRODUCT_MISMATCH",
                   "the certificate is for %s, its issuers for another product",
                   snp_product_name(product));
    else
        check_pass(c->facts, "product");
}

/* Of a report, anyone with an old key can choose these; of the certificate nobody can. */
static void check_certified(struct context *c)
{
    const struct snp_chain *const chain = c->chain;
    if (chain->read.fault) {
        check_skip(c->facts, "tcb", "SNP_CERTIFICATE_MALFORMED", "the certificate names no TCB");
        check_skip(c->facts, "chip_id", "SNP_CERTIFICATE_MALFORMED",
                   "the certificate names no chip");
        return;
    }
    if (snp_tcb_equal(&chain->says.tcb, &c->report->reported))
        check_pass(c->facts, "tcb");
    else
        check_fail(c->facts, "tcb", "SNP_TCB_MISMATCH",
                   "the reported TCB is not the one in the certificate");

    if (chain->kind == SNP_KEY_VLEK)
        check_skip(c->facts, "chip_id", "SNP_CHIP_ID_NOT_CERTIFIED",
                   "a VLEK is no particular chip's");
    else if (is_of_chip(&chain->says, c->report))
        check_pass(c->facts, "chip_id");
    else if (snp_report_masks_chip_id(c->report))
        check_skip(c->facts, "chip_id", "SNP_CHIP_ID_MASKED",
                   "the report hides its chip; policy decides");
    else
        check_fail(c->facts, "chip_id", "SNP_CHIP_ID_MISMATCH",
                   "the report is not of the chip in the certificate");
}

status snp_verify(const struct verification *request, const struct snp_report *report,
                  struct facts *facts, const struct snp_chain **out_chain)
{
    struct context c = {.request = request, .report = report, .facts = facts};
    const struct snp_chains *chains;
    TRY(snp_chains_of(request->endorsements, &chains));
    check_report(&c);
    check_policy(&c);
    check_binding(&c);
    check_tcb_order(&c);
    if (chains->count == 0) {
        skip_without_leaf(&c);
        *out_chain = NULL;
        return OK;
    }
    check_signature(&c, find_signer(&c, chains));
    snp_chain_examine(request->endorsements, c.chain);
    check_chain(&c);
    check_signing_key(&c);
    check_validity(&c);
    check_revocation(&c);
    check_product(&c);
    check_certified(&c);
    *out_chain = c.chain;
    return OK;
}
