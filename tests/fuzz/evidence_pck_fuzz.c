/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a quote brings to certify itself: after a first byte that is even, the SGX extension of a
 * PCK certificate, else a chain of certificates. An extension that is read, written again field by
 * field in the order of their numbers, is read as the same.
 */

#include "crypto/der.h"
#include "evidence/dcap/pck.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SGX "1.2.840.113741.1.13.1"

static void must(status result)
{
    assert(!result.fault);
}

static void add(struct buffer *list, const char *oid, uint8_t tag, slice content)
{
    SCOPED(buffer) pair = {0};
    must(der_write_oid(&pair, oid));
    must(der_write(&pair, tag, content));
    must(der_write(list, 0x30, buffer_view(&pair)));
}

static void add_number(struct buffer *list, const char *oid, uint64_t number)
{
    SCOPED(buffer) pair = {0};
    must(der_write_oid(&pair, oid));
    must(der_write_uint(&pair, number));
    must(der_write(list, 0x30, buffer_view(&pair)));
}

static void add_tcb(struct buffer *list, const struct pck_extension *extension)
{
    SCOPED(buffer) tcb = {0};
    for (int i = 0; i < TCB_COMPONENTS; i++) {
        char oid[64];
        snprintf(oid, sizeof oid, SGX ".2.%d", i + 1);
        add_number(&tcb, oid, extension->components[i]);
    }
    add_number(&tcb, SGX ".2.17", extension->pcesvn);
    add(&tcb, SGX ".2.18", 0x04, SLICE(extension->cpusvn));
    add(list, SGX ".2", 0x30, buffer_view(&tcb));
}

static void add_platform(struct buffer *list, const struct pck_extension *extension)
{
    static const char *const oids[] = {SGX ".7.1", SGX ".7.2", SGX ".7.3"};
    SCOPED(buffer) flags = {0};
    add(list, SGX ".6", 0x04, SLICE(extension->platform_instance));
    for (size_t i = 0; i < PCK_CONFIGURATION_FLAGS; i++)
        add(&flags, oids[i], 0x01, (slice){&extension->configuration[i], 1});
    add(list, SGX ".7", 0x30, buffer_view(&flags));
}

static void read_again(const struct pck_extension *extension)
{
    struct pck_extension again;
    SCOPED(buffer) list = {0};
    SCOPED(buffer) der = {0};
    add(&list, SGX ".1", 0x04, SLICE(extension->ppid));
    add_tcb(&list, extension);
    add(&list, SGX ".3", 0x04, SLICE(extension->pceid));
    add(&list, SGX ".4", 0x04, SLICE(extension->fmspc));
    add(&list, SGX ".5", 0x0a, (slice){&extension->sgx_type, 1});
    if (extension->of_platform_ca)
        add_platform(&list, extension);
    must(der_write(&der, 0x30, buffer_view(&list)));
    if (extension->sgx_type < 0x80) /* above, it needs a zero in front */
        must(pck_extension_read(buffer_view(&der), &again));
}

static void read_chain(slice bytes)
{
    SCOPED(pck_chain) chain = {0};
    struct pck_extension extension;
    if (pck_chain_read(bytes, &chain).fault) {
        assert(!chain.leaf.x509 && !chain.ca.x509 && !chain.root.x509);
        return;
    }
    assert(chain.leaf.x509 && chain.ca.x509 && chain.root.x509);
    if (!pck_chain_verify(&chain).fault)
        assert(certificate_is_self_issued(&chain.root));
    if (!pck_extension_of(&chain.leaf, &extension).fault)
        read_again(&extension);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pck_extension extension;
    if (size == 0)
        return 0;
    const slice rest = {data + 1, size - 1};
    if (data[0] & 1)
        read_chain(rest);
    else if (!pck_extension_read(rest, &extension).fault)
        read_again(&extension);
    return 0;
}
