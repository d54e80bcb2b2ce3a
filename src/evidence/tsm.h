/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kernel's configfs-tsm report interface, with its rules: one directory a request, exactly 64
 * bytes in, generation counted before and after, EBUSY and EINTR tried again a few times.
 * spec: Linux, Documentation/ABI/testing/configfs-tsm-report
 */

#include "base/bytes.h"

#define TSM_REPORT_ROOT "/sys/kernel/config/tsm/report"

/* True when a report from `root` would come from `provider` ("sev_guest"). */
bool tsm_provides(const char *root, const char *provider);

/*
 * UNAVAILABLE when the interface is absent, another provider answers, somebody else kept writing to
 * our request, or the kernel's error persists. `out_auxblob` may stay empty.
 */
status tsm_report(const char *root, const char *provider, slice inblob, struct buffer *out_outblob,
                  struct buffer *out_auxblob);

/* Whoever runs above this guest's kernel and answers for services of its own: an SVSM. */
struct tsm_service {
    const char *provider; /* "svsm" */
    const char *guid;     /* of one service */
};

/*
 * The same for a service: its report, and the manifest that the report's data is a digest of, with
 * `inblob` (SVSM: SHA-512 of both). UNAVAILABLE also where nobody runs above the kernel.
 */
status tsm_service_report(const char *root, const char *provider, const struct tsm_service *service,
                          slice inblob, struct buffer *out_outblob, struct buffer *out_manifestblob,
                          struct buffer *out_auxblob);
