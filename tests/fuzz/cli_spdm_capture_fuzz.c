/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a capture file. Frames are within their limits, and packets are told in order. */

#include "cli/spdm_capture.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED(spdm_capture) capture = {0};
    struct spdm_captured got = {0};
    if (spdm_capture_open((slice){data, size}, &capture).fault)
        return 0;
    for (size_t packet = 0; !spdm_capture_next(&capture, &got).fault && got.packet;) {
        assert(got.packet >= packet && got.packet == capture.packet_count);
        assert(got.frame.size && got.frame.size <= SPDM_CAPTURE_FRAME_SIZE_MAX);
        packet = got.packet;
    }
    assert(capture.ignored_count <= capture.packet_count);
    return 0;
}
