/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

struct snp_cache;

/* Forgets what was remembered; for endorsements_clear(). */
void snp_cache_free(struct snp_cache *cache);
