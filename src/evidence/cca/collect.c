/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/cca/collect.h"

#include "evidence/cca/token.h"
#include "evidence/tsm.h"

#define PROVIDER "arm_cca_guest"

static const char *root_of(const struct collection *request)
{
    return request->tsm_root ? request->tsm_root : TSM_REPORT_ROOT;
}

bool cca_is_here(const struct collection *where)
{
    return tsm_provides(root_of(where), PROVIDER);
}

static status carries_binding(slice evidence, slice binding)
{
    struct cca_token token;
    TRY(cca_token_read(evidence, &token));
    return slice_equal(token.realm_values[CCA_CHALLENGE].bytes, binding)
               ? OK
               : FAIL(UNAUTHENTIC, "the realm returned a token for another challenge");
}

status cca_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements)
{
    SCOPED(buffer) token = {0};
    SCOPED(buffer) nothing = {0};
    TRY(tsm_report(root_of(request), PROVIDER, request->binding, &token, &nothing));
    TRY(carries_binding(buffer_view(&token), request->binding));
    *out_evidence = buffer_take(&token);
    *out_endorsements = buffer_take(&nothing);
    return OK;
}
