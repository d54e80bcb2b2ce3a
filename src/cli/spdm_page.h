/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an onlooker sees, told to people at once, or gathered as one object for programs. */

#include "cli/spdm_watch.h"

struct spdm_page {
    bool is_json;
    json_t *messages; /* of is_json: made and let go of by whoever prints them */
    json_t *message;  /* the last, to which checks belong; borrowed */
    size_t message_count;
    size_t checks[3]; /* by enum spdm_check_result */
};

/* Tells the page. */
struct spdm_watch_told spdm_page_told(struct spdm_page *page);

json_t *spdm_page_checks_json(const struct spdm_page *page);
void spdm_page_print_sum(const struct spdm_page *page);
