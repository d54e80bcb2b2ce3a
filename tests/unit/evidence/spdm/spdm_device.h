/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Devices of the tests: recorded ones, and one of our own behind an emulator's socket. */

#include "evidence/spdm/report.h"

#include "evidence/endorsements.h"
#include "evidence/platform.h"
#include "spdm/chain.h"
#include "spdm_recording.h"

extern const struct platform spdm_platform;

enum { AT_S = 1795000000 }; /* November 2026 */

/* What of a recording is a device's signed measurements. */
struct recorded_device {
    const char *recording;
    const char *certificates; /* their folder */
    enum hash hash;
    unsigned request; /* the frame */
};

static const struct recorded_device recorded_devices[] = {
    {"mctp-12-p256-aes128-mut", "ecp256", HASH_SHA256, 21},
    {"mctp-13-p384-aes256-mut-enchs", "ecp384", HASH_SHA384, 21},
    {"mctp-14-p384-multikey", "ecp384", HASH_SHA384, 29},
    {"tcp-12-p384-maconly-mutdig", "ecp384", HASH_SHA384, 21},
    {"tcp-13-p384-aes256-oneway", "ecp384", HASH_SHA384, 21},
    {"tcp-14-p256-aes256-mut", "ecp256", HASH_SHA256, 21},
};

enum { RECORDED_DEVICES = sizeof recorded_devices / sizeof *recorded_devices };

static inline struct buffer certificates_file(const char *folder, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "certs/%s/%s", folder, name);
    return spdm_recordings_file(path);
}

static inline struct buffer recorded_evidence(const struct recorded_device *device)
{
    static struct spdm_recording recording;
    struct buffer evidence = {0}, chain = {0};
    spdm_recording_open(device->recording, &recording);
    struct buffer negotiation = recorded_bytes(recording.keys.root, "message_a");
    struct buffer bundle =
        certificates_file(device->certificates, "bundle_responder.certchain.der");
    EXPECT_OK(spdm_chain_write(device->hash, buffer_view(&bundle), &chain));
    const struct spdm_report report = {
        .negotiation = buffer_view(&negotiation),
        .chain = buffer_view(&chain),
        .request = recording.messages[device->request - 1].message,
        .response = recording.messages[device->request].message,
    };
    EXPECT_OK(spdm_report_write(&report, &evidence));
    buffer_clear(&negotiation);
    buffer_clear(&bundle);
    buffer_clear(&chain);
    spdm_recording_clear(&recording);
    return evidence;
}

static inline void trust_recorded(struct endorsements *endorsements, const char *folder)
{
    struct buffer root = certificates_file(folder, "ca.cert.der");
    EXPECT_OK(endorsements_trust(endorsements, buffer_view(&root)));
    buffer_clear(&root);
}

/* The reason of a check that failed or was skipped; empty when it passed, "absent" without it. */
static inline const char *reason_of(const struct facts *facts, const char *check)
{
    const struct check *const found = facts_check(facts, check);
    return !found ? "absent" : found->result == CHECK_PASS ? "" : found->reason;
}

static inline bool is_reason(const struct facts *facts, const char *check, const char *reason)
{
    const char *const found = reason_of(facts, check);
    if (strcmp(found, reason) != 0)
        printf("  %s: %s\n", check, found);
    return strcmp(found, reason) == 0;
}

static inline status verify_device(slice evidence, slice binding,
                                   const struct endorsements *endorsements, int64_t now_s,
                                   struct facts *out)
{
    const struct verification request = {
        .evidence = evidence, .binding = binding, .endorsements = endorsements, .now_s = now_s};
    memset(out, 0, sizeof *out);
    return spdm_platform.verify(&request, out);
}
