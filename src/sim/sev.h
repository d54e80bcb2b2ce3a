/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A simulated SEV platform of the first generation: AMD's authorities (ARK, ASK), a chip and its
 * owner (CEK, PEK, OCA, PDH), and the reports of a guest, in their exact formats under a private
 * root. Nothing of them is of the guest's choosing.
 */

#include "crypto/key.h"

enum sim_sev_certificate {
    SIM_SEV_ARK,
    SIM_SEV_ASK,
    SIM_SEV_CEK,
    SIM_SEV_OCA,
    SIM_SEV_PEK,
    SIM_SEV_PDH,
    SIM_SEV_CERTIFICATES,
};

struct sim_sev_vendor {
    struct private_key keys[SIM_SEV_CERTIFICATES];
    struct buffer certificates[SIM_SEV_CERTIFICATES];
};
void sim_sev_vendor_clear(struct sim_sev_vendor *vendor);

/* A new one, as text to keep; and read back. */
status sim_sev_vendor_make(struct buffer *out_text);
status sim_sev_vendor_read(slice text, struct sim_sev_vendor *out);

/* All but the ARK and the PDH: what verifiers are given besides the root. */
status sim_sev_endorsements(const struct sim_sev_vendor *vendor, struct buffer *out);

struct sim_sev_settings {
    bool encrypted_state; /* SEV-ES */
    bool debug;
    bool migratable;
    uint8_t measurement[32];
};
struct sim_sev_settings sim_sev_defaults(void);

/* For a host that asked with this nonce of 16 bytes. */
status sim_sev_report(const struct sim_sev_vendor *vendor, const struct sim_sev_settings *settings,
                      slice mnonce, struct buffer *out_report);
