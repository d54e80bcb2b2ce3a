/* SPDX-License-Identifier: Apache-2.0 */

/* An SEV report or PDH and the platform's certificates from a stranger: a u16 gives the size of the
 * evidence, the rest is certificates. Nobody trusts what they end in. */

#include "codec/reader.h"
#include "evidence/sev/verify.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct platform sev_platform;

static void check_certificates(slice file)
{
    struct sev_authority authority;
    struct sev_certificate certificate;
    struct public_key key = {0};
    const size_t size = sev_certificate_begins(file);
    assert(size == 0 || size == SEV_AUTHORITY_SIZE_2048 || size == SEV_AUTHORITY_SIZE_4096 ||
           size == SEV_CERTIFICATE_SIZE);
    if (size && size <= file.size && size != SEV_CERTIFICATE_SIZE) {
        assert(!sev_authority_read((slice){file.data, size}, &authority).fault);
        assert(authority.signature.data + authority.signature.size == file.data + size);
    }
    if (size == SEV_CERTIFICATE_SIZE && size <= file.size)
        assert(!sev_certificate_read((slice){file.data, size}, &certificate).fault);
    if (!sev_anchor_read(file, &key).fault)
        assert(file.size == size && size != SEV_CERTIFICATE_SIZE);
    public_key_clear(&key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct facts facts;
    static const uint8_t binding[BINDING_SIZE];
    struct sev_evidence evidence;
    struct reader reader = reader_of((slice){data, size});
    const size_t wanted = read_le16(&reader);
    const slice bytes = read_bytes(&reader, wanted < reader.left.size ? wanted : reader.left.size);
    const slice file = reader.left;
    const bool is_read = !sev_evidence_read(bytes, &evidence).fault;
    SCOPED(endorsements) endorsements = {0};
    struct verification request = {.evidence = bytes, .endorsements = &endorsements, .now_s = 1};

    if (sev_platform.recognises(bytes))
        assert(is_read);
    if (is_read)
        assert(bytes.size == (evidence.is_report ? SEV_REPORT_SIZE : SEV_CERTIFICATE_SIZE));
    check_certificates(file);
    (void)!endorsements_add(&endorsements, file).fault;
    memset(&facts, 0, sizeof facts);
    assert(!sev_platform.inspect(bytes, &endorsements, &facts).fault == is_read);
    memset(&facts, 0, sizeof facts);
    request.binding = SLICE(binding);
    assert(!sev_platform.verify(&request, &facts).fault == is_read);
    assert(!facts_authentic(&facts)); /* whoever signed it: it is bound to nothing */
    return 0;
}
