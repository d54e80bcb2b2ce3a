/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tpm.h"

#include "codec/text.h"
#include "crypto/der.h"
#include "evidence/tpm/collect.h"
#include "evidence/tpm/device.h"
#include "evidence/tpm/public.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DAY_S ((int64_t)24 * 3600)

enum {
    AUTHORITY_DAYS = 25 * 365,
    AK_DAYS = 365,
    SKEW_S = 3600, /* so that a clock slightly behind ours finds things already valid */
    DER_SEQUENCE = 0x30,
    START_STEPS = 500, /* of 10 ms: how long swtpm may take */
    ARGUMENT_SIZE = SIM_TPM_PATH_SIZE + 32,
};

#define OID_EXTENDED_KEY_USAGE "2.5.29.37"
#define OID_AK_CERTIFICATE "2.23.133.8.3"

/* ---- the authority ---- */

void sim_tpm_authority_clear(struct sim_tpm_authority *authority)
{
    private_key_clear(&authority->key);
    certificate_clear(&authority->root);
}

static status issue_root(const struct private_key *key, int64_t now_s, struct certificate *out)
{
    SCOPED(public_key) public = {0};
    uint8_t name[4];
    char hex[2 * sizeof name + 1], subject[96];
    TRY(random_bytes(name, sizeof name));
    hex_write(SLICE(name), hex);
    snprintf(subject, sizeof subject, "O=cix simulator/OU=SIMULATED %s/CN=EK and AK CA Root", hex);
    const struct certificate_request request = {
        .subject = subject,
        .serial = 1,
        .not_before_s = now_s - SKEW_S,
        .not_after_s = now_s + AUTHORITY_DAYS * DAY_S,
        .is_ca = true,
        .path_length = 0,
    };
    TRY(private_key_public(key, &public));
    return certificate_issue(&request, &public, NULL, key, SIGNATURE_ECDSA_SHA384, out);
}

status sim_tpm_authority_make(int64_t now_s, struct buffer *out_text)
{
    SCOPED(sim_tpm_authority) authority = {0};
    SCOPED(buffer) key = {0};
    SCOPED(buffer) der = {0};
    SCOPED(buffer) certificate = {0};
    TRY(private_key_generate(CURVE_P384, &authority.key));
    TRY(issue_root(&authority.key, now_s, &authority.root));
    TRY(private_key_write_pem(&authority.key, &key));
    TRY(certificate_der(&authority.root, &der));
    TRY(pem_write("CERTIFICATE", buffer_view(&der), &certificate));
    TRY(buffer_append(out_text, buffer_view(&key)));
    return buffer_append(out_text, buffer_view(&certificate));
}

status sim_tpm_authority_read(slice text, struct sim_tpm_authority *out)
{
    SCOPED(sim_tpm_authority) authority = {0};
    SCOPED(buffer) key = {0};
    SCOPED(buffer) der = {0};
    char label[PEM_LABEL_SIZE_MAX];
    slice left = text;
    TRY(pem_read_next(&left, label, &key));
    TRY(private_key_read_pem((slice){text.data, text.size - left.size}, &authority.key));
    TRY(pem_read_next(&left, label, &der));
    TRY(certificate_read(buffer_view(&der), &authority.root));
    *out = authority;
    authority = (struct sim_tpm_authority){0};
    return OK;
}

status sim_tpm_authority_crl(const struct sim_tpm_authority *authority, int64_t now_s,
                             struct buffer *out_der)
{
    return crl_issue(&authority->root, &authority->key, SIGNATURE_ECDSA_SHA384, now_s - SKEW_S,
                     now_s + AK_DAYS * DAY_S, NULL, 0, out_der);
}

static status write_purpose(struct buffer *out)
{
    SCOPED(buffer) oid = {0};
    TRY(der_write_oid(&oid, OID_AK_CERTIFICATE));
    return der_write(out, DER_SEQUENCE, buffer_view(&oid));
}

static status certify(const struct sim_tpm_authority *authority, const struct tpm_device_key *ak,
                      int64_t now_s, struct buffer *out_der)
{
    struct tpm_public area;
    SCOPED(public_key) key = {0};
    SCOPED(buffer) purpose = {0};
    SCOPED(certificate) certificate = {0};
    TRY(tpm_public_read(buffer_view(&ak->public), &area));
    TRY(tpm_public_key(&area, &key));
    TRY(write_purpose(&purpose));
    const struct certificate_extension_entry extension = {.oid = OID_EXTENDED_KEY_USAGE,
                                                          .value = buffer_view(&purpose)};
    const struct certificate_request request = {
        .subject = "O=cix simulator/CN=simulated AK",
        .serial = 2,
        .not_before_s = now_s - SKEW_S,
        .not_after_s = now_s + AK_DAYS * DAY_S,
        .path_length = -1,
        .extensions = &extension,
        .extension_count = 1,
    };
    TRY(certificate_issue(&request, &key, &authority->root, &authority->key, SIGNATURE_ECDSA_SHA384,
                          &certificate));
    return certificate_der(&certificate, out_der);
}

/* ---- swtpm ---- */

static int remove_one(const char *path, const struct stat *status_, int kind, struct FTW *where)
{
    (void)status_, (void)kind, (void)where;
    return remove(path);
}

void sim_tpm_clear(struct sim_tpm *tpm)
{
    if (tpm->process > 0 && kill(tpm->process, SIGTERM) == 0)
        while (waitpid(tpm->process, NULL, 0) < 0 && errno == EINTR)
            ;
    if (*tpm->folder)
        nftw(tpm->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    *tpm = (struct sim_tpm){0};
}

void sim_tpm_tcti(const struct sim_tpm *tpm, char out[SIM_TPM_TCTI_SIZE])
{
    snprintf(out, SIM_TPM_TCTI_SIZE, "swtpm:path=%s/tpm", tpm->folder);
}

int sim_tpm_connect(const struct sim_tpm *tpm, int flags)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/tpm", tpm->folder);
    const int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file >= 0 && connect(file, (const struct sockaddr *)&address, sizeof address) == 0) {
        if (!(flags & O_NONBLOCK) || fcntl(file, F_SETFL, O_NONBLOCK) == 0)
            return file;
    }
    const int error = errno;
    if (file >= 0)
        close(file);
    errno = error;
    return -1;
}

__attribute__((noreturn)) static void become_swtpm(const char *folder)
{
    char state[ARGUMENT_SIZE], server[ARGUMENT_SIZE], control[ARGUMENT_SIZE];
    snprintf(state, sizeof state, "dir=%s", folder);
    snprintf(server, sizeof server, "type=unixio,path=%s/tpm", folder);
    snprintf(control, sizeof control, "type=unixio,path=%s/tpm.ctrl", folder);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setsid(); /* a terminal's interrupt is for the command */
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO); /* it tells of every command */
    execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state, "--server", server, "--ctrl",
           control, "--flags", "not-need-init,startup-clear", (char *)NULL);
    _exit(127);
}

static bool has_ended(struct sim_tpm *tpm)
{
    if (waitpid(tpm->process, NULL, WNOHANG) != tpm->process)
        return false;
    tpm->process = 0;
    return true;
}

/* The control socket is made after the other one. */
static bool is_listening(const struct sim_tpm *tpm)
{
    char path[SIM_TPM_PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s/tpm.ctrl", tpm->folder);
    return access(path, F_OK) == 0;
}

static status await(struct sim_tpm *tpm)
{
    const struct timespec step = {.tv_nsec = 10000000};
    for (int i = 0; i < START_STEPS; i++) {
        if (has_ended(tpm))
            return FAIL(UNAVAILABLE, "swtpm does not start: is it installed?");
        if (is_listening(tpm))
            return OK;
        nanosleep(&step, NULL);
    }
    return FAIL(UNAVAILABLE, "swtpm does not answer");
}

static status start(struct sim_tpm *tpm)
{
    snprintf(tpm->folder, sizeof tpm->folder, "/tmp/cix-tpm-XXXXXX");
    if (!mkdtemp(tpm->folder)) {
        *tpm->folder = 0;
        return FAIL(UNAVAILABLE, "there is no place for the simulated TPM");
    }
    fflush(NULL);
    tpm->process = fork();
    if (tpm->process == 0)
        become_swtpm(tpm->folder);
    return tpm->process > 0 ? await(tpm) : FAIL(UNAVAILABLE, "no process for the simulated TPM");
}

status sim_tpm_open(const struct sim_tpm *tpm, struct tpm_device *out)
{
    const struct timespec step = {.tv_nsec = 10000000};
    char tcti[SIM_TPM_TCTI_SIZE];
    sim_tpm_tcti(tpm, tcti);
    status opened = tpm_device_open(tcti, out);
    for (int i = 0; i < START_STEPS && opened.fault; i++) {
        nanosleep(&step, NULL);
        opened = tpm_device_open(tcti, out);
    }
    return opened;
}

static status provision(const struct sim_tpm *tpm, const struct sim_tpm_authority *authority,
                        int64_t now_s, const struct sim_tpm_extension *extension)
{
    SCOPED(tpm_device) device = {0};
    SCOPED(tpm_device_key) ak = {0};
    SCOPED(buffer) template = {0};
    SCOPED(buffer) certificate = {0};
    TRY(sim_tpm_open(tpm, &device));
    TRY(tpm_device_ak(&device, (slice){0}, &ak));
    TRY(certify(authority, &ak, now_s, &certificate));
    TRY(tpm_device_template(&template));
    TRY(tpm_device_nv_make(&device, TPM_NV_AK_CERTIFICATE_ECC, buffer_view(&certificate)));
    TRY(tpm_device_nv_make(&device, TPM_NV_AK_TEMPLATE_ECC, buffer_view(&template)));
    if (extension->is_wanted)
        TRY(tpm_device_extend(&device, extension->pcr, SLICE(extension->digest)));
    return OK;
}

status sim_tpm_start(const struct sim_tpm_authority *authority, int64_t now_s,
                     const struct sim_tpm_extension *extension, struct sim_tpm *out)
{
    SCOPED(sim_tpm) tpm = {0};
    TRY(start(&tpm));
    TRY(provision(&tpm, authority, now_s, extension));
    *out = tpm;
    tpm = (struct sim_tpm){0};
    return OK;
}
