/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/leaf.h"

#include "crypto/der.h"

#include <string.h>

#define AMD "1.3.6.1.4.1.3704.1"

enum { DER_INTEGER = 0x02, DER_IA5_STRING = 0x16 };

enum snp_signing_key snp_leaf_kind(const struct certificate *certificate)
{
    char name[COMMON_NAME_SIZE_MAX];
    certificate_common_name(certificate, name);
    if (strcmp(name, "SEV-VCEK") == 0)
        return SNP_KEY_VCEK;
    return strcmp(name, "SEV-VLEK") == 0 ? SNP_KEY_VLEK : SNP_KEY_NONE;
}

/* One DER element of this tag, and nothing else in the extension. */
static status read_element(const struct certificate *certificate, const char *oid, uint8_t tag,
                           slice *out)
{
    slice value;
    TRY(certificate_extension(certificate, oid, &value));
    if (value.size == 0)
        return FAIL(MALFORMED, "an extension of the VCEK or VLEK is missing");
    struct reader reader = reader_of(value);
    TRY(der_expect(&reader, tag, out));
    return reader_finish(&reader);
}

static status read_level(const struct certificate *certificate, const char *oid, uint64_t *out)
{
    slice content;
    TRY(read_element(certificate, oid, DER_INTEGER, &content));
    return der_uint(content, out);
}

/* Structure 0 is Milan's and Genoa's, 1 is Turin's. */
static status read_structure(const struct certificate *certificate, struct snp_leaf *leaf)
{
    uint64_t version;
    TRY(read_level(certificate, AMD ".1", &version));
    if (version > 1)
        return FAIL(UNSUPPORTED, "the VCEK or VLEK is of a structure that we do not know");
    leaf->has_fmc = version == 1;
    return OK;
}

static status read_tcb(const struct certificate *certificate, bool has_fmc, struct snp_tcb *out)
{
    TRY(read_level(certificate, AMD ".3.1", &out->levels[SNP_BOOT_LOADER]));
    TRY(read_level(certificate, AMD ".3.2", &out->levels[SNP_TEE]));
    TRY(read_level(certificate, AMD ".3.3", &out->levels[SNP_SNP]));
    TRY(read_level(certificate, AMD ".3.8", &out->levels[SNP_MICROCODE]));
    return has_fmc ? read_level(certificate, AMD ".3.9", &out->levels[SNP_FMC]) : OK;
}

/* "Milan-B0" is Milan: the stepping follows the product. */
static enum snp_product product_of(slice name)
{
    const uint8_t *const dash = memchr(name.data, '-', name.size);
    return snp_product_named((slice){name.data, dash ? (size_t)(dash - name.data) : name.size});
}

static status read_product(const struct certificate *certificate, struct snp_leaf *leaf)
{
    TRY(read_element(certificate, AMD ".2", DER_IA5_STRING, &leaf->product_name));
    if (leaf->product_name.size == 0 || leaf->product_name.size > SNP_PRODUCT_NAME_SIZE_MAX)
        return FAIL(MALFORMED, "the product name in the VCEK or VLEK has no sensible length");
    leaf->product = product_of(leaf->product_name);
    return OK;
}

/* hwID is bare octets where every other extension is DER: a chip id may look like either. */
static status read_owner(const struct certificate *certificate, struct snp_leaf *leaf)
{
    slice csp_id;
    const size_t chip_id_size = leaf->has_fmc ? SNP_CHIP_ID_SIZE_TURIN : SNP_CHIP_ID_SIZE;
    TRY(certificate_extension(certificate, AMD ".4", &leaf->hw_id));
    TRY(certificate_extension(certificate, AMD ".5", &csp_id));
    if (leaf->kind == SNP_KEY_VCEK) {
        if (leaf->hw_id.size != chip_id_size)
            return FAIL(MALFORMED, "the VCEK has no hwID of the right size");
        return csp_id.size == 0 ? OK : FAIL(MALFORMED, "the VCEK names a cloud provider");
    }
    if (leaf->hw_id.size)
        return FAIL(MALFORMED, "the VLEK names a chip");
    TRY(read_element(certificate, AMD ".5", DER_IA5_STRING, &leaf->csp_id));
    return leaf->csp_id.size && leaf->csp_id.size <= SNP_CSP_ID_SIZE_MAX
               ? OK
               : FAIL(MALFORMED, "the provider's name in the VLEK has no sensible length");
}

status snp_leaf_read(const struct certificate *certificate, struct snp_leaf *out)
{
    struct snp_leaf leaf = {.kind = snp_leaf_kind(certificate)};
    if (leaf.kind == SNP_KEY_NONE)
        return FAIL(UNSUPPORTED, "the certificate is neither a VCEK nor a VLEK");
    TRY(read_product(certificate, &leaf));
    TRY(read_structure(certificate, &leaf));
    TRY(read_tcb(certificate, leaf.has_fmc, &leaf.tcb));
    TRY(read_owner(certificate, &leaf));
    *out = leaf;
    return OK;
}

void snp_leaf_chip_id(const struct snp_leaf *leaf, uint8_t out[SNP_CHIP_ID_SIZE])
{
    memset(out, 0, SNP_CHIP_ID_SIZE);
    if (leaf->hw_id.size && leaf->hw_id.size <= SNP_CHIP_ID_SIZE)
        memcpy(out, leaf->hw_id.data, leaf->hw_id.size);
}
