/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/folder.h"

#include "codec/text.h"
#include "sim/amd.h"
#include "sim/intel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_NAME "state"

enum { NAME_SIZE_MAX = 64 };

struct folder {
    int file;
    bool opened;
};

static void folder_clear(struct folder *folder)
{
    if (folder->opened)
        close(folder->file); /* which also unlocks it */
    *folder = (struct folder){0};
}

static status unwritable(void)
{
    switch (errno) {
    case ENOSPC:
    case EDQUOT:
        return FAIL(UNAVAILABLE, "the disk is full: the simulator's files are as they were");
    case EROFS:
        return FAIL(UNAVAILABLE, "the simulator's folder is on a read-only file system");
    case EACCES:
    case EPERM:
        return FAIL(UNAVAILABLE, "this user may not write the simulator's folder");
    default:
        return FAIL(UNAVAILABLE, "the simulator's folder cannot be written");
    }
}

/* Nobody else may be able to put other files in the place of ours. */
static status expect_own_folder(int file)
{
    struct stat about;
    if (fstat(file, &about) != 0)
        return FAIL(UNAVAILABLE, "the simulator's folder cannot be examined");
    if (about.st_uid != geteuid() || (about.st_mode & (S_IWGRP | S_IWOTH)))
        return FAIL(DENIED, "the simulator's folder belongs to another user or others can write "
                            "in it: choose a folder of your own");
    return OK;
}

static status open_folder(int parent, const char *path, struct folder *out)
{
    if (mkdirat(parent, path, 0755) != 0 && errno != EEXIST)
        return unwritable();
    out->file = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (out->file < 0)
        return FAIL(UNAVAILABLE, "the simulator's folder cannot be opened, or is not a folder");
    out->opened = true;
    return expect_own_folder(out->file);
}

static status lock(const struct folder *folder)
{
    while (flock(folder->file, LOCK_EX) != 0)
        if (errno != EINTR)
            return FAIL(UNAVAILABLE, "the simulator's folder cannot be locked");
    return OK;
}

static bool write_all(int file, slice bytes)
{
    while (bytes.size > 0) {
        const ssize_t size = write(file, bytes.data, bytes.size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return false;
        bytes = (slice){bytes.data + size, bytes.size - (size_t)size};
    }
    return true;
}

/* The old file or the new one, whatever happens in between: a full disk, a kill, a power cut. */
static status replace_file(const struct folder *folder, const char *name, mode_t mode, slice bytes)
{
    char draft[NAME_SIZE_MAX];
    snprintf(draft, sizeof draft, ".%s.new", name);
    unlinkat(folder->file, draft, 0); /* left by somebody who was killed */
    const int file =
        openat(folder->file, draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (file < 0)
        return unwritable();
    bool written = fchmod(file, mode) == 0 && write_all(file, bytes) && fsync(file) == 0;
    status result = written ? OK : unwritable();
    close(file);
    if (!result.fault && renameat(folder->file, draft, folder->file, name) != 0)
        result = unwritable();
    if (!result.fault && fsync(folder->file) != 0)
        result = unwritable();
    if (result.fault)
        unlinkat(folder->file, draft, 0);
    return result;
}

static status read_all(int file, struct buffer *out)
{
    uint8_t part[4096];
    for (;;) {
        const ssize_t size = read(file, part, sizeof part);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return FAIL(UNAVAILABLE, "the simulator's state cannot be read");
        if (size == 0)
            break;
        if (out->size + (size_t)size > SIM_STATE_SIZE_MAX)
            return FAIL(EXHAUSTED, "the simulator's state is larger than one can be");
        TRY(buffer_append(out, (slice){part, (size_t)size}));
    }
    wipe(part, sizeof part);
    return OK;
}

/* It holds private keys: it must be a plain file of ours that nobody else can read. */
static status expect_private(int file)
{
    struct stat about;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
        return FAIL(DENIED, "the simulator's state is not a plain file");
    if (about.st_uid != geteuid())
        return FAIL(DENIED, "the simulator's state belongs to another user");
    if (about.st_mode & (S_IRWXG | S_IRWXO))
        return FAIL(DENIED, "others can read the simulator's private keys: remove its folder and "
                            "run `cix sim init` again, or `chmod 600` the file named state");
    return OK;
}

/* OK with `*out_exists` false when there is none. */
static status load(const struct folder *folder, const char *name, struct buffer *out,
                   bool *out_exists)
{
    /* O_NONBLOCK: a FIFO in its place is refused, not waited for. */
    const int file = openat(folder->file, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    *out_exists = file >= 0 || errno != ENOENT;
    if (file < 0 && *out_exists)
        return errno == ELOOP ? FAIL(DENIED, "the simulator's state is a symbolic link")
                              : FAIL(UNAVAILABLE, "the simulator's state cannot be opened");
    if (file < 0)
        return OK;
    status loaded = expect_private(file);
    if (!loaded.fault)
        loaded = read_all(file, out);
    close(file);
    return loaded;
}

static status make_state(const struct folder *folder, int64_t now_s, void (*progress)(void),
                         struct sim_state *out)
{
    SCOPED(sim_keys) keys = {0};
    SCOPED(sim_state) state = {0};
    SCOPED(buffer) text = {0};
    TRY(sim_keys_generate(progress, &keys));
    TRY(sim_state_make(&keys, now_s, &state));
    TRY(sim_state_write(&state, &text));
    TRY(replace_file(folder, STATE_NAME, 0600, buffer_view(&text)));
    *out = state;
    state = (struct sim_state){0};
    return OK;
}

static status load_or_make(const struct folder *folder, int64_t now_s, void (*progress)(void),
                           struct sim_state *out)
{
    bool exists;
    SCOPED(buffer) text = {0};
    TRY(load(folder, STATE_NAME, &text, &exists));
    return exists ? sim_state_read(buffer_view(&text), out)
                  : make_state(folder, now_s, progress, out);
}

static status add_pem(struct buffer *text, const char *label, const struct buffer *der)
{
    SCOPED(buffer) pem = {0};
    TRY(pem_write(label, buffer_view(der), &pem));
    return buffer_append(text, buffer_view(&pem));
}

static status add_certificate(struct buffer *text, const struct certificate *certificate)
{
    SCOPED(buffer) der = {0};
    TRY(certificate_der(certificate, &der));
    return add_pem(text, "CERTIFICATE", &der);
}

static status write_trust(const struct folder *folder, const struct sim_state *state)
{
    SCOPED(folder) trust = {0};
    SCOPED(buffer) snp = {0};
    SCOPED(buffer) intel = {0};
    for (enum sim_product product = SIM_MILAN; product < SIM_PRODUCT_END; product++)
        TRY(add_certificate(&snp, &state->ark[product]));
    TRY(add_certificate(&intel, &state->intel_root));
    TRY(open_folder(folder->file, "trust", &trust));
    TRY(replace_file(&trust, "snp-root.pem", 0644, buffer_view(&snp)));
    TRY(replace_file(&trust, "sgx-root.pem", 0644, buffer_view(&intel)));
    return replace_file(&trust, "tdx-root.pem", 0644, buffer_view(&intel));
}

/* What AMD's key distribution service would answer for this product and the state's own chip. */
static status write_amd(const struct folder *folder, const struct sim_state *state,
                        enum sim_product product, int64_t now_s)
{
    char name[NAME_SIZE_MAX - 8];
    SCOPED(buffer) chain = {0};
    SCOPED(buffer) crl = {0};
    SCOPED(buffer) crl_text = {0};
    TRY(add_certificate(&chain, &state->ask[product]));
    TRY(add_certificate(&chain, &state->ark[product]));
    TRY(sim_amd_crl(state, product, now_s, &crl));
    TRY(add_pem(&crl_text, "X509 CRL", &crl));
    snprintf(name, sizeof name, "snp-%s-chain.pem", sim_product_name(product));
    TRY(replace_file(folder, name, 0644, buffer_view(&chain)));
    snprintf(name, sizeof name, "snp-%s-crl.pem", sim_product_name(product));
    return replace_file(folder, name, 0644, buffer_view(&crl_text));
}

static status write_sgx(const struct folder *folder, const struct sim_state *state, int64_t now_s)
{
    SCOPED(buffer) tcb_info = {0};
    SCOPED(buffer) qe_identity = {0};
    TRY(sim_intel_sgx_tcb_info(state, now_s, &tcb_info));
    TRY(sim_intel_sgx_qe_identity(state, now_s, &qe_identity));
    TRY(replace_file(folder, "sgx-tcb-info.json", 0644, buffer_view(&tcb_info)));
    return replace_file(folder, "sgx-qe-identity.json", 0644, buffer_view(&qe_identity));
}

/* What Intel's provisioning certification service would answer for this platform. */
static status write_intel(const struct folder *folder, const struct sim_state *state, int64_t now_s)
{
    SCOPED(buffer) tcb_info = {0};
    SCOPED(buffer) qe_identity = {0};
    SCOPED(buffer) root_crl = {0};
    SCOPED(buffer) pck_crl = {0};
    SCOPED(buffer) crls = {0};
    SCOPED(buffer) chain = {0};
    TRY(sim_intel_tcb_info(state, now_s, &tcb_info));
    TRY(sim_intel_qe_identity(state, now_s, &qe_identity));
    TRY(sim_intel_root_crl(state, now_s, &root_crl));
    TRY(sim_intel_pck_crl(state, now_s, &pck_crl));
    TRY(add_pem(&crls, "X509 CRL", &root_crl));
    TRY(add_pem(&crls, "X509 CRL", &pck_crl));
    TRY(add_certificate(&chain, &state->tcb_signing));
    TRY(add_certificate(&chain, &state->pck_ca));
    TRY(add_certificate(&chain, &state->intel_root));
    TRY(replace_file(folder, "tdx-tcb-info.json", 0644, buffer_view(&tcb_info)));
    TRY(replace_file(folder, "tdx-qe-identity.json", 0644, buffer_view(&qe_identity)));
    TRY(replace_file(folder, "tdx-crls.pem", 0644, buffer_view(&crls)));
    TRY(replace_file(folder, "tdx-chain.pem", 0644, buffer_view(&chain)));
    return write_sgx(folder, state, now_s);
}

static status write_endorsements(const struct folder *folder, const struct sim_state *state,
                                 int64_t now_s)
{
    SCOPED(folder) endorsements = {0};
    TRY(open_folder(folder->file, "endorsements", &endorsements));
    for (enum sim_product product = SIM_MILAN; product < SIM_PRODUCT_END; product++)
        TRY(write_amd(&endorsements, state, product, now_s));
    return write_intel(&endorsements, state, now_s);
}

bool sim_folder_exists(const char *path)
{
    SCOPED(folder) folder = {0};
    folder.file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    folder.opened = folder.file >= 0;
    return folder.opened && faccessat(folder.file, STATE_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

status sim_folder_open(const char *path, int64_t now_s, void (*progress)(void),
                       struct sim_state *out)
{
    SCOPED(folder) folder = {0};
    SCOPED(sim_state) state = {0};
    TRY(open_folder(AT_FDCWD, path, &folder));
    TRY(lock(&folder));
    TRY(load_or_make(&folder, now_s, progress, &state));
    TRY(write_trust(&folder, &state));
    TRY(write_endorsements(&folder, &state, now_s));
    *out = state;
    state = (struct sim_state){0};
    return OK;
}

status sim_folder_keep(const char *path, const char *name, status (*make)(struct buffer *out),
                       struct buffer *out)
{
    bool exists;
    SCOPED(folder) folder = {0};
    SCOPED(buffer) content = {0};
    TRY(open_folder(AT_FDCWD, path, &folder));
    TRY(lock(&folder));
    TRY(load(&folder, name, &content, &exists));
    if (!exists) {
        TRY(make(&content));
        TRY(replace_file(&folder, name, 0600, buffer_view(&content)));
    }
    *out = buffer_take(&content);
    return OK;
}

status sim_folder_publish(const char *path, const char *below, const char *name, slice content)
{
    SCOPED(folder) folder = {0};
    SCOPED(folder) inner = {0};
    TRY(open_folder(AT_FDCWD, path, &folder));
    TRY(lock(&folder));
    TRY(open_folder(folder.file, below, &inner));
    return replace_file(&inner, name, 0644, content);
}
