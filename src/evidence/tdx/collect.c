/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx/collect.h"

#include "codec/reader.h"
#include "evidence/eventlog/ccel.h"
#include "evidence/eventlog/registers.h"
#include "evidence/tdx/qgs.h"
#include "evidence/tdx/report.h"
#include "evidence/tsm.h"

enum { HEADER_SIZE = 48, REPORT_DATA_OFFSET_IN_BODY = 520 };

static const char *root_of(const struct collection *request)
{
    return request->tsm_root ? request->tsm_root : TSM_REPORT_ROOT;
}

/* Who names another place than the kernel's means that one, and not this machine's device. */
static bool has_only_device(const struct collection *where)
{
    return !where->tsm_root && !tsm_provides(TSM_REPORT_ROOT, "tdx_guest") && tdx_device_is_here();
}

bool tdx_is_here(const struct collection *where)
{
    return tsm_provides(root_of(where), "tdx_guest") || has_only_device(where);
}

/* spec: Intel TDX DCAP Quote Generation Library, "Quote Format": report data is at one place in
 * every TD body, and version 5 puts a type and a size before the body. */
static status carries_binding(const struct buffer *quote, slice binding)
{
    struct reader reader = reader_of(buffer_view(quote));
    const uint16_t version = read_le16(&reader);
    read_bytes(&reader, HEADER_SIZE - 2);
    if (version == 5) {
        read_le16(&reader); /* body type */
        read_le32(&reader); /* body size */
    }
    read_bytes(&reader, REPORT_DATA_OFFSET_IN_BODY);
    const slice report_data = read_bytes(&reader, BINDING_SIZE);
    if ((version != 4 && version != 5) || reader.short_of_input)
        return FAIL(UNSUPPORTED, "the TD returned a quote of an unknown version or size");
    return slice_equal(report_data, binding)
               ? OK
               : FAIL(UNAUTHENTIC, "the TD returned a quote for other report data");
}

/* The kernel makes a report, and the host a quote of it. */
static status collect_from_device(const struct collection *request, struct buffer *out_quote)
{
    uint8_t report[TDX_TDREPORT_SIZE];
    TRY(tdx_device_report(request->binding, report));
    return tdx_qgs_quote(request->qgs, SLICE(report), TDX_QGS_TIMEOUT_MS, out_quote);
}

static status leads_to_quote(slice log, slice bytes)
{
    enum { RTMR0_INDEX = 1, BOOT_RTMRS = 3 };
    struct dcap_quote quote;
    struct td_report report;
    struct registers registers;
    TRY(dcap_quote_read(bytes, DCAP_TEE_TDX, &quote));
    TRY(td_report_read(quote.body_type, quote.body, &report));
    TRY(registers_begin(HASH_SHA384, &registers));
    TRY(event_log_replay(EVENT_LOG_CC, log, &registers));
    for (size_t i = 0; i < BOOT_RTMRS; i++)
        if (!register_is(&registers, RTMR0_INDEX + i, report.fields[TD_RTMR0 + i]))
            return FAIL(UNEXPECTED, "the event log does not lead to the quote's registers");
    return OK;
}

void tdx_event_log(const char *path, slice quote, struct buffer *out)
{
    SCOPED(buffer) log = {0};
    if (!ccel_log_read(path, &log).fault && !leads_to_quote(buffer_view(&log), quote).fault)
        *out = buffer_take(&log);
}

status tdx_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements)
{
    SCOPED(buffer) quote = {0};
    SCOPED(buffer) log = {0};
    SCOPED(buffer) nothing = {0};
    if (has_only_device(request))
        TRY(collect_from_device(request, &quote));
    else
        TRY(tsm_report(root_of(request), "tdx_guest", request->binding, &quote, &nothing));
    TRY(carries_binding(&quote, request->binding));
    if (!request->tsm_root)
        tdx_event_log(CCEL_LOG_PATH, buffer_view(&quote), &log);
    *out_evidence = buffer_take(&quote);
    *out_endorsements = buffer_take(&log);
    return OK;
}
