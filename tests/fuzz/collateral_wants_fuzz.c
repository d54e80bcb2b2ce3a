/* SPDX-License-Identifier: Apache-2.0 */

/* Evidence that lies about its machine: whatever it makes us ask, it is asked of its vendor. */

#include "collateral/wants.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sources here = {.kds = "https://v/",
                                    .pcs = "https://v",
                                    .hygon = "https://v",
                                    .android = "https://v/status",
                                    .is_pccs = true};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED(wants) wants = {0};
    const slice evidence = {data, size};
    const struct platform *const platform = platform_of(evidence);
    if (!platform || wants_of_evidence(&here, platform, evidence, &wants).fault)
        return 0;
    for (size_t i = 0; i < wants.count; i++) {
        const struct wanted *const wanted = &wants.items[i];
        assert(wanted->kind != OBJECT_NONE);
        assert(strncmp(wanted->source, "https://v/", 10) == 0);
        for (const char *c = wanted->source; *c; c++)
            assert(*c > ' ' && *c <= '~' && *c != '#' && *c != '@');
        assert(!strchr(wanted->name, '/') && !strchr(wanted->beside, '/'));
    }
    return 0;
}
