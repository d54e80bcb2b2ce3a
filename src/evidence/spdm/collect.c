/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/spdm/collect.h"

#include "evidence/service.h"
#include "evidence/spdm/report.h"
#include "spdm/doe_discovery.h"
#include "spdm/emulator.h"
#include "spdm/message/capabilities.h"
#include "spdm/requester.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MESSAGE_SIZE_MAX = 128 << 10,
    FRAME_SIZE_MAX = SPDM_EMULATOR_HEADER_SIZE + SPDM_FRAME_HEADER_SIZE_MAX + MESSAGE_SIZE_MAX,
    PAUSE_MS_MAX = 1000,
    REQUEST_SIZE_MAX = 64,
};

/* A device that is asked; large. */
struct interview {
    struct service service;
    struct spdm_requester_setup setup;
    struct spdm_requester requester;
    struct spdm_chain chain;
    uint8_t chain_space[SPDM_REPORT_CHAIN_SIZE_MAX];
    uint8_t out[FRAME_SIZE_MAX], in[FRAME_SIZE_MAX];
};

static void interview_free(struct interview *interview)
{
    spdm_requester_clear(&interview->requester);
    spdm_chain_clear(&interview->chain);
    service_clear(&interview->service);
    free(interview);
}

static struct moment now(void)
{
    struct timespec clock;
    clock_gettime(CLOCK_MONOTONIC, &clock);
    return (struct moment){.monotonic_ms = (int64_t)clock.tv_sec * 1000 + clock.tv_nsec / 1000000};
}

/* ---- frames ---- */

/* `writer` began with spdm_emulator_begin() in `interview->out`. */
static status send_frame(struct interview *interview, struct writer *writer,
                         enum spdm_emulator_command command)
{
    TRY(spdm_emulator_end(writer, SPDM_EMULATOR_HEADER_SIZE, command, spdm_doe.emulator_number));
    return service_send(&interview->service, (slice){interview->out, writer->size});
}

static status receive_frame(struct interview *interview, struct spdm_emulator_frame *out)
{
    TRY(service_receive(&interview->service, interview->in, SPDM_EMULATOR_HEADER_SIZE));
    struct reader header = reader_of((slice){interview->in, SPDM_EMULATOR_HEADER_SIZE});
    read_be64(&header); /* command and transport: below */
    const uint32_t size = read_be32(&header);
    if (size > FRAME_SIZE_MAX - SPDM_EMULATOR_HEADER_SIZE)
        return FAIL(UNAVAILABLE, "the device answers with more than we take");
    TRY(service_receive(&interview->service, interview->in + SPDM_EMULATOR_HEADER_SIZE, size));
    slice stream = {interview->in, SPDM_EMULATOR_HEADER_SIZE + size};
    return spdm_emulator_cut(spdm_doe.emulator_number, size, &stream, out);
}

static struct writer frame_in(struct interview *interview)
{
    struct writer writer = writer_over(interview->out, sizeof interview->out);
    spdm_emulator_begin(&writer);
    return writer;
}

/* Sends a frame of the transport, and takes the one that answers it. */
static status exchange(struct interview *interview, struct writer *frame, slice *out)
{
    struct spdm_emulator_frame answer;
    TRY(send_frame(interview, frame, SPDM_EMULATOR_NORMAL));
    TRY(receive_frame(interview, &answer));
    if (answer.command != SPDM_EMULATOR_NORMAL)
        return FAIL(UNAVAILABLE, "the device's socket answers with another command");
    *out = answer.payload;
    return OK;
}

/* ---- before SPDM ---- */

static status greet(struct interview *interview)
{
    static const uint8_t hello[] = SPDM_EMULATOR_HELLO_CLIENT;
    struct writer writer = frame_in(interview);
    struct spdm_emulator_frame answer;
    write_bytes(&writer, SLICE(hello));
    TRY(send_frame(interview, &writer, SPDM_EMULATOR_TEST));
    TRY(receive_frame(interview, &answer));
    return answer.command == SPDM_EMULATOR_TEST
               ? OK
               : FAIL(UNAVAILABLE, "no device's socket answers the greeting");
}

static status discover_next(struct interview *interview, struct spdm_doe_discovery *discovery)
{
    struct writer writer = frame_in(interview);
    struct spdm_frame frame;
    slice answer;
    const size_t begin = spdm_frame_begin(&spdm_doe, &writer);
    spdm_doe_discovery_ask(&writer, discovery);
    TRY(spdm_frame_end(&spdm_doe, &writer, begin, SPDM_FRAME_DISCOVERY));
    TRY(exchange(interview, &writer, &answer));
    TRY(spdm_frame_read(&spdm_doe, answer, &frame));
    if (frame.kind != SPDM_FRAME_DISCOVERY)
        return FAIL(UNAVAILABLE, "the device does not answer DOE's discovery");
    return spdm_doe_discovery_take(discovery, frame.message);
}

static status discover(struct interview *interview)
{
    struct spdm_doe_discovery discovery = {0};
    while (!discovery.is_done)
        TRY(discover_next(interview, &discovery));
    return discovery.has_spdm ? OK : FAIL(UNAVAILABLE, "the device speaks no SPDM over DOE");
}

/* ---- SPDM ---- */

/* The device wants time: until then, or as long as there is patience at all. */
static enum spdm_progress come_back(struct interview *interview, struct writer *writer)
{
    const int64_t left_ms = spdm_requester_deadline_ms(&interview->requester) - now().monotonic_ms;
    const long pause_ms = left_ms > PAUSE_MS_MAX ? PAUSE_MS_MAX : left_ms > 0 ? (long)left_ms : 0;
    const struct timespec pause = {.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
    return spdm_requester_look(&interview->requester, now(), writer);
}

/* To the end of what was asked in `writer`. */
static status speak(struct interview *interview, struct writer *writer)
{
    struct spdm_requester *const requester = &interview->requester;
    enum spdm_progress progress = SPDM_SEND;
    while (progress == SPDM_SEND || progress == SPDM_WAIT) {
        slice answer;
        if (progress == SPDM_WAIT) {
            *writer = frame_in(interview);
            progress = come_back(interview, writer);
            continue;
        }
        TRY(exchange(interview, writer, &answer));
        *writer = frame_in(interview);
        progress = spdm_requester_receive(
            requester, now(), interview->in + (answer.data - interview->in), answer.size, writer);
        if (progress == SPDM_WAIT && !requester->error)
            return FAIL(UNAVAILABLE, "the device answers with something else than SPDM");
    }
    return progress == SPDM_DONE ? OK : requester->failure;
}

static status learn_chain(struct interview *interview)
{
    struct spdm_requester *const requester = &interview->requester;
    struct writer writer = frame_in(interview);
    TRY(spdm_requester_digests(requester, now(), NULL, &writer));
    TRY(speak(interview, &writer));
    writer = frame_in(interview);
    TRY(spdm_requester_certificate(requester, now(), NULL, SPDM_DEVICE_SLOT, &writer));
    TRY(speak(interview, &writer));
    const struct spdm_chain_rules rules = {
        .version = requester->connection.shape.version,
        .hash = requester->connection.suite.hash,
        .asym = requester->connection.suite.asym,
        .model = SPDM_DEVICE_CERT,
    };
    TRY(spdm_chain_read(&rules, (slice){interview->chain_space, requester->chain_size},
                        &interview->chain));
    return spdm_requester_accept(requester, SPDM_DEVICE_SLOT, &interview->chain);
}

static status measure(struct interview *interview, const uint8_t nonce[SPDM_NONCE_SIZE])
{
    const struct spdm_measuring_order order = {.operation = SPDM_MEASUREMENTS_ALL,
                                               .asks_signature = true,
                                               .slot = SPDM_DEVICE_SLOT,
                                               .nonce = nonce};
    struct writer writer = frame_in(interview);
    TRY(spdm_requester_measurements(&interview->requester, now(), &order, &writer));
    return speak(interview, &writer);
}

/* As it was written. */
static status write_request(const struct spdm_requester *requester, struct writer *writer,
                            slice *out)
{
    struct spdm_get_measurements request = {
        .asks_signature = true, .operation = SPDM_MEASUREMENTS_ALL, .slot = SPDM_DEVICE_SLOT};
    memcpy(request.nonce, requester->nonce, sizeof request.nonce);
    memcpy(request.context, requester->context, sizeof request.context);
    spdm_get_measurements_write(writer, &requester->connection.shape, &request);
    return writer_finish(writer, out);
}

static status keep(const struct interview *interview, struct buffer *out)
{
    const struct spdm_requester *const requester = &interview->requester;
    const struct spdm_transcript *const transcript = &requester->connection.transcript;
    uint8_t space[REQUEST_SIZE_MAX];
    struct writer request = writer_over(space, sizeof space);
    struct spdm_report report = {
        .negotiation = {transcript->a_bytes, transcript->a_size},
        .chain = {interview->chain_space, requester->chain_size},
        .response = requester->measured,
    };
    TRY(write_request(requester, &request, &report.request));
    return spdm_report_write(&report, out);
}

/* ---- the whole ---- */

static void prepare(struct interview *interview)
{
    struct spdm_settings *const settings = &interview->setup.settings;
    uint32_t measurement_hashes;
    *settings = (struct spdm_settings){
        .side = SPDM_REQUESTER,
        .version_min = SPDM_1_2,
        .version_max = SPDM_1_4,
        .capabilities = {.data_transfer_size = MESSAGE_SIZE_MAX,
                         .message_size_max = MESSAGE_SIZE_MAX},
        .sequence_size = (uint8_t)spdm_doe.sequence_size,
    };
    spdm_suite_available(SPDM_1_4, &settings->algorithms, &measurement_hashes);
    interview->setup.transport = &spdm_doe;
    interview->setup.random = random_bytes;
    spdm_requester_begin(&interview->requester, &interview->setup,
                         &(struct spdm_requester_loans){
                             .chain = interview->chain_space,
                             .chain_capacity = sizeof interview->chain_space,
                         });
}

/* The device's socket echoes it, if it is still there: what was collected is there. */
static void leave(struct interview *interview)
{
    struct writer writer = frame_in(interview);
    struct spdm_emulator_frame echo;
    status left = send_frame(interview, &writer, SPDM_EMULATOR_CONTINUE);
    if (!left.fault)
        left = receive_frame(interview, &echo);
    (void)left.fault;
}

static status ask_device(struct interview *interview, const char *address,
                         const uint8_t nonce[SPDM_NONCE_SIZE], struct buffer *out_evidence)
{
    struct writer writer;
    prepare(interview);
    TRY(service_dial(address, SPDM_DEVICE_TIMEOUT_MS, &interview->service));
    TRY(greet(interview));
    TRY(discover(interview));
    writer = frame_in(interview);
    TRY(spdm_requester_connect(&interview->requester, now(), &writer));
    TRY(speak(interview, &writer));
    TRY(learn_chain(interview));
    TRY(measure(interview, nonce));
    TRY(keep(interview, out_evidence));
    leave(interview);
    return OK;
}

status spdm_device_collect(const struct collection *request, struct buffer *out_evidence,
                           struct buffer *out_endorsements)
{
    uint8_t nonce[SPDM_NONCE_SIZE] = {0};
    const slice binding = request->binding;
    (void)out_endorsements;
    if (!request->spdm_device)
        return FAIL(UNAVAILABLE, "nobody said where the device is");
    if (binding.size > BINDING_SIZE || !binding.size ||
        (binding.size > sizeof nonce &&
         !slice_is_zero((slice){binding.data + sizeof nonce, binding.size - sizeof nonce})))
        return FAIL(UNSUPPORTED, "a device signs a nonce of 32 bytes");
    memcpy(nonce, binding.data, binding.size < sizeof nonce ? binding.size : sizeof nonce);
    struct interview *const interview = calloc(1, sizeof *interview);
    if (!interview)
        return FAIL(EXHAUSTED, "no memory to ask a device");
    const status asked = ask_device(interview, request->spdm_device, nonce, out_evidence);
    interview_free(interview);
    return asked;
}
