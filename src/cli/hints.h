/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a person can do about a reason's code; NULL when there is nothing to add. */
const char *hint_for(const char *reason);
