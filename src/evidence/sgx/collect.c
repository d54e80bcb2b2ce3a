/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sgx/collect.h"

#include "evidence/dcap/quote.h"
#include "evidence/sgx/gramine.h"
#include "evidence/sgx/occlum.h"

enum { WRITERS_MAX = 3 }; /* times we ask again because somebody else wrote report data */

/* Enclaves have no configfs-tsm: who names one means no enclave. */
bool sgx_is_here(const struct collection *where)
{
    return !where->tsm_root && (sgx_gramine_is_here() || sgx_occlum_is_here());
}

static status carries_binding(const struct buffer *evidence, slice binding)
{
    struct dcap_quote quote;
    struct sgx_report report;
    TRY(dcap_quote_read(buffer_view(evidence), DCAP_TEE_SGX, &quote));
    TRY(sgx_report_read(quote.body, &report));
    return slice_equal(report.report_data, binding)
               ? OK
               : FAIL(UNAUTHENTIC, "the enclave returned a quote for other report data");
}

/* All of an enclave's threads share Gramine's report data. */
static status ask_gramine(slice binding, struct buffer *out_quote)
{
    status carries = OK;
    for (int try = 0; try < WRITERS_MAX; try++) {
        buffer_clear(out_quote);
        TRY(sgx_gramine_quote(binding, out_quote));
        carries = carries_binding(out_quote, binding);
        if (!carries.fault || carries.fault->failure != FAILURE_UNAUTHENTIC)
            break;
    }
    return carries;
}

static status ask_occlum(slice binding, struct buffer *out_quote)
{
    TRY(sgx_occlum_quote(binding, out_quote));
    return carries_binding(out_quote, binding);
}

status sgx_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements)
{
    SCOPED(buffer) quote = {0};
    (void)out_endorsements; /* the quote has its certificates in it */
    if (request->tsm_root)
        return FAIL(UNAVAILABLE, "enclaves have no configfs-tsm");
    if (sgx_gramine_is_here())
        TRY(ask_gramine(request->binding, &quote));
    else if (sgx_occlum_is_here())
        TRY(ask_occlum(request->binding, &quote));
    else
        return FAIL(UNAVAILABLE, "neither Gramine's " GRAMINE_FOLDER " nor Occlum's " OCCLUM_DEVICE
                                 " is there: this is no enclave");
    *out_evidence = buffer_take(&quote);
    return OK;
}
