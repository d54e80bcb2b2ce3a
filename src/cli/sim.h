/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The simulated platforms of `cix sim`.
 *
 * To add one: a file sim_<name>.c beside this one that defines `const struct sim_platform
 * sim_<name>`, named in meson.build, and its row below. Its model lives in src/sim. Where a real
 * interface of a kernel leads to its evidence, `furnish` puts the model's devices, files and ports
 * on the stage (sim/stage.h), so that an unmodified program finds them; without one, evidence is
 * written to a file only.
 */

#include "sim/folder.h"
#include "sim/stage.h"

#define SIM_PLATFORMS(ROW)                                                                         \
    ROW(android)                                                                                   \
    ROW(nvidia)                                                                                    \
    ROW(azure_snp)                                                                                 \
    ROW(cca)                                                                                       \
    ROW(nitro)                                                                                     \
    ROW(psa)                                                                                       \
    ROW(sgx)                                                                                       \
    ROW(csv)                                                                                       \
    ROW(sev)                                                                                       \
    ROW(snp)                                                                                       \
    ROW(tdx)                                                                                       \
    ROW(tpm)

struct sim_option {
    const char *name; /* without its dashes */
    bool takes_value;
};

enum { SIM_ARGUMENTS_MAX = 64 };

/* What was written on the command line. */
struct sim_arguments {
    struct {
        const char *name, *value;
    } rows[SIM_ARGUMENTS_MAX];
    size_t count;
    char **command; /* what follows the options; NULL: nothing */
};

/* Where the simulated vendors' keys are. */
struct sim_home {
    const char *path;              /* sim_folder_keep() and sim_folder_publish() work in it */
    const struct sim_state *state; /* AMD's and Intel's; all zeros when the platform has own keys */
    int64_t now_s;
};

struct sim_platform {
    const char *name;                 /* as in --platform */
    const char *trust;                /* what verifiers are given: a file in STATE/trust */
    const char *usage;                /* lines about its own options, for --help */
    const struct sim_option *options; /* the last one has no name; NULL: none */
    bool has_own_keys;                /* needs nothing of struct sim_state, which takes seconds */

    size_t guest_size; /* of what the functions are given, zeroed, as `guest` */
    void (*clear)(void *guest);

    /* Keeps what was asked for; false when it said what is wrong. Called first with a state of
     * zeros, before keys are made, then with the real one. */
    bool (*read)(const struct sim_arguments *arguments, const struct sim_state *state, void *guest);
    status (*launch)(const struct sim_home *home, void *guest);

    /* Over 1 to 64 bytes. `out_endorsements` may stay empty. */
    status (*evidence)(void *guest, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements);

    /* Who answers configfs-tsm; NULL: nobody. */
    const struct sim_machine *(*machine)(void *guest);

    /* Devices, files and ports beside configfs-tsm; NULL: none. */
    status (*furnish)(void *guest, struct sim_stage *stage);
};

#define SIM_PLATFORM_DECLARATION(name) extern const struct sim_platform sim_##name;
SIM_PLATFORMS(SIM_PLATFORM_DECLARATION)
#undef SIM_PLATFORM_DECLARATION

/* Reading arguments. Each leaves `out` as it is when the option was not given, and says on standard
 * error why it is false. */
const char *sim_text(const struct sim_arguments *arguments, const char *name); /* a flag's is "" */
bool sim_given(const struct sim_arguments *arguments, const char *name);
bool sim_number(const struct sim_arguments *arguments, const char *name, unsigned long most,
                unsigned long *out);
bool sim_hex(const struct sim_arguments *arguments, const char *name, uint8_t *out, size_t size);
bool sim_complain(const char *name, const char *wanted); /* always false */

/* Report data with zeros up to 64 bytes, for evidence that has room for exactly that. */
status sim_pad(slice report_data, uint8_t out[SIM_REPORT_DATA_SIZE]);

/* A key of the platform's own, made when first asked for: P-256 or P-384. */
status sim_kept_key(const struct sim_home *home, const char *name, enum curve curve,
                    struct private_key *out);

/* Its public half among what verifiers are given, where a platform has no certificates. */
status sim_publish_key(const struct sim_home *home, const char *file,
                       const struct private_key *key);

/* Options of every platform, and the table. */
bool sim_arguments_read(int argc, char **argv, struct sim_arguments *out);
bool sim_arguments_fit(const struct sim_arguments *arguments, const struct sim_platform *platform);
bool sim_settings_read(const struct sim_arguments *arguments, struct sim_tsm_settings *out);
const struct sim_platform *sim_platform_at(size_t index); /* NULL past the last */
const struct sim_platform *sim_platform_named(const char *name);

/* The guest as a mounted folder, and as a machine that a command runs on: exit codes. */
int sim_mount(const struct sim_arguments *arguments, const struct sim_machine *machine,
              const struct sim_tsm_settings *settings);
int sim_run(const struct sim_arguments *arguments, const struct sim_platform *platform, void *guest,
            const struct sim_tsm_settings *settings);
