/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Simulated TEES, and what a verifier has who trusts them. Made once. */

#include "appraisal/policy.h"
#include "base/moment.h"
#include "evidence/endorsements.h"
#include "sim.h"
#include "sim/sgx.h"
#include "sim/snp.h"
#include "sim/tdx.h"

#include "test.h"

static const struct moment start = {.wall_s = 1767225600, .monotonic_ms = 1000000}; /* 2026 */

struct tees {
    bool are_made;
    struct sim_state state;
    struct sim_tdx td;
    struct sim_snp snp;
    struct sim_sgx enclave;
    struct endorsements endorsements;
};
static struct tees tees;

static inline void must(status result)
{
    if (!result.fault)
        return;
    printf("  %s:%d: %s\n", result.fault->file, result.fault->line, result.fault->what);
    abort();
}

static inline void add_certificate(bool is_trusted, const struct certificate *certificate)
{
    SCOPED(buffer) der = {0};
    must(certificate_der(certificate, &der));
    must(is_trusted ? endorsements_trust(&tees.endorsements, buffer_view(&der))
                    : endorsements_add(&tees.endorsements, buffer_view(&der)));
}

static inline void add_file(struct buffer file)
{
    must(endorsements_add(&tees.endorsements, buffer_view(&file)));
    buffer_clear(&file);
}

static inline void endorse(void)
{
    struct buffer files[5] = {{0}};
    must(sim_intel_tcb_info(&tees.state, start.wall_s, &files[0]));
    must(sim_intel_qe_identity(&tees.state, start.wall_s, &files[1]));
    must(sim_intel_root_crl(&tees.state, start.wall_s, &files[2]));
    must(sim_intel_pck_crl(&tees.state, start.wall_s, &files[3]));
    must(sim_amd_crl(&tees.state, SIM_MILAN, start.wall_s, &files[4]));
    for (size_t i = 0; i < 5; i++)
        add_file(files[i]);
    add_certificate(false, &tees.state.tcb_signing);
    add_certificate(true, &tees.state.intel_root);
    add_certificate(true, &tees.state.ark[SIM_MILAN]);
}

static inline struct tees *the_tees(void)
{
    if (tees.are_made)
        return &tees;
    must(sim_state_for_tests(start.wall_s, &tees.state));
    const struct sim_tdx_settings td = sim_tdx_defaults(&tees.state);
    const struct sim_snp_settings snp = sim_snp_defaults(&tees.state, SIM_MILAN);
    must(sim_tdx_launch(&tees.state, &td, &tees.td));
    must(sim_snp_launch(&tees.state, &snp, &tees.snp));
    endorse();
    tees.are_made = true;
    return &tees;
}

__attribute__((destructor)) static void end_the_tees(void)
{
    sim_tdx_clear(&tees.td);
    sim_snp_clear(&tees.snp);
    sim_state_clear(&tees.state);
    endorsements_clear(&tees.endorsements);
}

/* Of the TD as it was launched; `more` are further lines of the entry. */
static inline struct policy *policy_of_td(const char *more)
{
    char text[1024], mrtd[2 * 48 + 1];
    struct policy *policy = NULL;
    struct problem problem = {0};
    for (size_t i = 0; i < 48; i++)
        snprintf(mrtd + 2 * i, 3, "%02x", the_tees()->td.settings.mrtd[i]);
    snprintf(text, sizeof text,
             "accept:\n  - platform: tdx\n    measurement: \"%s\"\n"
             "    insecure_any_instance: true\n%s",
             mrtd, more);
    must(policy_read(slice_of_text(text), &policy, &problem));
    return policy;
}
