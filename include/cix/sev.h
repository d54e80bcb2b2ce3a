/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * For the owner of an AMD SEV or SEV-ES guest: whether the measurement that firmware sends before
 * the guest starts is of this launch. It is a MAC under the owner's own session key, so it is
 * evidence to nobody else, and binds no channel; give the guest its secret only after this.
 */

#include "cix/result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct cix_sev_launch {
    uint8_t api_major, api_minor, build; /* of the firmware */
    uint32_t policy;
    uint8_t digest[32]; /* the launch digest that the owner computed */
    uint8_t mnonce[16]; /* what came behind the measurement */
};

/* `tik` is the transport integrity key of the owner's session. CIX_UNAUTHENTIC when it is not. */
CIX_API CIX_MUST_USE enum cix_result cix_sev_launch_verify(const struct cix_sev_launch *launch,
                                                           const uint8_t tik[16],
                                                           const uint8_t measurement[32]);

#ifdef __cplusplus
}
#endif
