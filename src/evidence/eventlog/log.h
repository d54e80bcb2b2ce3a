/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The log of what firmware and software measured, in the crypto-agile form: from a TPM, or from a
 * TEE with registers of its own. Nobody signs it. Only its digests can be held against signed
 * registers; what the events say besides is the word of whoever wrote the file, but for data that a
 * digest covers (event_covers_data).
 * spec: TCG PC Client Platform Firmware Profile 1.06, "Event Logging"
 */

#include "codec/reader.h"
#include "crypto/hash.h"

enum {
    EVENT_LOG_SIZE_MAX = 4 << 20,
    EVENT_DATA_SIZE_MAX = 1 << 20,
    EVENTS_MAX = 16384,
    EVENT_ALGORITHMS_MAX = 5, /* as many hashes as we have */
};

enum event_log_kind {
    EVENT_LOG_NONE,
    EVENT_LOG_TPM, /* index is the PCR, 0 to 23 */
    EVENT_LOG_CC,  /* index 0 is the launch measurement, 1 to 4 are RTMR0 to RTMR3 */
};

enum { EV_NO_ACTION = 3, EV_EVENT_TAG = 6 };

struct event {
    uint32_t index; /* of the register */
    uint32_t type;
    slice digests[EVENT_ALGORITHMS_MAX]; /* in the order of the log's algorithms */
    slice data;
};

struct event_log {
    enum event_log_kind kind;
    enum hash algorithms[EVENT_ALGORITHMS_MAX];
    size_t algorithm_count;
    struct reader reader;
    size_t event_count; /* so far, without the header */
};

/* Told by the header alone, whatever follows it. */
bool event_log_begins(slice bytes);

/*
 * Reads the header. UNSUPPORTED for the older form of SHA-1 only, and when it announces a hash that
 * we have not: what we cannot replay we do not show either.
 */
status event_log_begin(enum event_log_kind kind, slice bytes, struct event_log *out);

/*
 * Takes the next event into `out`; *out_more is false, and `out` as it was, at the end. Memory that
 * was reserved for the log follows it, filled with 00 or FF, and with nothing else.
 */
status event_log_next(struct event_log *log, struct event *out, bool *out_more);

/* The event's digest by `hash`; empty when the log has none. */
slice event_digest(const struct event_log *log, const struct event *event, enum hash hash);

/* Whether every digest of the event is that of its data: then the data is as good as the register.
 */
bool event_covers_data(const struct event_log *log, const struct event *event);
