/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/wants.h"

#include "codec/text.h"
#include "collateral/amd.h"
#include "collateral/index.h"
#include "collateral/intel.h"
#include "collateral/others.h"
#include "evidence/azure/hcl.h"
#include "evidence/csv/report.h"
#include "evidence/tpm/quote.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct sources vendors_own = {
    .kds = "https://kdsintf.amd.com",
    .pcs = "https://api.trustedservices.intel.com",
    .intel_root_crl = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der",
    .hygon = "https://cert.hygon.cn",
    .android = "https://android.googleapis.com/attestation/status",
};

void wants_clear(struct wants *wants)
{
    free(wants->items);
    *wants = (struct wants){0};
}

static bool is_wanted(const struct wants *wants, const struct wanted *wanted)
{
    for (size_t i = 0; i < wants->count; i++)
        if (strcmp(wants->items[i].source, wanted->source) == 0 ||
            (*wanted->name && strcmp(wants->items[i].name, wanted->name) == 0))
            return true;
    return false;
}

static status add(struct wants *wants, const struct wanted *wanted)
{
    if (is_wanted(wants, wanted))
        return OK;
    if (wants->count == WANTS_MAX)
        return FAIL(EXHAUSTED, "more is needed than we fetch at once");
    struct wanted *const items = reallocarray(wants->items, wants->count + 1, sizeof *wants->items);
    if (!items)
        return FAIL(EXHAUSTED, "no memory for what is wanted");
    wants->items = items;
    wants->items[wants->count++] = *wanted;
    return OK;
}

/* "https://host/" and "https://host" are the same service. */
__attribute__((format(printf, 3, 4))) static status locate(struct wanted *wanted, const char *base,
                                                           const char *format, ...)
{
    size_t size = strlen(base);
    va_list arguments;
    while (size && base[size - 1] == '/')
        size--;
    if (size >= sizeof wanted->source)
        return FAIL(EXHAUSTED, "the address of a service is too long");
    memcpy(wanted->source, base, size);
    va_start(arguments, format);
    const int path =
        vsnprintf(wanted->source + size, sizeof wanted->source - size, format, arguments);
    va_end(arguments);
    return path >= 0 && size + (size_t)path < sizeof wanted->source
               ? OK
               : FAIL(EXHAUSTED, "the address of an object is too long");
}

/* ---- AMD ---- */

static status want_amd_chain(const struct sources *sources, enum snp_product product,
                             enum snp_signing_key kind, struct wants *out)
{
    struct wanted chain = {.kind = OBJECT_AMD_CHAIN};
    struct wanted crl = {.kind = OBJECT_AMD_CRL};
    const char *const name = snp_product_name(product);
    const char *const key = kind == SNP_KEY_VLEK ? "vlek" : "vcek";
    amd_chain_name(product, kind, chain.name);
    amd_crl_name(product, crl.name);
    memcpy(crl.beside, chain.name, sizeof crl.beside);
    TRY(locate(&chain, sources->kds, "/%s/v1/%s/cert_chain", key, name));
    TRY(locate(&crl, sources->kds, "/%s/v1/%s/crl", key, name));
    TRY(add(out, &chain));
    return add(out, &crl);
}

status wants_of_product(const struct sources *sources, enum snp_product product, struct wants *out)
{
    TRY(want_amd_chain(sources, product, SNP_KEY_VCEK, out));
    return want_amd_chain(sources, product, SNP_KEY_VLEK, out);
}

/* Levels have two digits, the microcode's three. A chip id of Turin has 8 bytes: with 64 its
 * service knows no such chip. */
static status want_vcek(const struct sources *sources, const struct snp_report *report,
                        enum snp_product product, unsigned either, struct wants *out)
{
    struct wanted vcek = {.kind = OBJECT_AMD_KEY, .either = either};
    const uint64_t *const levels = report->reported.levels;
    const bool is_turin = product == SNP_TURIN;
    const slice hw_id = {report->chip_id.data,
                         is_turin ? SNP_CHIP_ID_SIZE_TURIN : SNP_CHIP_ID_SIZE};
    char id[2 * SNP_CHIP_ID_SIZE + 1], fmc[32] = "";
    hex_write(hw_id, id);
    if (is_turin)
        snprintf(fmc, sizeof fmc, "fmcSPL=%02" PRIu64 "&", levels[SNP_FMC]);
    amd_vcek_name(product, &report->reported, hw_id, vcek.name);
    amd_chain_name(product, SNP_KEY_VCEK, vcek.beside);
    TRY(locate(&vcek, sources->kds,
               "/vcek/v1/%s/%s?%sblSPL=%02" PRIu64 "&teeSPL=%02" PRIu64 "&snpSPL=%02" PRIu64
               "&ucodeSPL=%02" PRIu64,
               snp_product_name(product), id, fmc, levels[SNP_BOOT_LOADER], levels[SNP_TEE],
               levels[SNP_SNP], levels[SNP_MICROCODE]));
    return add(out, &vcek);
}

static status want_of_report(const struct sources *sources, const struct snp_report *report,
                             enum snp_product product, unsigned either, struct wants *out)
{
    const enum snp_signing_key kind = snp_report_signing_key(report);
    TRY(want_amd_chain(sources, product, kind, out));
    if (kind == SNP_KEY_VLEK)
        out->lacking = "a VLEK: the cloud provider hands it to its guests, AMD does not publish it";
    else if (snp_report_masks_chip_id(report))
        out->lacking = "the VCEK: the report hides its chip id";
    else
        TRY(want_vcek(sources, report, product, either, out));
    return OK;
}

/* A report of version 2 does not say of which product it is; only two had such firmware. */
static status wants_of_snp(const struct sources *sources, slice evidence, struct wants *out)
{
    struct snp_report report;
    TRY(snp_report_read(evidence, &report));
    if (report.product != SNP_PRODUCT_UNKNOWN)
        return want_of_report(sources, &report, report.product, 0, out);
    const unsigned either = ++out->alternatives;
    TRY(want_of_report(sources, &report, SNP_MILAN, either, out));
    return want_of_report(sources, &report, SNP_GENOA, either, out);
}

/* ---- Intel ---- */

static const char *word_of(bool is_tdx)
{
    return is_tdx ? "tdx" : "sgx";
}

static status want_tcb(const struct sources *sources, const uint8_t fmspc[FMSPC_SIZE], bool is_tdx,
                       struct wants *out)
{
    struct wanted tcb = {.kind = OBJECT_INTEL_TCB_INFO};
    struct wanted identity = {.kind = OBJECT_INTEL_QE_IDENTITY};
    char id[2 * FMSPC_SIZE + 1];
    hex_write((slice){fmspc, FMSPC_SIZE}, id);
    intel_tcb_info_name(is_tdx ? TCB_INFO_TDX : TCB_INFO_SGX, fmspc, tcb.name);
    intel_qe_identity_name(is_tdx ? QE_KIND_TDX : QE_KIND_SGX, identity.name);
    TRY(locate(&tcb, sources->pcs, "/%s/certification/v4/tcb?fmspc=%s", word_of(is_tdx), id));
    TRY(locate(&identity, sources->pcs, "/%s/certification/v4/qe/identity", word_of(is_tdx)));
    TRY(add(out, &tcb));
    return add(out, &identity);
}

static status want_crls(const struct sources *sources, const char *ca, struct wants *out)
{
    struct wanted crl = {.kind = OBJECT_INTEL_PCK_CRL};
    struct wanted root = {.kind = OBJECT_INTEL_ROOT_CRL, .name = INTEL_ROOT_CRL_NAME};
    intel_pck_crl_name(ca, crl.name);
    memcpy(root.beside, crl.name, sizeof root.beside);
    TRY(locate(&crl, sources->pcs, "/sgx/certification/v4/pckcrl?ca=%s&encoding=der", ca));
    if (sources->intel_root_crl)
        text_copy(root.source, sizeof root.source, sources->intel_root_crl);
    else
        TRY(locate(&root, sources->pcs, "/sgx/certification/v4/rootcacrl"));
    TRY(add(out, &crl));
    return add(out, &root);
}

status wants_of_fmspc(const struct sources *sources, const uint8_t fmspc[FMSPC_SIZE],
                      struct wants *out)
{
    TRY(want_tcb(sources, fmspc, false, out));
    TRY(want_tcb(sources, fmspc, true, out));
    TRY(want_crls(sources, "platform", out));
    return want_crls(sources, "processor", out);
}

static status want_of_extension(const struct sources *sources,
                                const struct pck_extension *extension, enum dcap_tee tee,
                                struct wants *out)
{
    TRY(want_tcb(sources, extension->fmspc, tee == DCAP_TEE_TDX, out));
    return want_crls(sources, intel_ca_of(extension), out);
}

status wants_of_pck(const struct sources *sources, const struct endorsements *pool,
                    enum dcap_tee tee, struct wants *out)
{
    struct pck_extension extension;
    for (size_t i = 0; i < pool->count; i++)
        if (pool->items[i].kind == ENDORSEMENT_CERTIFICATE &&
            !pck_extension_of(&pool->items[i].certificate, &extension).fault)
            TRY(want_of_extension(sources, &extension, tee, out));
    return OK;
}

static status want_of_leaf(const struct sources *sources, const struct certificate *leaf,
                           enum dcap_tee tee, struct wants *out)
{
    struct pck_extension extension;
    TRY(pck_extension_of(leaf, &extension));
    return want_of_extension(sources, &extension, tee, out);
}

/* Which machine at which TCB: the numbers as they lie in the quote, little-endian. */
struct machine {
    slice ppid, cpusvn, pcesvn, pceid;
};

/* A quote may leave out the PCE id, which has been zero ever since. */
static status read_machine(slice certification, size_t ppid_size, struct machine *out)
{
    static const uint8_t zero[PCEID_SIZE];
    struct reader reader = reader_of(certification);
    struct machine machine = {.ppid = read_bytes(&reader, ppid_size)};
    machine.cpusvn = read_bytes(&reader, CPUSVN_SIZE);
    machine.pcesvn = read_bytes(&reader, 2);
    machine.pceid = reader.left.size ? read_bytes(&reader, PCEID_SIZE) : SLICE(zero);
    TRY(reader_finish(&reader));
    *out = machine;
    return OK;
}

enum { PPID_RSA3072_SIZE = 384, PPID_RSA2048_SIZE = 256, QE_ID_SIZE = 16 };

/* Intel's own service wants the PPID under its larger key; a caching one knows machines by their
 * QE. */
static status locate_pck(const struct sources *sources, const struct dcap_quote *quote,
                         const struct machine *machine, struct wanted *wanted)
{
    char ppid[2 * PPID_RSA3072_SIZE + 1], cpusvn[2 * CPUSVN_SIZE + 1], pcesvn[5], pceid[5];
    char qe_id[2 * QE_ID_SIZE + 1];
    hex_write(machine->cpusvn, cpusvn);
    hex_write(machine->pcesvn, pcesvn);
    hex_write(machine->pceid, pceid);
    hex_write((slice){quote->user_data.data, QE_ID_SIZE}, qe_id);
    hex_write(machine->ppid, ppid);
    if (sources->is_pccs)
        return locate(wanted, sources->pcs,
                      "/sgx/certification/v4/pckcert?qeid=%s&cpusvn=%s&pcesvn=%s&pceid=%s%s%s",
                      qe_id, cpusvn, pcesvn, pceid,
                      machine->ppid.size == PPID_RSA3072_SIZE ? "&encrypted_ppid=" : "",
                      machine->ppid.size == PPID_RSA3072_SIZE ? ppid : "");
    if (machine->ppid.size != PPID_RSA3072_SIZE)
        return FAIL(UNSUPPORTED, "only a caching service (--pccs-url) knows this machine");
    return locate(wanted, sources->pcs,
                  "/sgx/certification/v4/pckcert?encrypted_ppid=%s&cpusvn=%s&pcesvn=%s&pceid=%s",
                  ppid, cpusvn, pcesvn, pceid);
}

/* The rest is known when the certificate is there: wants_of_pck(). */
static status want_pck(const struct sources *sources, const struct dcap_quote *quote,
                       size_t ppid_size, enum dcap_tee tee, struct wants *out)
{
    struct wanted wanted = {.kind = OBJECT_INTEL_PCK, .tee = tee};
    struct machine machine;
    TRY(read_machine(quote->certification, ppid_size, &machine));
    TRY(locate_pck(sources, quote, &machine, &wanted));
    memcpy(wanted.qe_report, quote->qe_report.data, sizeof wanted.qe_report);
    memcpy(wanted.qe_report_signature, quote->qe_report_signature.data,
           sizeof wanted.qe_report_signature);
    return add(out, &wanted);
}

static status wants_of_quote(const struct sources *sources, slice evidence, enum dcap_tee tee,
                             struct wants *out)
{
    struct dcap_quote quote;
    SCOPED(pck_chain) chain = {0};
    TRY(dcap_quote_read(evidence, tee, &quote));
    switch (quote.certification_type) {
    case DCAP_CERTIFICATION_PCK_CHAIN:
        TRY(pck_chain_read(quote.certification, &chain));
        return want_of_leaf(sources, &chain.leaf, tee, out);
    case DCAP_CERTIFICATION_PCK_LEAF:
        TRY(pck_leaf_read(quote.certification, &chain.leaf));
        return want_of_leaf(sources, &chain.leaf, tee, out);
    case DCAP_CERTIFICATION_PPID:
        return want_pck(sources, &quote, PPID_SIZE, tee, out);
    case DCAP_CERTIFICATION_PPID_RSA2048:
        return want_pck(sources, &quote, PPID_RSA2048_SIZE, tee, out);
    case DCAP_CERTIFICATION_PPID_RSA3072:
        return want_pck(sources, &quote, PPID_RSA3072_SIZE, tee, out);
    default:
        return FAIL(UNSUPPORTED, "the quote does not say which machine it is of");
    }
}

static status wants_of_sgx(const struct sources *sources, slice evidence, struct wants *out)
{
    return wants_of_quote(sources, evidence, DCAP_TEE_SGX, out);
}

static status wants_of_tdx(const struct sources *sources, slice evidence, struct wants *out)
{
    return wants_of_quote(sources, evidence, DCAP_TEE_TDX, out);
}

/* ---- Azure: the hardware below its VMs ---- */

static status wants_of_azure(const struct sources *sources, slice evidence, struct wants *out)
{
    struct tpm_evidence tpm;
    struct hcl_report hcl;
    TRY(tpm_evidence_read(evidence, &tpm));
    TRY(hcl_report_read(tpm.hcl_report, &hcl));
    return hcl.kind == HCL_SNP ? wants_of_snp(sources, hcl.hardware, out)
                               : wants_of_tdx(sources, tpm.hardware, out);
}

/* ---- Hygon ---- */

static status wants_of_csv(const struct sources *sources, slice evidence, struct wants *out)
{
    struct wanted keys = {.kind = OBJECT_HYGON_KEYS};
    struct csv_report report;
    char serial[CSV_SERIAL_SIZE + 1] = "";
    TRY(csv_report_read(evidence, &report));
    for (size_t i = 0; i < sizeof report.chip_serial && report.chip_serial[i]; i++) {
        if (!isalnum(report.chip_serial[i]))
            return FAIL(MALFORMED, "the chip serial is not of letters and digits");
        serial[i] = (char)report.chip_serial[i];
    }
    if (!*serial)
        return FAIL(UNSUPPORTED, "the report names no chip");
    memcpy(keys.pek, report.pek, sizeof keys.pek);
    TRY(locate(&keys, sources->hygon, "/hsk_cek?snumber=%s", serial));
    return add(out, &keys);
}

/* ---- Google ---- */

status wants_of_android(const struct sources *sources, struct wants *out)
{
    struct wanted list = {.kind = OBJECT_ANDROID_REVOCATION, .name = ANDROID_REVOCATION_NAME};
    text_copy(list.source, sizeof list.source, sources->android);
    return add(out, &list);
}

static status wants_of_android_chain(const struct sources *sources, slice evidence,
                                     struct wants *out)
{
    (void)evidence; /* one list for all */
    return wants_of_android(sources, out);
}

/* ---- by platform ---- */

static const struct {
    const char *platform;
    status (*wants)(const struct sources *sources, slice evidence, struct wants *out);
} rows[] = {
    {"snp", wants_of_snp},
    {"csv", wants_of_csv},
    {"azure_snp", wants_of_azure},
    {"azure_tdx", wants_of_azure},
    {"android", wants_of_android_chain},
    {"tdx", wants_of_tdx},
    {"sgx", wants_of_sgx},
};

status wants_of_evidence(const struct sources *sources, const struct platform *platform,
                         slice evidence, struct wants *out)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].platform, platform->name) == 0)
            return rows[i].wants(sources, evidence, out);
    return FAIL(UNSUPPORTED, "nothing is fetched for evidence of this platform");
}
