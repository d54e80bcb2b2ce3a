/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/pck.h"

#include "codec/text.h"
#include "crypto/der.h"

#include <string.h>

#define SGX_EXTENSION_OID "1.2.840.113741.1.13.1"

enum { TAG_BOOLEAN = 0x01, TAG_INTEGER = 0x02, TAG_OCTETS = 0x04, TAG_OID = 0x06 };
enum { TAG_ENUMERATED = 0x0a, TAG_SEQUENCE = 0x30 };
enum { CERTIFICATES = 3 };

/* One { OID, value } pair of the extension, wherever it is nested. */
struct field {
    slice oid;
    struct der_element value;
};

static status read_field(struct reader *reader, struct field *out)
{
    slice pair;
    TRY(der_expect(reader, TAG_SEQUENCE, &pair));
    struct reader inside = reader_of(pair);
    TRY(der_expect(&inside, TAG_OID, &out->oid));
    TRY(der_read(&inside, &out->value));
    return reader_finish(&inside);
}

static status read_octets(const struct field *field, uint8_t *out, size_t size)
{
    if (field->value.tag != TAG_OCTETS || field->value.content.size != size)
        return FAIL(MALFORMED, "a field of the PCK extension has another type or size");
    memcpy(out, field->value.content.data, size);
    return OK;
}

static status read_number(const struct field *field, uint8_t tag, uint64_t most, uint64_t *out)
{
    if (field->value.tag != tag)
        return FAIL(MALFORMED, "a number of the PCK extension has another type");
    TRY(der_uint(field->value.content, out));
    return *out <= most ? OK : FAIL(MALFORMED, "a number of the PCK extension is too large");
}

/* Marks `index` as met; a field met twice fails. */
static status once(uint32_t *met, unsigned index)
{
    if (*met & 1u << index)
        return FAIL(MALFORMED, "a field of the PCK extension occurs twice");
    *met |= 1u << index;
    return OK;
}

/* Which of `oids` the field is; `count` when none. */
static unsigned index_of(const struct field *field, const char *const *oids, unsigned count)
{
    unsigned index = 0;
    while (index < count && !der_oid_is(field->oid, oids[index]))
        index++;
    return index;
}

enum { PCESVN_FIELD = TCB_COMPONENTS, CPUSVN_FIELD, TCB_FIELDS };

static const char *const tcb_oids[TCB_FIELDS] = {
    SGX_EXTENSION_OID ".2.1",  SGX_EXTENSION_OID ".2.2",  SGX_EXTENSION_OID ".2.3",
    SGX_EXTENSION_OID ".2.4",  SGX_EXTENSION_OID ".2.5",  SGX_EXTENSION_OID ".2.6",
    SGX_EXTENSION_OID ".2.7",  SGX_EXTENSION_OID ".2.8",  SGX_EXTENSION_OID ".2.9",
    SGX_EXTENSION_OID ".2.10", SGX_EXTENSION_OID ".2.11", SGX_EXTENSION_OID ".2.12",
    SGX_EXTENSION_OID ".2.13", SGX_EXTENSION_OID ".2.14", SGX_EXTENSION_OID ".2.15",
    SGX_EXTENSION_OID ".2.16", SGX_EXTENSION_OID ".2.17", SGX_EXTENSION_OID ".2.18",
};

static status read_tcb_field(const struct field *field, unsigned index, struct pck_extension *out)
{
    uint64_t svn;
    if (index == CPUSVN_FIELD)
        return read_octets(field, out->cpusvn, CPUSVN_SIZE);
    if (index == PCESVN_FIELD) {
        TRY(read_number(field, TAG_INTEGER, UINT16_MAX, &svn));
        out->pcesvn = (uint16_t)svn;
        return OK;
    }
    TRY(read_number(field, TAG_INTEGER, UINT8_MAX, &svn));
    out->components[index] = (uint8_t)svn;
    return OK;
}

static status read_tcb(const struct field *tcb, struct pck_extension *out)
{
    if (tcb->value.tag != TAG_SEQUENCE)
        return FAIL(MALFORMED, "the TCB of the PCK extension is not a sequence");
    struct reader reader = reader_of(tcb->value.content);
    uint32_t met = 0;
    while (reader.left.size) {
        struct field field;
        TRY(read_field(&reader, &field));
        const unsigned index = index_of(&field, tcb_oids, TCB_FIELDS);
        if (index == TCB_FIELDS)
            return FAIL(MALFORMED, "the TCB of the PCK extension has an unknown field");
        TRY(once(&met, index));
        TRY(read_tcb_field(&field, index, out));
    }
    return met == (1u << TCB_FIELDS) - 1
               ? OK
               : FAIL(MALFORMED, "the TCB of the PCK extension lacks a field");
}

static status read_configuration(const struct field *configuration, struct pck_extension *out)
{
    static const char *const oids[PCK_CONFIGURATION_FLAGS] = {
        SGX_EXTENSION_OID ".7.1", SGX_EXTENSION_OID ".7.2", SGX_EXTENSION_OID ".7.3"};
    if (configuration->value.tag != TAG_SEQUENCE)
        return FAIL(MALFORMED, "the configuration of the PCK extension is not a sequence");
    struct reader reader = reader_of(configuration->value.content);
    uint32_t met = 0;
    while (reader.left.size) {
        struct field field;
        TRY(read_field(&reader, &field));
        const unsigned index = index_of(&field, oids, PCK_CONFIGURATION_FLAGS);
        if (index == PCK_CONFIGURATION_FLAGS || field.value.tag != TAG_BOOLEAN ||
            field.value.content.size != 1)
            return FAIL(MALFORMED, "the configuration of the PCK extension has a wrong field");
        TRY(once(&met, index));
        const uint8_t octet = field.value.content.data[0];
        if (octet != 0x00 && octet != 0xff)
            return FAIL(MALFORMED, "a BOOLEAN of the PCK extension is not DER");
        out->configuration[index] = octet;
    }
    return met == (1u << PCK_CONFIGURATION_FLAGS) - 1
               ? OK
               : FAIL(MALFORMED, "the configuration of the PCK extension lacks a field");
}

enum { PPID, TCB, PCEID, FMSPC, SGX_TYPE, PLATFORM_INSTANCE, CONFIGURATION, EXTENSION_FIELDS };

static status read_extension_field(const struct field *field, unsigned index,
                                   struct pck_extension *out)
{
    uint64_t type;
    switch (index) {
    case PPID:
        return read_octets(field, out->ppid, PPID_SIZE);
    case TCB:
        return read_tcb(field, out);
    case PCEID:
        return read_octets(field, out->pceid, PCEID_SIZE);
    case FMSPC:
        return read_octets(field, out->fmspc, FMSPC_SIZE);
    case SGX_TYPE:
        TRY(read_number(field, TAG_ENUMERATED, UINT8_MAX, &type));
        out->sgx_type = (uint8_t)type;
        return OK;
    case PLATFORM_INSTANCE:
        return read_octets(field, out->platform_instance, PLATFORM_INSTANCE_SIZE);
    case CONFIGURATION:
        return read_configuration(field, out);
    default:
        return FAIL(MALFORMED, "the PCK extension has an unknown field");
    }
}

status pck_extension_read(slice der, struct pck_extension *out)
{
    static const char *const oids[EXTENSION_FIELDS] = {
        SGX_EXTENSION_OID ".1", SGX_EXTENSION_OID ".2", SGX_EXTENSION_OID ".3",
        SGX_EXTENSION_OID ".4", SGX_EXTENSION_OID ".5", SGX_EXTENSION_OID ".6",
        SGX_EXTENSION_OID ".7"};
    enum {
        BY_PROCESSOR_CA = 1 << PPID | 1 << TCB | 1 << PCEID | 1 << FMSPC | 1 << SGX_TYPE,
        BY_PLATFORM_CA = BY_PROCESSOR_CA | 1 << PLATFORM_INSTANCE | 1 << CONFIGURATION
    };
    struct pck_extension extension = {0};
    slice fields;
    struct reader outer = reader_of(der);
    TRY(der_expect(&outer, TAG_SEQUENCE, &fields));
    TRY(reader_finish(&outer));

    struct reader reader = reader_of(fields);
    uint32_t met = 0;
    while (reader.left.size) {
        struct field field;
        TRY(read_field(&reader, &field));
        const unsigned index = index_of(&field, oids, EXTENSION_FIELDS);
        TRY(once(&met, index));
        TRY(read_extension_field(&field, index, &extension));
    }
    if (met != BY_PROCESSOR_CA && met != BY_PLATFORM_CA)
        return FAIL(MALFORMED, "the PCK extension lacks a field");
    extension.of_platform_ca = met == BY_PLATFORM_CA;
    *out = extension;
    return OK;
}

status pck_extension_of(const struct certificate *leaf, struct pck_extension *out)
{
    slice der;
    TRY(certificate_extension(leaf, SGX_EXTENSION_OID, &der));
    if (der.size == 0)
        return FAIL(MALFORMED, "the PCK certificate has no SGX extension");
    return pck_extension_read(der, out);
}

void pck_chain_clear(struct pck_chain *chain)
{
    certificate_clear(&chain->leaf);
    certificate_clear(&chain->ca);
    certificate_clear(&chain->root);
}

struct pile {
    struct certificate certificates[CERTIFICATES];
    size_t count;
};

static void pile_clear(struct pile *pile)
{
    for (size_t i = 0; i < pile->count; i++)
        certificate_clear(&pile->certificates[i]);
    pile->count = 0;
}

static status pile_add(struct pile *pile, slice der)
{
    if (pile->count == CERTIFICATES)
        return FAIL(MALFORMED, "the PCK chain has more than three certificates");
    TRY(certificate_read(der, &pile->certificates[pile->count]));
    pile->count++;
    return OK;
}

static status read_pem(slice text, struct pile *pile)
{
    char label[PEM_LABEL_SIZE_MAX];
    for (;;) {
        SCOPED(buffer) der = {0};
        const status result = pem_read_next(&text, label, &der);
        if (result.fault && result.fault->failure == FAILURE_UNEXPECTED)
            return OK; /* no block is left */
        TRY(result);
        if (strcmp(label, "CERTIFICATE") != 0)
            return FAIL(MALFORMED, "the PCK chain holds something else than certificates");
        TRY(pile_add(pile, buffer_view(&der)));
    }
}

static status read_der(slice bytes, struct pile *pile)
{
    struct reader reader = reader_of(bytes);
    while (reader.left.size) {
        const uint8_t *const begin = reader.left.data;
        struct der_element element;
        TRY(der_read(&reader, &element));
        TRY(pile_add(pile, (slice){begin, (size_t)(reader.left.data - begin)}));
    }
    return OK;
}

static bool is_named(const struct certificate *certificate, const char *name)
{
    char have[COMMON_NAME_SIZE_MAX];
    certificate_common_name(certificate, have);
    return strcmp(have, name) == 0;
}

bool pck_is_named(const struct certificate *certificate)
{
    return is_named(certificate, "Intel SGX PCK Certificate");
}

static status sort_chain(struct pile *pile, struct pck_chain *out)
{
    struct pck_chain chain = {0};
    for (size_t i = 0; i < pile->count; i++) {
        struct certificate *const next = &pile->certificates[i];
        struct certificate *const place = certificate_is_self_issued(next) ? &chain.root
                                          : pck_is_named(next)             ? &chain.leaf
                                                                           : &chain.ca;
        if (place->x509)
            return FAIL(MALFORMED, "the PCK chain is not leaf, CA and root");
        *place = *next;
    }
    pile->count = 0; /* the chain owns them now */
    *out = chain;
    return OK;
}

static status read_pile(slice certification, struct pile *pile)
{
    enum { DER_BEGINS_WITH = TAG_SEQUENCE };
    return certification.size && certification.data[0] == DER_BEGINS_WITH
               ? read_der(certification, pile)
               : read_pem(certification, pile);
}

status pck_chain_read(slice certification, struct pck_chain *out)
{
    SCOPED(pile) pile = {0};
    TRY(read_pile(certification, &pile));
    if (pile.count != CERTIFICATES)
        return FAIL(MALFORMED, "the PCK chain has not three certificates");
    return sort_chain(&pile, out);
}

status pck_leaf_read(slice certification, struct certificate *out)
{
    SCOPED(pile) pile = {0};
    TRY(read_pile(certification, &pile));
    if (pile.count != 1 || !pck_is_named(&pile.certificates[0]))
        return FAIL(MALFORMED, "the certification data is not one PCK certificate");
    *out = pile.certificates[0];
    pile.count = 0;
    return OK;
}

/* Names matter below the root: one root signs PCK CAs, whose chains end in machines' keys, and
 * the TCB signer, and neither may stand in for the other. */
status pck_chain_verify(const struct pck_chain *chain)
{
    if (!is_named(&chain->ca, "Intel SGX PCK Platform CA") &&
        !is_named(&chain->ca, "Intel SGX PCK Processor CA"))
        return FAIL(UNAUTHENTIC, "the PCK certificate was not issued by a PCK CA");
    TRY(certificate_issued_by(&chain->root, &chain->root, SIGNATURE_ECDSA_SHA256, 1));
    TRY(certificate_issued_by(&chain->ca, &chain->root, SIGNATURE_ECDSA_SHA256, 1));
    return certificate_issued_by(&chain->leaf, &chain->ca, SIGNATURE_ECDSA_SHA256, 0);
}
