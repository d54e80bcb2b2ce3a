/* SPDX-License-Identifier: Apache-2.0 */

/* Any text as hexadecimal, base64 and a time: what is accepted is written and read the same. */

#include "codec/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_hex(slice text)
{
    SCOPED(buffer) bytes = {0};
    SCOPED(buffer) again = {0};
    if (hex_read(text, &bytes).fault)
        return;
    char *const digits = malloc(text.size + 1);
    assert(digits && bytes.size == text.size / 2);
    hex_write(buffer_view(&bytes), digits);
    assert(strlen(digits) == text.size && !hex_read(slice_of_text(digits), &again).fault);
    assert(slice_equal(buffer_view(&bytes), buffer_view(&again)));
    assert(!hex_read_exactly(text, (uint8_t *)digits, bytes.size).fault);
    free(digits);
}

static void check_base64(slice text)
{
    SCOPED(buffer) bytes = {0};
    if (base64_read(text, &bytes).fault)
        return;
    for (int padded = 0; padded < 2; padded++) {
        SCOPED(buffer) written = {0};
        SCOPED(buffer) again = {0};
        const slice view = buffer_view(&bytes);
        assert(!(padded ? base64_write(view, &written) : base64url_write(view, &written)).fault);
        assert(!base64_read(buffer_view(&written), &again).fault);
        assert(slice_equal(view, buffer_view(&again)));
    }
}

static void check_time(slice text)
{
    char written[TIME_TEXT_SIZE];
    int64_t time_s, again_s;
    if (time_read(text, &time_s).fault)
        return;
    time_write(time_s, written);
    assert(!time_read(slice_of_text(written), &again_s).fault && time_s == again_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const slice text = {data, size};
    check_hex(text);
    check_base64(text);
    check_time(text);
    return 0;
}
