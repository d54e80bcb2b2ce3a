/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nitro/collect.h"

#include "evidence/nitro/nsm.h"
#include "sim/nsm.h"

#include "nitro_samples.h"
#include "supervised.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

/* The driver's errors are those of the kernel's drivers/misc/nsm.c. */

#define NOW_S ((int64_t)1768435200) /* 2026-01-15 */

static const uint8_t binding[BINDING_SIZE] = {0xb1, 0xd1, [63] = 0x99};

static int64_t now_s(void)
{
    return NOW_S;
}

struct bench {
    struct sim_nitro enclave;
    struct endorsements trusting;
};

static void bench_clear(struct bench *bench)
{
    sim_nitro_clear(&bench->enclave);
    endorsements_clear(&bench->trusting);
}

static void bench_make(struct bench *out)
{
    SCOPED(private_key) root = {0};
    SCOPED(buffer) der = {0};
    const struct sim_nitro_settings settings = sim_nitro_defaults();
    EXPECT_OK(private_key_generate(CURVE_P384, &root));
    EXPECT_OK(sim_nitro_launch(&root, NOW_S, &settings, &out->enclave));
    EXPECT_OK(certificate_der(&out->enclave.certificates[0], &der));
    EXPECT_OK(endorsements_trust(&out->trusting, buffer_view(&der)));
}

/* Runs `part` in an enclave whose module does this wrong. */
static void in_enclave(const struct bench *bench, struct sim_tsm_settings settings,
                       void (*part)(void *context), void *context)
{
    SCOPED(sim_stage) stage = {0};
    struct sim_nsm nsm = sim_nsm_of(&bench->enclave, now_s, &settings);
    const struct sim_device device = sim_nsm_device(&nsm);
    EXPECT_OK(sim_stage_open(&settings, &stage));
    EXPECT_OK(sim_stage_device(&stage, &device));
    on_stage(&stage, part, context);
}

static void collect_and_verify(void *context)
{
    const struct bench *const bench = context;
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    const struct collection request = {.binding = SLICE(binding)};
    EXPECT(nitro_is_here(&request));
    EXPECT(platform_here(&request) == &nitro_platform);
    EXPECT_OK(nitro_collect(&request, &evidence, &endorsements));
    EXPECT(endorsements.size == 0);
    EXPECT_OK(
        nitro_verify_bound(buffer_view(&evidence), SLICE(binding), &bench->trusting, NOW_S, facts));
    EXPECT(facts_authentic(facts));
    print_failures(facts);
    free(facts);
}

TEST(a_document_is_collected_from_the_security_module_and_verifies)
{
    SCOPED(bench) bench = {0};
    bench_make(&bench);
    in_enclave(&bench, (struct sim_tsm_settings){0}, collect_and_verify, &bench);
}

static void collect_refused(void *word)
{
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) endorsements = {0};
    const struct collection request = {.binding = SLICE(binding)};
    const status got = nitro_collect(&request, &evidence, &endorsements);
    EXPECT(got.fault && strstr(got.fault->what, word));
    if (got.fault && !strstr(got.fault->what, word))
        printf("  said: %s\n", got.fault->what);
    EXPECT(evidence.size == 0);
}

/* D3, D5 */
TEST(what_the_module_or_its_driver_does_wrong_is_an_error_and_never_evidence)
{
    static const struct {
        enum sim_fault fault;
        char word[32];
    } rows[] = {
        {SIM_FAULT_GONE, "absent"},          {SIM_FAULT_TIMED_OUT, "in time"},
        {SIM_FAULT_UNLOADED, "no answer"},   {SIM_FAULT_BUSY, "no answer"},
        {SIM_FAULT_FAILED, "module failed"}, {SIM_FAULT_OVERSIZED, "larger than the memory"},
        {SIM_FAULT_EMPTY, "CBOR ends"},      {SIM_FAULT_OLD_REPORT, "other user data"},
    };
    SCOPED(bench) bench = {0};
    bench_make(&bench);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char word[sizeof rows[i].word];
        memcpy(word, rows[i].word, sizeof word);
        in_enclave(&bench, (struct sim_tsm_settings){.fault = rows[i].fault}, collect_refused,
                   word);
    }
}

static void find_no_module(void *unused)
{
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) endorsements = {0};
    const struct collection request = {.binding = SLICE(binding)};
    (void)unused;
    EXPECT(!nitro_is_here(&request));
    EXPECT_FAIL(UNAVAILABLE, nitro_collect(&request, &evidence, &endorsements));
}

TEST(a_machine_without_the_module_is_no_enclave)
{
    SCOPED(sim_stage) stage = {0};
    const struct sim_tsm_settings settings = {0};
    EXPECT_OK(sim_stage_open(&settings, &stage));
    on_stage(&stage, find_no_module, NULL);
}

/* What the driver does with messages that ours never sends. */
static void call_wrongly(void *unused)
{
    static uint8_t request[NSM_REQUEST_SIZE_MAX + 1], response[NSM_RESPONSE_SIZE_MAX];
    const int file = open(NSM_DEVICE, O_RDWR | O_CLOEXEC);
    struct nsm_message message = {(uintptr_t)request, sizeof request, (uintptr_t)response,
                                  sizeof response};
    (void)unused;
    EXPECT(file >= 0);
    EXPECT(ioctl(file, NSM_IOCTL_RAW, &message) == -1 && errno == EMSGSIZE);
    EXPECT(ioctl(file, NSM_IOCTL_RAW + 1, &message) == -1 && errno == EINVAL);
    EXPECT(ioctl(file, NSM_IOCTL_RAW, NULL) == -1 && errno == EFAULT);
    message.request_size = 4; /* zeros are no request */
    EXPECT(ioctl(file, NSM_IOCTL_RAW, &message) == 0);
    slice document;
    EXPECT_FAIL(UNAVAILABLE, nsm_read_attestation_response(
                                 (slice){response, (size_t)message.response_size}, &document));
    message = (struct nsm_message){0, 4, (uintptr_t)response, sizeof response};
    EXPECT(ioctl(file, NSM_IOCTL_RAW, &message) == -1 && errno == EFAULT);

    /* An answer that does not fit is cut. */
    struct writer writer = writer_over(request, sizeof request);
    EXPECT_OK(nsm_write_attestation_request(&writer, SLICE(binding)));
    message = (struct nsm_message){(uintptr_t)request, writer.size, (uintptr_t)response, 100};
    EXPECT(ioctl(file, NSM_IOCTL_RAW, &message) == 0 && message.response_size == 100);
    EXPECT_FAIL(TRUNCATED, nsm_read_attestation_response((slice){response, 100}, &document));
    close(file);
}

TEST(the_driver_refuses_what_is_no_message)
{
    SCOPED(bench) bench = {0};
    bench_make(&bench);
    in_enclave(&bench, (struct sim_tsm_settings){0}, call_wrongly, NULL);
}

TEST(every_documented_error_of_the_module_is_told_apart)
{
    static const struct {
        const char *code, *word;
    } rows[] = {{"InvalidArgument", "as invalid"},  {"InvalidOperation", "does not do this"},
                {"InputTooLarge", "too large"},     {"BufferTooSmall", "larger than the memory"},
                {"InternalError", "module failed"}, {"InvalidIndex", "with an error"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t space[64];
        struct writer writer = writer_over(space, sizeof space);
        slice answer, document;
        cbor_write_map(&writer, 1);
        cbor_write_text(&writer, slice_of_text("Error"));
        cbor_write_text(&writer, slice_of_text(rows[i].code));
        EXPECT_OK(writer_finish(&writer, &answer));
        const status read = nsm_read_attestation_response(answer, &document);
        EXPECT(read.fault && read.fault->failure == FAILURE_UNAVAILABLE);
        EXPECT(read.fault && strstr(read.fault->what, rows[i].word));
        for (size_t size = 0; size < answer.size; size++)
            EXPECT_FAIL(TRUNCATED, nsm_read_attestation_response((slice){space, size}, &document));
    }
    uint8_t large[NSM_USER_DATA_SIZE_MAX + 1] = {0};
    struct writer writer = writer_over(large, sizeof large);
    EXPECT_FAIL(MALFORMED, nsm_write_attestation_request(&writer, SLICE(large)));
}
