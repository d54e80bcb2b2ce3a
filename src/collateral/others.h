/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The one thing each that Hygon and Google publish. */

#include "collateral/object.h"

#define ANDROID_REVOCATION_NAME "android-revocation.json"

/* Whether these HSK and CEK vouch for the PEK, its 2084 bytes, of a report. */
bool hygon_keys_vouch(const struct endorsements *trusted, slice keys, const uint8_t *pek);
