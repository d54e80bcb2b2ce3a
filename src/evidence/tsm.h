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
