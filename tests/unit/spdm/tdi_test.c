/* SPDX-License-Identifier: Apache-2.0 */

/*
 * TDISP as a requester: against a recorded device, whose every request is ours byte for byte, and
 * against one written from the specification's table, which can go wrong.
 */

#include "spdm/tdi.h"

#include "spdm/message/vendor_defined.h"
#include "spdm_recording.h"

enum { FUNCTION = 0xbeef, REPORT_MAX = 4096, PAYLOAD_MAX = 2048 };

static uint8_t report_space[REPORT_MAX];

static status ask(struct spdm_tdi *tdi, uint8_t type)
{
    uint8_t space[PAYLOAD_MAX];
    struct writer payload = writer_over(space, sizeof space);
    return spdm_tdi_ask(tdi, &(struct spdm_tdisp){.type = type}, &payload);
}

/* ---- the recorded device ---- */

struct playback {
    struct spdm_tdi tdi;
    size_t asked, answered, runs;
};
static struct playback playback;

static void play(struct playback *at, bool is_response, slice payload)
{
    uint8_t space[PAYLOAD_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_tdisp recorded;
    if (is_response) {
        EXPECT_OK(spdm_tdi_take(&at->tdi, payload));
        at->answered++;
        at->runs += at->tdi.state == SPDM_TDISP_RUN;
        return;
    }
    EXPECT_OK(spdm_tdisp_read(payload, &recorded));
    memset(recorded.type == SPDM_TDISP_START_INTERFACE ? recorded.nonce : space, 0,
           sizeof recorded.nonce); /* the machine knows it */
    EXPECT_OK(spdm_tdi_ask(&at->tdi, &recorded, &writer));
    EXPECT(slice_equal((slice){space, writer.size}, payload));
    at->asked++;
}

static void visit(const struct spdm_recording *recording)
{
    for (size_t i = 0; i < recording->message_count; i++) {
        const struct recorded_message *const message = &recording->messages[i];
        struct reader reader = reader_of(message->message);
        struct spdm_vendor_defined vendor;
        const status read =
            message->is_response
                ? spdm_vendor_defined_response_read(&reader, &recording->shape, &vendor)
                : spdm_vendor_defined_request_read(&reader, &recording->shape, &vendor);
        if (!message->in_session || read.fault || vendor.vendor_id.data[0] != 1 ||
            vendor.payload.data[0] != SPDM_TDISP_PROTOCOL)
            continue;
        play(&playback, message->is_response, vendor.payload);
    }
}

TEST(a_recorded_device_is_locked_reported_started_and_stopped_with_the_same_bytes)
{
    struct spdm_tdisp_report report;
    if (spdm_recordings_are_absent(1))
        return;
    spdm_tdi_begin(&playback.tdi, FUNCTION, report_space, sizeof report_space);
    spdm_recordings_each(visit);
    EXPECT(playback.asked == 3 * 11); /* two conversations over DOE, as in frames 59 to 80 */
    EXPECT(playback.answered == playback.asked && playback.runs == 3 * 2);
    EXPECT(playback.tdi.state == SPDM_TDISP_UNLOCKED && !playback.tdi.has_nonce);
    EXPECT_FAIL(UNEXPECTED, spdm_tdi_report(&playback.tdi, &report)); /* it was stopped */
}

/* ---- one from the table ---- */

/* spec: PCI Express Base Specification 6.1, "TDISP Request Codes": in which states each is legal */
static const struct {
    uint8_t request;
    bool unlocked, locked, run, failed;
} legal[] = {
    {SPDM_TDISP_GET_VERSION, true, true, true, true},
    {SPDM_TDISP_GET_CAPABILITIES, true, true, true, true},
    {SPDM_TDISP_LOCK_INTERFACE, true, false, false, false},
    {SPDM_TDISP_GET_DEVICE_INTERFACE_REPORT, false, true, true, false},
    {SPDM_TDISP_GET_DEVICE_INTERFACE_STATE, true, true, true, true},
    {SPDM_TDISP_START_INTERFACE, false, true, false, false},
    {SPDM_TDISP_STOP_INTERFACE, true, true, true, true},
    {SPDM_TDISP_BIND_P2P_STREAM, false, false, true, false},
    {SPDM_TDISP_UNBIND_P2P_STREAM, false, false, true, false},
    {SPDM_TDISP_SET_MMIO_ATTRIBUTE, false, false, true, false},
};

enum { REQUESTS = sizeof legal / sizeof *legal };

static bool is_legal(uint8_t request, uint8_t state)
{
    for (size_t i = 0; i < REQUESTS; i++)
        if (legal[i].request == request)
            return (bool[]){legal[i].unlocked, legal[i].locked, legal[i].run,
                            legal[i].failed}[state];
    return false;
}

struct device {
    uint8_t state;
    uint8_t nonce[SPDM_TDISP_NONCE_SIZE];
    uint8_t report[100];
    uint16_t portion_max;
    bool is_busy;
    uint8_t answers_with; /* this type, whatever was asked; 0: the right one */
};

static void device_report(const struct device *device, const struct spdm_tdisp *request,
                          struct spdm_tdisp *answer)
{
    size_t size = sizeof device->report - request->wanted.offset;
    size = size < request->wanted.length ? size : request->wanted.length;
    size = size < device->portion_max ? size : device->portion_max;
    answer->report.portion = (slice){device->report + request->wanted.offset, size};
    answer->report.remainder_size =
        (uint16_t)(sizeof device->report - request->wanted.offset - size);
}

static void device_error(struct spdm_tdisp *answer, uint32_t code)
{
    answer->type = SPDM_TDISP_ERROR;
    answer->error.code = code;
}

static void device_start(struct device *device, const struct spdm_tdisp *request,
                         struct spdm_tdisp *answer)
{
    if (!slice_equal(SLICE(request->nonce), SLICE(device->nonce)))
        device_error(answer, SPDM_TDISP_INVALID_NONCE);
    else
        device->state = SPDM_TDISP_RUN;
}

static void device_act(struct device *device, const struct spdm_tdisp *request,
                       struct spdm_tdisp *answer)
{
    switch (request->type) {
    case SPDM_TDISP_GET_VERSION:
        answer->versions.count = 1;
        answer->versions.numbers[0] = SPDM_TDISP_1_0;
        break;
    case SPDM_TDISP_GET_CAPABILITIES:
        memset(answer->capabilities.requests, 0xff, sizeof answer->capabilities.requests);
        answer->capabilities.lock_flags = SPDM_TDISP_NO_FIRMWARE_UPDATE | SPDM_TDISP_BIND_P2P;
        break;
    case SPDM_TDISP_LOCK_INTERFACE:
        device->nonce[0]++;
        memcpy(answer->nonce, device->nonce, sizeof device->nonce);
        device->state = SPDM_TDISP_LOCKED;
        break;
    case SPDM_TDISP_GET_DEVICE_INTERFACE_REPORT:
        device_report(device, request, answer);
        break;
    case SPDM_TDISP_GET_DEVICE_INTERFACE_STATE:
        answer->state = device->state;
        break;
    case SPDM_TDISP_START_INTERFACE:
        device_start(device, request, answer);
        break;
    case SPDM_TDISP_STOP_INTERFACE:
        device->state = SPDM_TDISP_UNLOCKED;
        break;
    default:
        break;
    }
}

static slice device_answer(struct device *device, slice payload, uint8_t *space)
{
    struct writer writer = writer_over(space, PAYLOAD_MAX);
    struct spdm_tdisp request;
    EXPECT_OK(spdm_tdisp_read(payload, &request));
    struct spdm_tdisp answer = {
        .version = SPDM_TDISP_1_0,
        .type = request.type & 0x7F,
        .function_id = request.function_id,
    };
    if (device->is_busy)
        device_error(&answer, SPDM_TDISP_BUSY);
    else if (!is_legal(request.type, device->state))
        device_error(&answer, SPDM_TDISP_INVALID_INTERFACE_STATE);
    else
        device_act(device, &request, &answer);
    if (device->answers_with)
        answer.type = device->answers_with;
    spdm_tdisp_write(&writer, &answer);
    return (slice){space, writer.size};
}

static status go(struct spdm_tdi *tdi, struct device *device, const struct spdm_tdisp *what)
{
    uint8_t request_space[PAYLOAD_MAX], answer_space[PAYLOAD_MAX];
    struct writer payload = writer_over(request_space, sizeof request_space);
    TRY(spdm_tdi_ask(tdi, what, &payload));
    return spdm_tdi_take(tdi,
                         device_answer(device, (slice){request_space, payload.size}, answer_space));
}

static status go_simply(struct spdm_tdi *tdi, struct device *device, uint8_t type)
{
    return go(tdi, device, &(struct spdm_tdisp){.type = type});
}

static struct device some_device(void)
{
    struct device device = {.portion_max = 33};
    for (size_t i = 0; i < sizeof device.report; i++)
        device.report[i] = (uint8_t)i;
    memset(device.report, 0, 16); /* no ranges, then nothing specific to the device */
    device.report[16] = sizeof device.report - 20;
    memset(device.report + 17, 0, 3);
    return device;
}

static void introduce(struct spdm_tdi *tdi, struct device *device)
{
    spdm_tdi_begin(tdi, FUNCTION, report_space, sizeof report_space);
    EXPECT_OK(go_simply(tdi, device, SPDM_TDISP_GET_VERSION));
    EXPECT_OK(go_simply(tdi, device, SPDM_TDISP_GET_CAPABILITIES));
    EXPECT_OK(go_simply(tdi, device, SPDM_TDISP_GET_DEVICE_INTERFACE_STATE));
}

static const struct spdm_tdisp lock = {.type = SPDM_TDISP_LOCK_INTERFACE,
                                       .lock = {.flags = SPDM_TDISP_BIND_P2P}};

static void read_report(struct spdm_tdi *tdi, struct device *device)
{
    for (size_t i = 0; i < 8 && !tdi->has_report; i++)
        EXPECT_OK(go_simply(tdi, device, SPDM_TDISP_GET_DEVICE_INTERFACE_REPORT));
    EXPECT(tdi->has_report);
}

static void start(struct spdm_tdi *tdi, struct device *device)
{
    EXPECT_OK(go(tdi, device, &lock));
    read_report(tdi, device);
    EXPECT_OK(go_simply(tdi, device, SPDM_TDISP_START_INTERFACE));
}

TEST(a_device_from_the_table_is_locked_reported_in_portions_started_and_stopped)
{
    struct spdm_tdi tdi;
    struct device device = some_device();
    struct spdm_tdisp_report report;
    introduce(&tdi, &device);
    start(&tdi, &device);
    EXPECT(tdi.state == SPDM_TDISP_RUN && device.state == SPDM_TDISP_RUN);
    EXPECT(slice_equal((slice){report_space, tdi.report_size}, SLICE(device.report)));
    EXPECT_OK(spdm_tdi_report(&tdi, &report));
    EXPECT(report.device_specific.size == sizeof device.report - 20);
    EXPECT_OK(go_simply(&tdi, &device, SPDM_TDISP_BIND_P2P_STREAM));
    EXPECT_OK(go_simply(&tdi, &device, SPDM_TDISP_SET_MMIO_ATTRIBUTE));
    EXPECT_OK(go_simply(&tdi, &device, SPDM_TDISP_GET_DEVICE_INTERFACE_REPORT)); /* anew */
    EXPECT(!tdi.has_report && tdi.report_size == 33);
    read_report(&tdi, &device);
    EXPECT_OK(go_simply(&tdi, &device, SPDM_TDISP_STOP_INTERFACE));
    EXPECT(tdi.state == SPDM_TDISP_UNLOCKED && device.state == SPDM_TDISP_UNLOCKED);
    start(&tdi, &device); /* and again */
    EXPECT(tdi.state == SPDM_TDISP_RUN);
}

/* P27: what is not legal is not asked, in each state that the device is known to be in. */
TEST(P27_only_what_the_table_says_is_asked_in_each_state)
{
    for (uint8_t state = SPDM_TDISP_UNLOCKED; state <= SPDM_TDISP_FAILED; state++)
        for (size_t i = 0; i < REQUESTS; i++) {
            struct spdm_tdi tdi;
            struct device device = some_device();
            introduce(&tdi, &device);
            start(&tdi, &device); /* so that everything is known; but the nonce */
            tdi.has_nonce = true;
            tdi.state = (enum spdm_tdisp_state)state;
            const status asked = ask(&tdi, legal[i].request);
            EXPECT(!asked.fault == is_legal(legal[i].request, state));
            EXPECT(!asked.fault || asked.fault->failure == FAILURE_UNEXPECTED);
        }
}

TEST(nothing_is_started_whose_report_was_not_read_or_that_somebody_else_locked)
{
    struct spdm_tdi tdi;
    struct device device = some_device();
    introduce(&tdi, &device);
    EXPECT_OK(go(&tdi, &device, &lock));
    EXPECT_FAIL(UNEXPECTED, ask(&tdi, SPDM_TDISP_START_INTERFACE));
    EXPECT_OK(go_simply(&tdi, &device, SPDM_TDISP_GET_DEVICE_INTERFACE_REPORT));
    EXPECT_FAIL(UNEXPECTED, ask(&tdi, SPDM_TDISP_START_INTERFACE)); /* a part of it */

    introduce(&tdi, &device);
    EXPECT(tdi.state == SPDM_TDISP_LOCKED && !tdi.has_nonce);
    read_report(&tdi, &device);
    EXPECT_FAIL(UNEXPECTED, ask(&tdi, SPDM_TDISP_START_INTERFACE));
    EXPECT_OK(go_simply(&tdi, &device, SPDM_TDISP_STOP_INTERFACE));
    EXPECT_OK(go(&tdi, &device, &lock));
}

TEST(a_device_that_falls_back_by_itself_is_noticed_and_its_lock_forgotten)
{
    struct spdm_tdi tdi;
    struct device device = some_device();
    introduce(&tdi, &device);
    start(&tdi, &device);
    device.state = SPDM_TDISP_FAILED;
    EXPECT_FAIL(UNAVAILABLE, go_simply(&tdi, &device, SPDM_TDISP_SET_MMIO_ATTRIBUTE));
    EXPECT(tdi.error == SPDM_TDISP_INVALID_INTERFACE_STATE && tdi.is_unsure);
    EXPECT_FAIL(UNEXPECTED, ask(&tdi, SPDM_TDISP_SET_MMIO_ATTRIBUTE)); /* unsure */
    EXPECT_OK(go_simply(&tdi, &device, SPDM_TDISP_GET_DEVICE_INTERFACE_STATE));
    EXPECT(tdi.state == SPDM_TDISP_FAILED && !tdi.has_report);
    EXPECT_FAIL(UNEXPECTED, ask(&tdi, SPDM_TDISP_LOCK_INTERFACE));
    EXPECT_OK(go_simply(&tdi, &device, SPDM_TDISP_STOP_INTERFACE));
    start(&tdi, &device);
}

TEST(a_busy_device_is_asked_again_and_a_wrong_nonce_is_an_error)
{
    struct spdm_tdi tdi;
    struct device device = some_device();
    introduce(&tdi, &device);
    device.is_busy = true;
    EXPECT_FAIL(UNAVAILABLE, go(&tdi, &device, &lock));
    EXPECT(tdi.error == SPDM_TDISP_BUSY && !tdi.is_unsure);
    device.is_busy = false;
    EXPECT_OK(go(&tdi, &device, &lock));
    EXPECT(tdi.error == 0);
    read_report(&tdi, &device);
    device.nonce[1] ^= 1;
    EXPECT_FAIL(UNAVAILABLE, go_simply(&tdi, &device, SPDM_TDISP_START_INTERFACE));
    EXPECT(tdi.error == SPDM_TDISP_INVALID_NONCE && tdi.state == SPDM_TDISP_LOCKED);
}

TEST(answers_of_another_kind_interface_or_version_change_nothing_but_that_we_are_unsure)
{
    static const uint8_t wrong[] = {SPDM_TDISP_START_INTERFACE_RESPONSE,
                                    SPDM_TDISP_STOP_INTERFACE_RESPONSE, SPDM_TDISP_LOCK_INTERFACE};
    uint8_t space[PAYLOAD_MAX];
    struct spdm_tdi tdi;
    for (size_t i = 0; i < sizeof wrong; i++) {
        struct device device = some_device();
        introduce(&tdi, &device);
        device.answers_with = wrong[i];
        EXPECT(go(&tdi, &device, &lock).fault);
        EXPECT(tdi.state == SPDM_TDISP_UNLOCKED && tdi.is_unsure && !tdi.has_nonce);
    }
    struct spdm_tdisp answer = {.version = SPDM_TDISP_1_0,
                                .type = SPDM_TDISP_LOCK_INTERFACE_RESPONSE,
                                .function_id = FUNCTION};
    for (size_t i = 0; i < 2; i++) {
        struct device device = some_device();
        struct writer writer = writer_over(space, sizeof space);
        introduce(&tdi, &device);
        answer.function_id = i ? FUNCTION : FUNCTION + 1;
        answer.version = i ? SPDM_TDISP_1_0 + 1 : SPDM_TDISP_1_0;
        spdm_tdisp_write(&writer, &answer);
        EXPECT_OK(ask(&tdi, SPDM_TDISP_LOCK_INTERFACE));
        EXPECT_FAIL(UNEXPECTED, ask(&tdi, SPDM_TDISP_STOP_INTERFACE)); /* one at a time */
        EXPECT_FAIL(UNEXPECTED, spdm_tdi_take(&tdi, (slice){space, writer.size}));
        EXPECT_FAIL(UNEXPECTED, spdm_tdi_take(&tdi, (slice){space, writer.size})); /* unasked */
        EXPECT(!tdi.has_nonce);
    }
}

/* P29: endless and empty portions. */
TEST(P29_a_report_that_is_too_long_or_has_an_empty_portion_is_refused)
{
    struct spdm_tdi tdi;
    struct device device = some_device();
    introduce(&tdi, &device);
    EXPECT_OK(go(&tdi, &device, &lock));
    tdi.report_capacity = sizeof device.report - 1;
    EXPECT_FAIL(EXHAUSTED, go_simply(&tdi, &device, SPDM_TDISP_GET_DEVICE_INTERFACE_REPORT));
    EXPECT(tdi.report_size == 0);

    introduce(&tdi, &device);
    EXPECT_OK(go_simply(&tdi, &device, SPDM_TDISP_STOP_INTERFACE));
    EXPECT_OK(go(&tdi, &device, &lock));
    device.portion_max = 0;
    EXPECT_FAIL(MALFORMED, go_simply(&tdi, &device, SPDM_TDISP_GET_DEVICE_INTERFACE_REPORT));
}

TEST(what_the_device_cannot_is_not_asked)
{
    struct spdm_tdi tdi;
    struct device device = some_device();
    const struct spdm_tdisp strict = {.type = SPDM_TDISP_LOCK_INTERFACE,
                                      .lock = {.flags = SPDM_TDISP_LOCK_MSIX}};
    spdm_tdi_begin(&tdi, FUNCTION, report_space, sizeof report_space);
    EXPECT_FAIL(UNEXPECTED, ask(&tdi, SPDM_TDISP_GET_CAPABILITIES)); /* no version yet */
    EXPECT_FAIL(UNEXPECTED, ask(&tdi, SPDM_TDISP_LOCK_INTERFACE));
    EXPECT_FAIL(UNSUPPORTED, ask(&tdi, SPDM_TDISP_VDM));
    introduce(&tdi, &device);
    EXPECT_FAIL(UNSUPPORTED, go(&tdi, &device, &strict));
    start(&tdi, &device);
    tdi.capabilities.requests[1] = 0; /* 0x88 and on */
    EXPECT_FAIL(UNSUPPORTED, ask(&tdi, SPDM_TDISP_BIND_P2P_STREAM));
    tdi.lock.flags = 0;
    EXPECT_FAIL(UNEXPECTED, ask(&tdi, SPDM_TDISP_UNBIND_P2P_STREAM));
}
