/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Quotes for kernels without configfs-tsm: the TD's report from /dev/tdx_guest, turned into a quote
 * by the host's quote generation service, over vsock, TCP or a Unix socket.
 * spec: Intel TDX DCAP Quoting Library API, "QGS messages"; Linux,
 * Documentation/virt/coco/tdx-guest
 */

#include "base/bytes.h"

#define TDX_GUEST_DEVICE "/dev/tdx_guest"
#define TDX_QGS_CONFIG "/etc/tdx-attest.conf" /* "port=4050": of the host, over vsock */

enum {
    TDX_TDREPORT_SIZE = 1024,
    TDX_QGS_PORT = 4050, /* where nothing is configured */
    TDX_QGS_TIMEOUT_MS = 30000,
    TDX_QGS_MESSAGE_SIZE_MAX = 256 << 10,
};

bool tdx_device_is_here(void); /* whether or not this user may use it */

/* A TDREPORT over exactly 64 bytes: only this CPU can tell that it is genuine. */
status tdx_device_report(slice report_data, uint8_t out_report[TDX_TDREPORT_SIZE]);

/* The quote in a service's answer, borrowed from it; UNAVAILABLE when there is none. */
status tdx_qgs_quote_in(slice message, slice *out_quote);

/*
 * Asks the service at `address` ("vsock://2:4050", "tcp://127.0.0.1:4050", "unix:///path"; NULL: as
 * TDX_QGS_CONFIG says) for a quote. UNAVAILABLE when it does not answer within `timeout_ms`,
 * refuses, or breaks its own format; MALFORMED for an address that cannot be.
 */
status tdx_qgs_quote(const char *address, slice report, int timeout_ms, struct buffer *out_quote);
