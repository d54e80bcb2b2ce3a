/* SPDX-License-Identifier: Apache-2.0 */
#include "cix/sev.h"

#include "evidence/sev/launch.h"
#include "lib/lib.h"

enum cix_result cix_sev_launch_verify(const struct cix_sev_launch *launch, const uint8_t tik[16],
                                      const uint8_t measurement[32])
{
    if (!launch || !tik || !measurement)
        return CIX_INVALID;
    const struct sev_launch measured = {.api_major = launch->api_major,
                                        .api_minor = launch->api_minor,
                                        .build = launch->build,
                                        .policy = launch->policy,
                                        .digest = SLICE(launch->digest),
                                        .mnonce = SLICE(launch->mnonce)};
    return result_of(sev_launch_verify(&measured, (slice){tik, SEV_TIK_SIZE},
                                       (slice){measurement, sizeof launch->digest}));
}
