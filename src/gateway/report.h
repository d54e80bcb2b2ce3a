/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One log line for each decision about a link, and what `cix status` will say about it. */

#include "gateway/wire.h"

/* Fills the link's view from what its control session proved. */
void report_open(struct wire *wire);
void report_round(struct wire *wire);
/* The control session is over, with or without a link. True when either side refused the other. */
bool report_end(struct wire *wire);

/* What people are told about the link of this wire, as it is now. */
void wire_view(const struct wire *wire, struct link_view *out);

/* The Unix time of a moment to come; 0 for INT64_MAX, never. */
int64_t report_next_round_s(int64_t next_ms, struct moment now);

/* The reasons a channel ended for, as one text; empty when none. */
void report_reasons(const struct channel_end *end, char out[REASONS_TEXT_SIZE]);
