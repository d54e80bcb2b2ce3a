/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/amd.h"

#include "codec/writer.h"
#include "crypto/der.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DAY_S ((int64_t)24 * 3600)

enum {
    AUTHORITY_DAYS = 25 * 365,
    VCEK_DAYS = 2557,
    CRL_DAYS = 365,
    SKEW_S = 3600, /* so that a clock slightly behind ours finds things already valid */
    DER_INTEGER = 0x02,
    DER_IA5_STRING = 0x16,
    TURIN_CHIP_ID_SIZE = 8,
    TABLE_ENTRY_SIZE = 24,
    VCEK_EXTENSIONS_MAX = 16,
};

/* Real ones too have the product in the serial number's third byte. */
static const struct product {
    const char *name;
    const char *vcek_name;
    const char *ark, *ask; /* how their subjects end */
    uint64_t serial;
} products[] = {
#define WITH_CN(name) "/C=US/L=Santa Clara/ST=CA/O=cix simulator/CN=" name
    [SIM_MILAN] = {"Milan", "Milan-B0", WITH_CN("ARK-Milan"), WITH_CN("SEV-Milan"), 0x10000},
    [SIM_GENOA] = {"Genoa", "Genoa", WITH_CN("ARK-Genoa"), WITH_CN("SEV-Genoa"), 0x20000},
    [SIM_TURIN] = {"Turin", "Turin", WITH_CN("ARK-Turin"), WITH_CN("SEV-Turin"), 0x30000},
};

static bool exists(enum sim_product product)
{
    return product > SIM_PRODUCT_NONE && product < SIM_PRODUCT_END;
}

const char *sim_product_name(enum sim_product product)
{
    return exists(product) ? products[product].name : NULL;
}

enum sim_product sim_product_named(const char *name)
{
    for (enum sim_product product = SIM_MILAN; product < SIM_PRODUCT_END; product++)
        if (strcasecmp(products[product].name, name) == 0)
            return product;
    return SIM_PRODUCT_NONE;
}

static status issue(const struct certificate_request *request, const struct private_key *subject,
                    const struct certificate *issuer, const struct private_key *signer,
                    struct certificate *out)
{
    SCOPED(public_key) key = {0};
    TRY(private_key_public(subject, &key));
    return certificate_issue(request, &key, issuer, signer, SIGNATURE_RSA_PSS_SHA384, out);
}

static status issue_pair(struct sim_state *state, enum sim_product product)
{
    char ark_subject[SIM_SUBJECT_SIZE], ask_subject[SIM_SUBJECT_SIZE];
    sim_state_subject(state, "OU=", products[product].ark, ark_subject);
    sim_state_subject(state, "OU=", products[product].ask, ask_subject);
    const struct certificate_request ark = {
        .subject = ark_subject,
        .serial = products[product].serial,
        .not_before_s = state->made_s - SKEW_S,
        .not_after_s = state->made_s + AUTHORITY_DAYS * DAY_S,
        .is_ca = true,
        .path_length = -1,
    };
    struct certificate_request ask = ark;
    ask.subject = ask_subject;
    ask.serial++;
    ask.path_length = 0;
    TRY(issue(&ark, &state->keys.ark, NULL, &state->keys.ark, &state->ark[product]));
    return issue(&ask, &state->keys.ask, &state->ark[product], &state->keys.ark,
                 &state->ask[product]);
}

status sim_amd_issue_authorities(struct sim_state *state)
{
    for (enum sim_product product = SIM_MILAN; product < SIM_PRODUCT_END; product++)
        TRY(issue_pair(state, product));
    return OK;
}

/* The extensions of one VCEK: their values live in `bytes`. */
struct extensions {
    struct certificate_extension_entry entries[VCEK_EXTENSIONS_MAX];
    struct buffer bytes[VCEK_EXTENSIONS_MAX];
    size_t count;
};

static void extensions_clear(struct extensions *extensions)
{
    for (size_t i = 0; i < extensions->count; i++)
        buffer_clear(&extensions->bytes[i]);
    *extensions = (struct extensions){0};
}

static void add_value(struct extensions *extensions, const char *oid)
{
    struct certificate_extension_entry *const entry = &extensions->entries[extensions->count];
    entry->oid = oid;
    entry->value = buffer_view(&extensions->bytes[extensions->count++]);
}

static status add_number(struct extensions *extensions, const char *oid, uint8_t value)
{
    TRY(der_write_uint(&extensions->bytes[extensions->count], value));
    add_value(extensions, oid);
    return OK;
}

static status add_text(struct extensions *extensions, const char *oid, const char *value)
{
    TRY(der_write(&extensions->bytes[extensions->count], DER_IA5_STRING, slice_of_text(value)));
    add_value(extensions, oid);
    return OK;
}

static status add_raw(struct extensions *extensions, const char *oid, slice value)
{
    TRY(buffer_append(&extensions->bytes[extensions->count], value));
    add_value(extensions, oid);
    return OK;
}

#define AMD "1.3.6.1.4.1.3704.1"

static status vcek_extensions(enum sim_product product, const struct sim_snp_tcb *tcb,
                              slice chip_id, struct extensions *out)
{
    const bool is_turin = product == SIM_TURIN;
    TRY(add_number(out, AMD ".1", is_turin ? 1 : 0)); /* structVersion */
    TRY(add_text(out, AMD ".2", products[product].vcek_name));
    if (is_turin)
        TRY(add_number(out, AMD ".3.9", tcb->fmc));
    TRY(add_number(out, AMD ".3.1", tcb->boot_loader));
    TRY(add_number(out, AMD ".3.2", tcb->tee));
    TRY(add_number(out, AMD ".3.3", tcb->snp));
    if (!is_turin)
        TRY(add_number(out, AMD ".3.4", 0));
    TRY(add_number(out, AMD ".3.5", 0));
    TRY(add_number(out, AMD ".3.6", 0));
    TRY(add_number(out, AMD ".3.7", 0));
    TRY(add_number(out, AMD ".3.8", tcb->microcode));
    /* hwID is bare octets where every other value is DER. */
    const slice hw_id = {chip_id.data, is_turin ? TURIN_CHIP_ID_SIZE : chip_id.size};
    return add_raw(out, AMD ".4", hw_id);
}

status sim_amd_vcek(const struct sim_state *state, enum sim_product product,
                    const struct sim_snp_tcb *tcb, slice chip_id, struct certificate *out)
{
    SCOPED(extensions) extensions = {0};
    if (!exists(product) || chip_id.size != SIM_CHIP_ID_SIZE)
        return FAIL(UNSUPPORTED, "no such simulated AMD chip");
    TRY(vcek_extensions(product, tcb, chip_id, &extensions));
    char subject[SIM_SUBJECT_SIZE];
    sim_state_subject(state, "OU=", WITH_CN("SEV-VCEK"), subject);
    const struct certificate_request request = {
        .subject = subject,
        .serial = 0, /* as AMD's */
        .not_before_s = state->made_s - SKEW_S,
        .not_after_s = state->made_s + VCEK_DAYS * DAY_S,
        .path_length = -1,
        .extensions = extensions.entries,
        .extension_count = extensions.count,
    };
    return issue(&request, &state->keys.vcek, &state->ask[product], &state->keys.ask, out);
}

status sim_amd_crl(const struct sim_state *state, enum sim_product product, int64_t now_s,
                   struct buffer *out_der)
{
    if (!exists(product))
        return FAIL(UNSUPPORTED, "no such simulated AMD product");
    return crl_issue(&state->ark[product], &state->keys.ark, SIGNATURE_RSA_PSS_SHA384,
                     now_s - SKEW_S, now_s + CRL_DAYS * DAY_S, NULL, 0, out_der);
}

/* GUIDs in the order of their text. spec: AMD GHCB, "SNP Extended Guest Request" */
static const uint8_t guid_ark[16] = {0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,
                                     0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae};
static const uint8_t guid_ask[16] = {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
                                     0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82};
static const uint8_t guid_vcek[16] = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                                      0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};

struct row {
    const uint8_t *guid;
    const struct certificate *certificate;
    struct buffer der;
};

static status write_table(const struct row *rows, size_t count, struct buffer *out_table)
{
    uint8_t space[TABLE_ENTRY_SIZE];
    size_t offset = (count + 1) * TABLE_ENTRY_SIZE; /* a zero entry closes the list */
    for (size_t i = 0; i <= count; i++) {
        struct writer writer = writer_over(space, sizeof space);
        slice entry;
        write_bytes(&writer, i < count ? (slice){rows[i].guid, 16} : (slice){(uint8_t[16]){0}, 16});
        write_le32(&writer, i < count ? (uint32_t)offset : 0);
        write_le32(&writer, i < count ? (uint32_t)rows[i].der.size : 0);
        TRY(writer_finish(&writer, &entry));
        TRY(buffer_append(out_table, entry));
        offset += i < count ? rows[i].der.size : 0;
    }
    for (size_t i = 0; i < count; i++)
        TRY(buffer_append(out_table, buffer_view(&rows[i].der)));
    return OK;
}

status sim_amd_certificate_table(const struct sim_state *state, enum sim_product product,
                                 const struct certificate *vcek, struct buffer *out_table)
{
    if (!exists(product))
        return FAIL(UNSUPPORTED, "no such simulated AMD product");
    struct row rows[] = {
        {guid_ark, &state->ark[product], {0}},
        {guid_ask, &state->ask[product], {0}},
        {guid_vcek, vcek, {0}},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    SCOPED(buffer) table = {0};
    status result = OK;
    for (size_t i = 0; i < ROWS && !result.fault; i++)
        result = certificate_der(rows[i].certificate, &rows[i].der);
    if (!result.fault)
        result = write_table(rows, ROWS, &table);
    for (size_t i = 0; i < ROWS; i++)
        buffer_clear(&rows[i].der);
    TRY(result);
    *out_table = buffer_take(&table);
    return OK;
}
