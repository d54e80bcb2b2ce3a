/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A device of our own behind an emulator's socket: asked over PCI DOE, its evidence verified, and
 * vouched for by a TEE under a policy with reference measurements. And devices that misbehave.
 */

#include "evidence/spdm/collect.h"

#include "appraisal/appraise.h"
#include "crypto/issue.h"
#include "evidence/devices.h"
#include "spdm/emulator.h"
#include "spdm/message/capabilities.h"
#include "spdm/responder.h"

#include "spdm_device.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FRAME_SIZE = 16 << 10, DAY_S = 86400, SESSIONS = 1 };

/* ---- the device ---- */

enum misbehaviour {
    BEHAVES,
    HANGS_UP,         /* instead of its chain */
    SAYS_NO_GREETING, /* but another command */
    SPEAKS_NO_SPDM,   /* by DOE's discovery */
    ANSWERS_TOO_MUCH, /* by the header */
    IS_DEBUGGED,
    HIDES_ITS_MODE, /* in a digest */
    IS_CHANGED,     /* another firmware */
    IS_NOT_READY,   /* twice */
};

struct emulated {
    enum misbehaviour misbehaviour;
    struct private_key keys[2]; /* root, leaf */
    struct certificate root, leaf;
    struct buffer chain_bytes;
    struct spdm_own_chain chain;
    struct spdm_identity identity;
    struct spdm_responder_setup setup;
    struct spdm_responder responder;
    uint8_t scratch[FRAME_SIZE], kept[FRAME_SIZE];
    uint8_t in[FRAME_SIZE], out[FRAME_SIZE];
    unsigned not_ready;

    char folder[64], path[128], address[160];
    int listener;
    pthread_t thread;
};

static void issue(struct emulated *device)
{
    static const struct certificate_request root = {.subject = "CN=A test's devices",
                                                    .serial = 1,
                                                    .not_before_s = AT_S - DAY_S,
                                                    .not_after_s = AT_S + DAY_S,
                                                    .is_ca = true,
                                                    .path_length = 0};
    static const struct certificate_request leaf = {.subject = "CN=A test's device",
                                                    .serial = 2,
                                                    .not_before_s = AT_S - DAY_S,
                                                    .not_after_s = AT_S + DAY_S,
                                                    .path_length = -1};
    SCOPED(public_key) root_key = {0};
    SCOPED(public_key) leaf_key = {0};
    EXPECT_OK(private_key_generate(CURVE_P384, &device->keys[0]));
    EXPECT_OK(private_key_generate(CURVE_P384, &device->keys[1]));
    EXPECT_OK(private_key_public(&device->keys[0], &root_key));
    EXPECT_OK(private_key_public(&device->keys[1], &leaf_key));
    EXPECT_OK(certificate_issue(&root, &root_key, NULL, &device->keys[0], SIGNATURE_ECDSA_SHA384,
                                &device->root));
    EXPECT_OK(certificate_issue(&leaf, &leaf_key, &device->root, &device->keys[0],
                                SIGNATURE_ECDSA_SHA384, &device->leaf));
}

static void show_chain(struct emulated *device)
{
    SCOPED(buffer) certificates = {0};
    SCOPED(buffer) leaf = {0};
    EXPECT_OK(certificate_der(&device->root, &certificates));
    EXPECT_OK(certificate_der(&device->leaf, &leaf));
    EXPECT_OK(buffer_append(&certificates, buffer_view(&leaf)));
    EXPECT_OK(spdm_chain_write(HASH_SHA384, buffer_view(&certificates), &device->chain_bytes));
    device->chain.hash = HASH_SHA384;
    device->chain.bytes = buffer_view(&device->chain_bytes);
    EXPECT_OK(digest_of(HASH_SHA384, device->chain.bytes, &device->chain.digest));
    device->identity.slots[0] =
        (struct spdm_own_slot){.chains = &device->chain, .chain_count = 1, .key = &device->keys[1]};
}

static void write_block(struct writer *record, uint8_t index, uint8_t kind, bool is_raw,
                        slice value)
{
    spdm_measurement_block_write(record, &(struct spdm_measurement_block){
                                             .index = index,
                                             .specification = SPDM_MEASUREMENT_SPECIFICATION_DMTF,
                                             .kind = kind,
                                             .is_raw = is_raw,
                                             .value = value,
                                         });
}

static const uint8_t firmware[48] = {0xf1, 0xf2, 0xf3};

static status measure(void *context, const struct spdm_measuring *what, struct writer *record,
                      uint8_t *out_count)
{
    struct emulated *const device = context;
    uint8_t changed[sizeof firmware], mode[SPDM_DEVICE_MODE_SIZE] = {4, 0, 0, 0, 4, 0, 0, 0, 3};
    (void)what;
    if (device->not_ready && device->not_ready--)
        return spdm_not_ready();
    memcpy(changed, firmware, sizeof changed);
    changed[0] ^= device->misbehaviour == IS_CHANGED;
    mode[12] = device->misbehaviour == IS_DEBUGGED ? 2 : 0; /* invasively, now */
    write_block(record, 1, SPDM_MEASURED_FIRMWARE, false, SLICE(changed));
    if (device->misbehaviour == HIDES_ITS_MODE)
        write_block(record, SPDM_INDEX_DEVICE_MODE, SPDM_MEASURED_DEVICE_MODE, false,
                    SLICE(firmware));
    else
        write_block(record, SPDM_INDEX_DEVICE_MODE, SPDM_MEASURED_DEVICE_MODE, true, SLICE(mode));
    *out_count = 2;
    return OK;
}

static void settle(struct emulated *device)
{
    uint32_t hashes;
    device->setup = (struct spdm_responder_setup){
        .settings = {.side = SPDM_RESPONDER,
                     .version_min = SPDM_1_2,
                     .version_max = SPDM_1_3,
                     .capabilities = {.flags = SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_MEAS_SIGNED,
                                      .data_transfer_size = FRAME_SIZE,
                                      .message_size_max = FRAME_SIZE},
                     .measurement_hashes = spdm_measurement_hash_bit(HASH_SHA384)},
        .transport = &spdm_doe,
        .identity = &device->identity,
        .duties = {.measure = measure},
        .random = random_bytes,
    };
    spdm_suite_available(SPDM_1_3, &device->setup.settings.algorithms, &hashes);
    device->setup.settings.algorithms.base_asym = spdm_asym_bit(ASYM_ECDSA_P384);
    device->setup.settings.algorithms.base_hash = spdm_hash_bit(HASH_SHA384);
    spdm_responder_begin(&device->responder, &device->setup, device,
                         &(struct spdm_responder_loans){
                             {.incoming = {.space = device->kept, .capacity = FRAME_SIZE}},
                             device->scratch,
                             FRAME_SIZE,
                         });
}

/* ---- its socket ---- */

static bool take(int socket, uint8_t *out, size_t size)
{
    return size == 0 || recv(socket, out, size, MSG_WAITALL) == (ssize_t)size;
}

static bool takes_frame(struct emulated *device, int socket, struct spdm_emulator_frame *out)
{
    if (!take(socket, device->in, SPDM_EMULATOR_HEADER_SIZE))
        return false;
    const size_t size = (size_t)device->in[10] << 8 | device->in[11];
    if (!take(socket, device->in + SPDM_EMULATOR_HEADER_SIZE, size))
        return false;
    slice stream = {device->in, SPDM_EMULATOR_HEADER_SIZE + size};
    return !spdm_emulator_cut(spdm_doe.emulator_number, FRAME_SIZE, &stream, out).fault;
}

/* The type of what DOE's discovery found, made one that is none. */
static void spoil_discovery(struct emulated *device, const struct writer *answer)
{
    if (device->misbehaviour == SPEAKS_NO_SPDM && answer->data[SPDM_EMULATOR_HEADER_SIZE + 2] == 0)
        answer->data[SPDM_EMULATOR_HEADER_SIZE + 8 + 2] = 9;
}

static bool answers(struct emulated *device, const struct spdm_emulator_frame *frame,
                    struct writer *answer)
{
    static const struct moment now = {.wall_s = AT_S, .monotonic_ms = 1};
    static const uint8_t hello[] = SPDM_EMULATOR_HELLO_SERVER;
    enum spdm_emulator_command command = frame->command;
    uint8_t *const payload = device->in + (frame->payload.data - device->in);
    const size_t begin = spdm_emulator_begin(answer);
    if (command == SPDM_EMULATOR_TEST)
        write_bytes(answer, SLICE(hello));
    else if (command == SPDM_EMULATOR_NORMAL)
        EXPECT_OK(
            spdm_responder_receive(&device->responder, now, payload, frame->payload.size, answer));
    if (command == SPDM_EMULATOR_TEST && device->misbehaviour == SAYS_NO_GREETING)
        command = SPDM_EMULATOR_UNKNOWN;
    spoil_discovery(device, answer);
    EXPECT_OK(spdm_emulator_end(answer, begin, command, spdm_doe.emulator_number));
    if (device->misbehaviour == ANSWERS_TOO_MUCH && command == SPDM_EMULATOR_NORMAL)
        answer->data[8] = 0x7f;
    return command != SPDM_EMULATOR_CONTINUE &&
           (device->misbehaviour != HANGS_UP ||
            device->responder.connection.phase != SPDM_PHASE_ALGORITHMS);
}

static void *serve(void *memory)
{
    struct emulated *const device = memory;
    const int socket = accept(device->listener, NULL, NULL);
    struct spdm_emulator_frame frame;
    bool goes_on = true;
    while (goes_on && takes_frame(device, socket, &frame)) {
        struct writer answer = writer_over(device->out, FRAME_SIZE);
        goes_on = answers(device, &frame, &answer);
        if (goes_on && send(socket, device->out, answer.size, MSG_NOSIGNAL) < 0)
            break;
    }
    close(socket);
    return NULL;
}

static struct emulated *device_open(enum misbehaviour misbehaviour)
{
    struct emulated *const device = calloc(1, sizeof *device);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    device->misbehaviour = misbehaviour;
    device->not_ready = misbehaviour == IS_NOT_READY ? 2 : 0;
    issue(device);
    show_chain(device);
    settle(device);
    snprintf(device->folder, sizeof device->folder, "/tmp/cix-device-XXXXXX");
    if (!mkdtemp(device->folder))
        abort();
    snprintf(device->path, sizeof device->path, "%s/doe", device->folder);
    snprintf(device->address, sizeof device->address, "unix://%s", device->path);
    memcpy(at.sun_path, device->path, strlen(device->path));
    device->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(bind(device->listener, (const struct sockaddr *)&at, sizeof at) == 0);
    EXPECT(listen(device->listener, 1) == 0);
    EXPECT(pthread_create(&device->thread, NULL, serve, device) == 0);
    return device;
}

static void device_close(struct emulated *device)
{
    pthread_join(device->thread, NULL);
    close(device->listener);
    unlink(device->path);
    rmdir(device->folder);
    spdm_responder_clear(&device->responder);
    for (size_t i = 0; i < 2; i++)
        private_key_clear(&device->keys[i]);
    certificate_clear(&device->root);
    certificate_clear(&device->leaf);
    buffer_clear(&device->chain_bytes);
    free(device);
}

static status collect_from(struct emulated *device, slice nonce, struct buffer *out)
{
    SCOPED(buffer) endorsements = {0};
    const struct collection request = {.binding = nonce, .spdm_device = device->address};
    return spdm_device_collect(&request, out, &endorsements);
}

/* ---- a TEE that vouches for it ---- */

static const uint8_t nonce[DEVICE_NONCE_SIZE] = {1, 2, 3, [31] = 9};

struct judged {
    struct facts facts;
    struct appraisal appraisal;
};

/* Facts of a TEE that every policy here likes, whose evidence nobody looks at. */
static void vouch(struct facts *tee)
{
    static const uint8_t code[48] = {7};
    tee->platform = "tdx";
    tee->valid_until_s = AT_S + DAY_S;
    claim_bytes(&tee->claims, "measurement", SLICE(code));
    claim_flag(&tee->claims, "debug", false);
    claim_flag(&tee->claims, "profiling", false);
    claim_flag(&tee->claims, "migratable", false);
    claim_flag(&tee->claims, "collateral_not_yet_valid", false);
    claim_text(&tee->claims, "tcb_status", "UpToDate");
    check_pass(tee, "signature");
    check_pass(tee, "chain");
    check_pass(tee, "binding");
}

static struct policy *policy_for(const char *claims)
{
    char text[1024];
    struct policy *policy = NULL;
    struct problem problem = {0};
    snprintf(text, sizeof text,
             "accept:\n  - platform: tdx\n    insecure_any_measurement: true\n"
             "    insecure_any_instance: true\n    devices:\n      - platform: spdm\n"
             "        insecure_any_measurement: true\n        claims: { %s }\n",
             claims);
    EXPECT_OK(policy_read(slice_of_text(text), &policy, &problem));
    return policy;
}

#define FIRMWARE_PIN                                                                               \
    "measurements.1: "                                                                             \
    "\"f1f2f3000000000000000000000000000000000000000000"                                           \
    "000000000000000000000000000000000000000000000000\""

static struct judged *judge(struct emulated *device, slice binding, const char *claims)
{
    static struct facts tee;
    struct judged *const judged = calloc(1, sizeof *judged);
    struct endorsements endorsements = {0};
    struct policy *const policy = policy_for(claims);
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) root = {0};
    memset(&tee, 0, sizeof tee);
    vouch(&tee);
    EXPECT_OK(collect_from(device, SLICE(nonce), &evidence));
    EXPECT_OK(certificate_der(&device->root, &root));
    EXPECT_OK(endorsements_trust(&endorsements, buffer_view(&root)));
    EXPECT_OK(verify_device(buffer_view(&evidence), binding, &endorsements, AT_S, &judged->facts));
    EXPECT_OK(appraise_with_devices(&tee, &judged->facts, 1, policy, (slice){0}, AT_S,
                                    &judged->appraisal));
    policy_free(policy);
    endorsements_clear(&endorsements);
    device_close(device);
    return judged;
}

static bool is_refused_for(const struct judged *judged, enum verdict verdict, const char *reason)
{
    bool found = false;
    for (size_t i = 0; i < judged->appraisal.reason_count; i++) {
        found |= strcmp(judged->appraisal.reasons[i], reason) == 0;
        if (!found)
            printf("  reason: %s\n", judged->appraisal.reasons[i]);
    }
    return found && judged->appraisal.verdict == verdict;
}

TEST(a_device_over_doe_is_asked_verified_and_accepted_beside_the_tee_that_vouches_for_it)
{
    static const enum misbehaviour good[] = {BEHAVES, IS_NOT_READY};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct judged *const judged = judge(device_open(good[i]), SLICE(nonce), FIRMWARE_PIN);
        EXPECT(facts_authentic(&judged->facts));
        EXPECT(slice_equal(claims_bytes(&judged->facts.claims, "version"), slice_of_text("1.3")));
        EXPECT(judged->appraisal.verdict == VERDICT_ACCEPTED);
        free(judged);
    }
}

TEST(a_device_with_other_firmware_than_the_reference_is_denied)
{
    struct judged *const judged = judge(device_open(IS_CHANGED), SLICE(nonce), FIRMWARE_PIN);
    EXPECT(is_refused_for(judged, VERDICT_DENIED, "SPDM_MEASUREMENTS_1_NOT_ACCEPTED"));
    free(judged);
}

TEST(E9_a_device_that_is_being_debugged_or_hides_it_is_denied)
{
    struct judged *judged = judge(device_open(IS_DEBUGGED), SLICE(nonce), FIRMWARE_PIN);
    EXPECT(facts_authentic(&judged->facts));
    EXPECT(is_refused_for(judged, VERDICT_DENIED, "SPDM_LIFECYCLE_DEBUG"));
    free(judged);
    judged = judge(device_open(HIDES_ITS_MODE), SLICE(nonce), FIRMWARE_PIN);
    EXPECT(is_refused_for(judged, VERDICT_DENIED, "SPDM_DEVICE_MODE_UNREADABLE"));
    free(judged);
}

TEST(E38_a_device_of_another_machine_or_session_is_unauthentic)
{
    uint8_t other[DEVICE_NONCE_SIZE];
    memcpy(other, nonce, sizeof other);
    other[31] ^= 1;
    struct judged *const judged = judge(device_open(BEHAVES), SLICE(other), FIRMWARE_PIN);
    EXPECT(is_refused_for(judged, VERDICT_UNAUTHENTIC, "SPDM_BINDING_MISMATCH"));
    free(judged);
}

/* It goes to the verifier as side claims. */
TEST(a_devices_evidence_enters_a_list_of_devices_and_comes_out_of_it)
{
    struct emulated *const device = device_open(BEHAVES);
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) side_claims = {0};
    struct devices devices = {.count = 1};
    EXPECT_OK(collect_from(device, SLICE(nonce), &evidence));
    devices.items[0] = (struct device){&spdm_platform, buffer_view(&evidence)};
    EXPECT_OK(devices_write(&devices, &side_claims));
    EXPECT_OK(devices_read(buffer_view(&side_claims), &devices));
    EXPECT(devices.count == 1 && devices.items[0].platform == &spdm_platform);
    device_close(device);
}

TEST(devices_that_misbehave_are_an_error_and_never_evidence)
{
    static const enum misbehaviour bad[] = {HANGS_UP, SAYS_NO_GREETING, SPEAKS_NO_SPDM,
                                            ANSWERS_TOO_MUCH};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct emulated *const device = device_open(bad[i]);
        SCOPED(buffer) evidence = {0};
        EXPECT_FAIL(UNAVAILABLE, collect_from(device, SLICE(nonce), &evidence));
        EXPECT(evidence.size == 0);
        device_close(device);
    }
}

TEST(what_is_no_nonce_and_where_nobody_is_are_errors)
{
    static const uint8_t binding[BINDING_SIZE] = {[63] = 1};
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) endorsements = {0};
    struct collection request = {.binding = SLICE(nonce)};
    EXPECT_FAIL(UNAVAILABLE, spdm_device_collect(&request, &evidence, &endorsements));
    request.spdm_device = "unix:///no/such/socket";
    EXPECT_FAIL(UNAVAILABLE, spdm_device_collect(&request, &evidence, &endorsements));
    request.spdm_device = "a device";
    EXPECT_FAIL(MALFORMED, spdm_device_collect(&request, &evidence, &endorsements));
    request.binding = SLICE(binding);
    EXPECT_FAIL(UNSUPPORTED, spdm_device_collect(&request, &evidence, &endorsements));
}
