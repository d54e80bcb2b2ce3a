/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/nsm.h"

#include "codec/cbor.h"
#include "codec/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define NSM_IOCTL_RAW 0xc0200a00u

enum {
    MESSAGE_SIZE = 32,
    REQUEST_SIZE_MAX = 0x1000,
    RESPONSE_SIZE_MAX = 0x3000,
    USER_DATA_SIZE_MAX = 512,
    NONCE_SIZE_MAX = 512,
    PUBLIC_KEY_SIZE_MAX = 1024,
    NAME_SIZE_MAX = 64,
};

/* As in struct nsm_raw. */
struct message {
    uint64_t request_address, request_size;
    uint64_t response_address, response_size;
};

struct sim_nsm sim_nsm_of(const struct sim_nitro *enclave, int64_t (*now_s)(void),
                          const struct sim_tsm_settings *settings)
{
    return (struct sim_nsm){.enclave = enclave,
                            .now_s = now_s,
                            .faults = sim_faults_of(settings),
                            .delay_ms = settings->delay_ms};
}

/* ---- the module ---- */

static status append_error(const char *code, struct buffer *out)
{
    uint8_t space[NAME_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    slice answer;
    cbor_write_map(&writer, 1);
    cbor_write_text(&writer, slice_of_text("Error"));
    cbor_write_text(&writer, slice_of_text(code));
    TRY(writer_finish(&writer, &answer));
    return buffer_append(out, answer);
}

static status append_document(slice document, struct buffer *out)
{
    const size_t capacity = document.size + NAME_SIZE_MAX;
    SCOPED(buffer) space = {.data = malloc(capacity), .capacity = capacity};
    slice answer;
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for an answer");
    struct writer writer = writer_over(space.data, capacity);
    cbor_write_map(&writer, 1);
    cbor_write_text(&writer, slice_of_text("Attestation"));
    cbor_write_map(&writer, 1);
    cbor_write_text(&writer, slice_of_text("document"));
    cbor_write_bytes(&writer, document);
    TRY(writer_finish(&writer, &answer));
    return buffer_append(out, answer);
}

/* What an enclave asks to have signed; empty where it gives null or nothing. */
struct wanted {
    slice user_data, nonce, public_key;
};

static bool take(const struct cbor_member *member, const char *name, slice *out)
{
    struct reader key = reader_of(member->key), value = reader_of(member->value);
    slice text;
    if (cbor_read_text(&key, NAME_SIZE_MAX, &text).fault || !slice_equal(text, slice_of_text(name)))
        return false;
    if (cbor_read_bytes(&value, REQUEST_SIZE_MAX, out).fault)
        *out = (slice){0};
    return true;
}

static status read_wanted(slice map, struct wanted *out)
{
    struct reader reader = reader_of(map);
    struct cbor_member members[3];
    size_t count;
    TRY(cbor_tolerant_read_map(&reader, 3, members, &count));
    for (size_t i = 0; i < count; i++)
        if (!take(&members[i], "user_data", &out->user_data) &&
            !take(&members[i], "nonce", &out->nonce) &&
            !take(&members[i], "public_key", &out->public_key))
            return FAIL(MALFORMED, "an attestation asks for something unknown");
    return OK;
}

static status read_request(slice request, struct wanted *out)
{
    struct reader reader = reader_of(request);
    struct cbor_member kind;
    size_t count;
    slice name;
    TRY(cbor_tolerant_read_map(&reader, 1, &kind, &count));
    TRY(reader_finish(&reader));
    if (count != 1)
        return FAIL(MALFORMED, "a request is of one kind");
    struct reader key = reader_of(kind.key);
    TRY(cbor_read_text(&key, NAME_SIZE_MAX, &name));
    if (!slice_equal(name, slice_of_text("Attestation")))
        return FAIL(UNSUPPORTED, "only attestation is simulated");
    return read_wanted(kind.value, out);
}

static status attest(struct sim_nsm *nsm, const struct wanted *wanted, struct buffer *out)
{
    static const uint8_t zeros[1];
    SCOPED(buffer) document = {0};
    const bool is_old = sim_fault_happens(&nsm->faults, SIM_FAULT_OLD_REPORT);
    TRY(sim_nitro_document(nsm->enclave, nsm->now_s(), is_old ? SLICE(zeros) : wanted->user_data,
                           wanted->nonce, wanted->public_key, &document));
    return append_document(buffer_view(&document), out);
}

status sim_nsm_answer(struct sim_nsm *nsm, slice request, struct buffer *out)
{
    struct wanted wanted = {0};
    const status read = read_request(request, &wanted);
    if (read.fault && read.fault->failure == FAILURE_UNSUPPORTED)
        return append_error("InvalidOperation", out);
    if (read.fault)
        return append_error("InvalidArgument", out);
    if (wanted.user_data.size > USER_DATA_SIZE_MAX || wanted.nonce.size > NONCE_SIZE_MAX ||
        wanted.public_key.size > PUBLIC_KEY_SIZE_MAX)
        return append_error("InputTooLarge", out);
    if (sim_fault_happens(&nsm->faults, SIM_FAULT_FAILED))
        return append_error("InternalError", out);
    if (sim_fault_happens(&nsm->faults, SIM_FAULT_OVERSIZED))
        return append_error("BufferTooSmall", out);
    return attest(nsm, &wanted, out);
}

/* ---- the driver ---- */

static struct message read_message(slice bytes)
{
    struct reader reader = reader_of(bytes);
    struct message message;
    message.request_address = read_le64(&reader);
    message.request_size = read_le64(&reader);
    message.response_address = read_le64(&reader);
    message.response_size = read_le64(&reader);
    return message;
}

static void pause_for(unsigned delay_ms)
{
    nanosleep(&(struct timespec){delay_ms / 1000, delay_ms % 1000 * 1000000L}, NULL);
}

/* What the driver or the host does wrong; 0: nothing. */
static long fault_of(struct sim_nsm *nsm)
{
    if (sim_fault_happens(&nsm->faults, SIM_FAULT_TIMED_OUT))
        return -ETIMEDOUT;
    if (sim_fault_happens(&nsm->faults, SIM_FAULT_UNLOADED))
        return -EIO;
    return sim_fault_happens(&nsm->faults, SIM_FAULT_BUSY) ? -ENODATA : 0;
}

/* An answer that does not fit is cut; its size is told in the message. */
static long write_response(const struct sim_memory *child, uint64_t argument,
                           const struct message *message, slice answer)
{
    uint8_t size_field[8];
    struct writer writer = writer_over(size_field, sizeof size_field);
    const uint64_t size =
        answer.size < message->response_size ? answer.size : message->response_size;
    if (sim_memory_write(child, message->response_address, (slice){answer.data, (size_t)size}))
        return -EFAULT;
    write_le64(&writer, size);
    return sim_memory_write(child, argument + MESSAGE_SIZE - sizeof size_field, SLICE(size_field));
}

static long on_ioctl(const struct sim_device *device, uint32_t request,
                     const struct sim_memory *child, uint64_t argument)
{
    struct sim_nsm *const nsm = device->model;
    uint8_t bytes[MESSAGE_SIZE], question[REQUEST_SIZE_MAX];
    SCOPED(buffer) answer = {0};
    if (request != NSM_IOCTL_RAW)
        return -EINVAL;
    if (sim_memory_read(child, argument, bytes, sizeof bytes) != 0)
        return -EFAULT;
    const struct message message = read_message(SLICE(bytes));
    if (message.request_size > REQUEST_SIZE_MAX)
        return -EMSGSIZE;
    if (sim_memory_read(child, message.request_address, question, (size_t)message.request_size))
        return -EFAULT;
    pause_for(nsm->delay_ms);
    const long error = fault_of(nsm);
    if (error)
        return error;
    const bool is_empty = sim_fault_happens(&nsm->faults, SIM_FAULT_EMPTY);
    if (!is_empty &&
        sim_nsm_answer(nsm, (slice){question, (size_t)message.request_size}, &answer).fault)
        return -EIO;
    return write_response(child, argument, &message, buffer_view(&answer));
}

static long on_open(const struct sim_device *device, int flags)
{
    struct sim_nsm *const nsm = device->model;
    (void)flags;
    return sim_fault_happens(&nsm->faults, SIM_FAULT_GONE) ? -ENODEV : 0;
}

struct sim_device sim_nsm_device(struct sim_nsm *nsm)
{
    return (struct sim_device){
        .path = "/dev/nsm", .model = nsm, .open = on_open, .ioctl = on_ioctl};
}
