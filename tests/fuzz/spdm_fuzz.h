/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * For the fuzz targets of the messages: the first two bytes tell what was negotiated, the rest is
 * the message. What is read is written as many bytes as were taken, and those are read again and
 * written as themselves: reserved bits are all that may be lost, and once.
 */

#include "spdm_again.h"

#include <assert.h>

enum { SPDM_FUZZ_SIZE_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small sizes, so that a fuzzer soon fills them, beside those of real algorithms. */
static inline struct spdm_scene spdm_fuzz_scene(uint8_t first, uint8_t second)
{
    static const size_t hash_sizes[] = {32, 48, 64, 0};
    static const size_t signature_sizes[] = {64, 96, 0, 2420};
    return (struct spdm_scene){
        .shape = {.version = (uint8_t)(SPDM_1_0 + (first & 7) % 5),
                  .hash_size = hash_sizes[first >> 3 & 3],
                  .signature_size = signature_sizes[first >> 5 & 3],
                  .requester_signature_size = signature_sizes[second >> 3 & 3],
                  .request_exchange_size = second & 0x20 ? 800 : 64,
                  .response_exchange_size = second & 0x20 ? 768 : 64,
                  .responder_is_multi_key = second & 1,
                  .requester_is_multi_key = second & 1,
                  .handshake_in_the_clear = second & 2,
                  .psk_has_context = second & 4},
        .was_asked = first >> 7,
    };
}

static inline void spdm_fuzz_again(spdm_again *again, const struct spdm_scene *scene, slice message)
{
    static uint8_t once[SPDM_FUZZ_SIZE_MAX], twice[SPDM_FUZZ_SIZE_MAX];
    struct reader reader = reader_of(message);
    struct writer writer = writer_over(once, sizeof once);
    slice written, again_written;
    if (again(&reader, scene, &writer).fault)
        return;
    assert(!writer_finish(&writer, &written).fault);
    assert(written.size == message.size - reader.left.size);

    reader = reader_of(written);
    writer = writer_over(twice, sizeof twice);
    assert(!again(&reader, scene, &writer).fault);
    assert(reader.left.size == 0);
    assert(!writer_finish(&writer, &again_written).fault);
    assert(slice_equal(again_written, written));
}

/* Each of `agains` has the same bytes: the code in them decides which one takes them. */
static inline int spdm_fuzz(const uint8_t *data, size_t size, spdm_again *const *agains)
{
    if (size < 2 || size > SPDM_FUZZ_SIZE_MAX)
        return 0;
    const struct spdm_scene scene = spdm_fuzz_scene(data[0], data[1]);
    for (; *agains; agains++)
        spdm_fuzz_again(*agains, &scene, (slice){data + 2, size - 2});
    return 0;
}
