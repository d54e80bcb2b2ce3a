/* SPDX-License-Identifier: Apache-2.0 */

/* QE identities are read before their signature is checked; what is read keeps the limits. */

#include "evidence/dcap/qe_identity.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct qe_identity identity;
    static const uint8_t report_bytes[SGX_REPORT_SIZE];
    struct sgx_report report;
    const status report_read = sgx_report_read(SLICE(report_bytes), &report);
    assert(!report_read.fault);
    if (qe_identity_read((slice){data, size}, &identity).fault)
        return 0;
    assert(identity.kind != QE_KIND_NONE);
    assert(identity.level_count > 0 && identity.level_count <= SVN_LEVELS_MAX);
    json_t *const body =
        json_loadb((const char *)identity.document.signed_bytes.data,
                   identity.document.signed_bytes.size, JSON_REJECT_DUPLICATES, NULL);
    assert(body && json_equal(body, identity.document.body));
    json_decref(body);
    const status matched = qe_identity_matches(&identity, &report);
    assert(!matched.fault || matched.fault->failure == FAILURE_UNAUTHENTIC);
    svn_level_match(identity.levels, identity.level_count, 4);
    qe_identity_clear(&identity);
    return 0;
}
