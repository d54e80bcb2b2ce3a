/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as a stream of each binding's frames, and of an emulator's. What is taken is written
 * again: the same bytes, but for a length of 2 where TCP's binding has no message.
 */

#include "spdm/doe_discovery.h"
#include "spdm/emulator.h"
#include "spdm/transport.h"

#include <assert.h>
#include <stdlib.h>

enum { FRAME_SIZE_MAX = 70000, SPACE_SIZE = FRAME_SIZE_MAX + 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t space[SPACE_SIZE];

static void write_again(const struct spdm_transport *transport, slice frame,
                        const struct spdm_frame *read)
{
    struct writer writer = writer_over(space, sizeof space);
    const size_t begin = spdm_frame_begin(transport, &writer);
    write_bytes(&writer, read->message);
    const status ended = spdm_frame_end(transport, &writer, begin, read->kind);
    slice written = {0};
    if (read->message.size > transport->message_size_max) {
        assert(ended.fault);
        return;
    }
    assert(!ended.fault && !writer_finish(&writer, &written).fault);
    assert(slice_equal(written, frame) ||
           (read->kind >= SPDM_FRAME_ROLE_INQUIRY && frame.data[0] == 2));
}

static void discover(slice message)
{
    struct spdm_doe_discovery discovery = {.index = 7};
    uint8_t answer[SPDM_DOE_DISCOVERY_SIZE];
    struct writer writer = writer_over(answer, sizeof answer);
    if (!spdm_doe_discovery_answer(message, &writer).fault)
        assert(writer.size == sizeof answer);
    if (!spdm_doe_discovery_take(&discovery, message).fault)
        assert(discovery.is_done || discovery.index > 7);
}

static void cut_frames(const struct spdm_transport *transport, slice stream)
{
    slice frame = {0};
    while (!spdm_frame_cut(transport, FRAME_SIZE_MAX, &stream, &frame).fault && frame.size) {
        struct spdm_frame read, inner;
        if (spdm_frame_read(transport, frame, &read).fault)
            continue;
        assert(read.message.size <= frame.size);
        write_again(transport, frame, &read);
        discover(read.message);
        if (!spdm_inner_read(transport, read.message, &inner).fault)
            assert(inner.kind == SPDM_FRAME_PLAIN || inner.kind == SPDM_FRAME_OTHER);
    }
}

static void cut_emulator(const struct spdm_transport *transport, slice stream)
{
    struct spdm_emulator_frame frame = {0};
    slice before = stream;
    while (!spdm_emulator_cut(transport->emulator_number, FRAME_SIZE_MAX, &stream, &frame).fault &&
           frame.command) {
        struct writer writer = writer_over(space, sizeof space);
        const size_t begin = spdm_emulator_begin(&writer);
        write_bytes(&writer, frame.payload);
        const status ended =
            spdm_emulator_end(&writer, begin, frame.command, transport->emulator_number);
        assert(!ended.fault && writer.size == before.size - stream.size);
        assert(slice_equal((slice){space, writer.size}, (slice){before.data, writer.size}));
        cut_frames(transport, frame.payload);
        before = stream;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct spdm_transport *const all[] = {&spdm_tcp, &spdm_mctp, &spdm_doe, &spdm_rats};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cut_frames(all[i], (slice){data, size});
        cut_emulator(all[i], (slice){data, size});
    }
    return 0;
}
