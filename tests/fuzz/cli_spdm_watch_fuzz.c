/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A line of secrets and, after it, a capture file: any conversation at all, to an onlooker who has
 * those secrets. Every message that is read is told in words.
 */

#include "cli/spdm_watch.h"
#include "codec/json.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_message(void *self, const struct spdm_sight *sight)
{
    size_t *const messages = self;
    (*messages)++;
    assert(sight->name);
    if (!sight->said)
        return;
    assert(sight->said->message.size + sight->said->rest.size == sight->bytes.size);
    json_decref(spdm_said_json(sight->said));
}

static void take_check(void *self, const struct spdm_check *check)
{
    const size_t *const messages = self;
    assert(*messages > 0 && check->what);
    assert(check->why || check->result == SPDM_CHECK_VERIFIED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct spdm_known_files files;
    SCOPED(json) keys = {0};
    SCOPED(spdm_capture) capture = {0};
    struct spdm_captured captured = {0};
    struct spdm_watch *watch = NULL;
    size_t messages = 0;
    const uint8_t *const end = size ? memchr(data, '\n', size) : NULL;
    const size_t line = end ? (size_t)(end - data) + 1 : 0;
    const status read = json_read((slice){data, line}, &keys);
    if (spdm_capture_open((slice){data + line, size - line}, &capture).fault)
        return 0;
    const struct spdm_watch_given given = {
        .transport = capture.transport, .keys = read.fault ? NULL : keys.root, .files = &files};
    const struct spdm_watch_told told = {&messages, take_message, take_check};
    if (spdm_watch_new(&given, &told, &watch).fault)
        return 0;
    while (!spdm_capture_next(&capture, &captured).fault && captured.packet)
        spdm_watch_frame(watch, &captured);
    spdm_watch_free(watch);
    return 0;
}
