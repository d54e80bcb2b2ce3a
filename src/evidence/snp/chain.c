/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/chain.h"

#include <stdlib.h>

void snp_cache_free(struct snp_cache *cache)
{
    free(cache);
}
