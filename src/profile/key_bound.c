/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/key_bound.h"

#include "codec/cbor.h"
#include "evidence/dcap/quote.h"
#include "evidence/tdx/report.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_SIZE_MAX = 64,
    CLAIM_HEADS_SIZE = NAME_SIZE_MAX + 2 * 9,
};

/* ---- from the evidence ---- */

static void add(struct profile_claims *claims, const char *name, slice value)
{
    claims->items[claims->count].name = name;
    claims->items[claims->count].value = value;
    claims->count++;
}

static void add_number(struct profile_claims *claims, const char *name, size_t place,
                       uint16_t number)
{
    struct writer writer = writer_over(claims->numbers[place], sizeof claims->numbers[place]);
    write_le16(&writer, number);
    add(claims, name, SLICE(claims->numbers[place]));
}

/* Without what a quoting service pads it with. */
static void add_quote(struct profile_claims *claims, slice evidence, const struct dcap_quote *quote,
                      const char *type)
{
    add(claims, "common_quote", (slice){evidence.data, evidence.size - quote->trailing.size});
    add(claims, "common_quote_type", slice_of_text(type));
}

static status add_enclave(slice evidence, struct profile_claims *claims)
{
    struct dcap_quote quote;
    struct sgx_report report;
    TRY(dcap_quote_read(evidence, DCAP_TEE_SGX, &quote));
    TRY(sgx_report_read(quote.body, &report));
    add_quote(claims, evidence, &quote, "sgx_dcap");
    add(claims, "sgx_cpu_svn", report.cpusvn);
    add(claims, "sgx_isv_ext_prod_id", report.isvextprodid);
    add(claims, "sgx_attributes", report.attributes);
    add(claims, "sgx_mr_enclave", report.mrenclave);
    add(claims, "sgx_mr_signer", report.mrsigner);
    add(claims, "sgx_config_id", report.config_id);
    add_number(claims, "sgx_isv_prod_id", 0, report.isvprodid);
    add_number(claims, "sgx_isv_svn", 1, report.isvsvn);
    add_number(claims, "sgx_config_svn", 2, report.configsvn);
    add(claims, "sgx_isv_family_id", report.isvfamilyid);
    return OK;
}

/* In the order of the report; the last two from 1.5 on. */
static const struct {
    enum td_field field;
    const char *name;
} td_names[] = {
    {TD_TEE_TCB_SVN, "tdx_tee_tcb_svn"},
    {TD_MRSEAM, "tdx_mr_seam"},
    {TD_MRSIGNERSEAM, "tdx_mrsigner_seam"},
    {TD_SEAM_ATTRIBUTES, "tdx_seam_attributes"},
    {TD_ATTRIBUTES, "tdx_td_attributes"},
    {TD_XFAM, "tdx_xfam"},
    {TD_MRTD, "tdx_mr_td"},
    {TD_MRCONFIGID, "tdx_mr_config_id"},
    {TD_MROWNER, "tdx_mr_owner"},
    {TD_MROWNERCONFIG, "tdx_mr_owner_config"},
    {TD_RTMR0, "tdx_rt_mr0"},
    {TD_RTMR1, "tdx_rt_mr1"},
    {TD_RTMR2, "tdx_rt_mr2"},
    {TD_RTMR3, "tdx_rt_mr3"},
    {TD_TEE_TCB_SVN2, "tdx_tee_tcb_svn2"},
    {TD_MRSERVICETD, "tdx_mr_servicetd"},
};

static status add_td(slice evidence, struct profile_claims *claims)
{
    struct dcap_quote quote;
    struct td_report report;
    TRY(dcap_quote_read(evidence, DCAP_TEE_TDX, &quote));
    TRY(td_report_read(quote.body_type, quote.body, &report));
    add_quote(claims, evidence, &quote, "tdx");
    for (size_t i = 0; i < sizeof td_names / sizeof *td_names; i++)
        if (report.fields[td_names[i].field].size)
            add(claims, td_names[i].name, report.fields[td_names[i].field]);
    return OK;
}

status profile_claims_of(slice evidence, struct profile_claims *out)
{
    out->count = 0;
    if (dcap_quote_begins(evidence, DCAP_TEE_SGX))
        return add_enclave(evidence, out);
    if (dcap_quote_begins(evidence, DCAP_TEE_TDX))
        return add_td(evidence, out);
    return FAIL(UNSUPPORTED, "there are no names for the claims of this evidence");
}

/* ---- as a map ---- */

status profile_claims_write(const struct profile_claims *claims, struct buffer *out)
{
    slice written;
    size_t size = CLAIM_HEADS_SIZE;
    for (size_t i = 0; i < claims->count; i++)
        size += CLAIM_HEADS_SIZE + claims->items[i].value.size;
    SCOPED(buffer) space = {.data = malloc(size), .size = size, .capacity = size};
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for a map of claims");
    struct writer writer = writer_over(space.data, space.size);
    cbor_write_map(&writer, claims->count);
    for (size_t i = 0; i < claims->count; i++) {
        cbor_write_text(&writer, slice_of_text(claims->items[i].name));
        cbor_write_bytes(&writer, claims->items[i].value);
    }
    TRY(writer_finish(&writer, &written));
    space.size = written.size;
    *out = buffer_take(&space);
    return OK;
}

status profile_claims_block_write(struct writer *record, uint8_t index, enum hash hash,
                                  const struct profile_claims *claims)
{
    SCOPED(buffer) map = {0};
    struct digest digest = {0};
    struct spdm_measurement_block block = {
        .index = index,
        .specification = SPDM_MEASUREMENT_SPECIFICATION_DMTF,
        .is_raw = hash == HASH_NONE,
        .kind = SPDM_MEASUREMENT_MANIFEST,
    };
    TRY(profile_claims_write(claims, &map));
    if (!block.is_raw)
        TRY(digest_of(hash, buffer_view(&map), &digest));
    block.value = block.is_raw ? buffer_view(&map) : (slice){digest.data, digest.size};
    if (block.value.size > SPDM_MEASUREMENT_VALUE_SIZE_MAX)
        return FAIL(EXHAUSTED, "claims are larger than a measurement block");
    spdm_measurement_block_write(record, &block);
    return OK;
}

/* ---- held against the evidence ---- */

static bool says(const struct profile_claims *claims, slice name, slice value)
{
    for (size_t i = 0; i < claims->count; i++)
        if (slice_equal(name, slice_of_text(claims->items[i].name)))
            return slice_equal(value, claims->items[i].value);
    return false;
}

/* Others write the map with their keys in the order in which they think of them. */
static status check_map(slice map, const struct profile_claims *claims)
{
    struct cbor_member members[PROFILE_CLAIMS_MAX];
    struct reader reader = reader_of(map);
    size_t count;
    TRY(cbor_tolerant_read_map(&reader, PROFILE_CLAIMS_MAX, members, &count));
    TRY(reader_finish(&reader));
    for (size_t i = 0; i < count; i++) {
        struct reader key = reader_of(members[i].key), content = reader_of(members[i].value);
        slice name, value;
        TRY(cbor_read_text(&key, NAME_SIZE_MAX, &name));
        TRY(cbor_read_bytes(&content, SPDM_MEASUREMENT_VALUE_SIZE_MAX, &value));
        if (!says(claims, name, value))
            return FAIL(UNAUTHENTIC, "a measured claim is not what the evidence says");
    }
    return count ? OK : FAIL(UNEXPECTED, "a measurement manifest without claims");
}

static status check_digest(slice value, enum hash hash, const struct profile_claims *claims)
{
    SCOPED(buffer) map = {0};
    struct digest digest = {0};
    TRY(profile_claims_write(claims, &map));
    if (hash != HASH_NONE)
        TRY(digest_of(hash, buffer_view(&map), &digest));
    return digest.size && slice_equal(value, (slice){digest.data, digest.size})
               ? OK
               : FAIL(UNAUTHENTIC, "the digest of measured claims is not that of the evidence's");
}

static bool has_claims(const struct spdm_measurement_block *block)
{
    return (block->index == PROFILE_INDEX_RATS || block->index == SPDM_INDEX_MANIFEST) &&
           block->specification == SPDM_MEASUREMENT_SPECIFICATION_DMTF &&
           block->kind == SPDM_MEASUREMENT_MANIFEST;
}

status profile_claims_check(slice record, enum hash hash, const struct profile_claims *claims)
{
    struct reader blocks = reader_of(record);
    bool any = false;
    while (blocks.left.size) {
        struct spdm_measurement_block block;
        TRY(spdm_measurement_block_read(&blocks, &block));
        if (!has_claims(&block))
            continue;
        TRY(block.is_raw ? check_map(block.value, claims)
                         : check_digest(block.value, hash, claims));
        any = true;
    }
    return any ? OK : FAIL(UNEXPECTED, "no claims among the measurements");
}
