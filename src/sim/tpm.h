/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A simulated TPM: swtpm, new at each start, with a key that a simulated cloud has certified and
 * put into it as Google's does. The cloud's root stays the same.
 */

#include "crypto/issue.h"
#include "evidence/tpm/device.h"

#include <sys/types.h>

enum { SIM_TPM_PATH_SIZE = 64 };

/* The simulated cloud, which certifies attestation keys. */
struct sim_tpm_authority {
    struct private_key key;
    struct certificate root;
};
void sim_tpm_authority_clear(struct sim_tpm_authority *authority);

/* As text: the key, then the certificate, both in PEM. */
status sim_tpm_authority_make(int64_t now_s, struct buffer *out_text);
status sim_tpm_authority_read(slice text, struct sim_tpm_authority *out);

/* Its revocation list, which is empty. */
status sim_tpm_authority_crl(const struct sim_tpm_authority *authority, int64_t now_s,
                             struct buffer *out_der);

struct sim_tpm {
    pid_t process;                  /* of swtpm; 0: none */
    char folder[SIM_TPM_PATH_SIZE]; /* its state and sockets, removed with it */
};
void sim_tpm_clear(struct sim_tpm *tpm);

/* One register extended before anybody asks: what another kernel would leave. */
struct sim_tpm_extension {
    bool is_wanted;
    size_t pcr;
    uint8_t digest[32];
};

/* Starts swtpm and has its key certified. UNAVAILABLE where swtpm is not installed. */
status sim_tpm_start(const struct sim_tpm_authority *authority, int64_t now_s,
                     const struct sim_tpm_extension *extension, struct sim_tpm *out);

/* How to reach it: as TCTI, and as a connection over which its commands go as over /dev/tpmrm0. */
enum { SIM_TPM_TCTI_SIZE = SIM_TPM_PATH_SIZE + 32 };
void sim_tpm_tcti(const struct sim_tpm *tpm, char out[SIM_TPM_TCTI_SIZE]);
/* Under load swtpm shows its sockets long before it listens: tries for a while. */
status sim_tpm_open(const struct sim_tpm *tpm, struct tpm_device *out);
int sim_tpm_connect(const struct sim_tpm *tpm, int flags); /* -1 and errno */
