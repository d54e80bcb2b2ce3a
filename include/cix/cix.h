/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* libcix: attested channels and evidence verification for C programs. */

#include "cix/channel.h"
#include "cix/sev.h"
