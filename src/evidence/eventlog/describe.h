/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One event as a line for people. Whatever it says is the log's word: nothing here is a claim. */

#include "evidence/eventlog/log.h"

enum { EVENT_LINE_SIZE = 256 };

const char *event_type_name(uint32_t type); /* "EV_SEPARATOR"; "unknown" when it is */

/*
 * What an application in the guest wrote into the log: "domain operation content". False for other
 * events. spec: Confidential Containers, "Attestation Agent Event Log"
 */
bool event_application_entry(const struct event *event, slice *out_entry);

/* "RTMR2  EV_EFI_ACTION  0a2e01c8...  "Exit Boot Services"": the digest is that of the log's first
 * hash, cut; text is printable ASCII, and marked when the digest is not of it. */
void event_describe(const struct event_log *log, const struct event *event,
                    char out[EVENT_LINE_SIZE]);
