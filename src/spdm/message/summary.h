/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which measurements a request wants a summary of: a byte of CHALLENGE and of the messages that
 * open a session.
 * spec: DSP0274 1.4, "Summary measurement hash"
 */

#include "spdm/codes.h"

#include "base/status.h"

/* MALFORMED for what is not in enum spdm_summary. */
status spdm_summary_check(uint8_t field);
