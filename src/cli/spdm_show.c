/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_show.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OWNER_ONLY = 0600 };

void spdm_show_clear(struct spdm_show *show)
{
    spdm_watch_free(show->watch);
    spdm_recorder_clear(&show->recorder);
    json_decref(show->page.messages);
    json_decref(show->keys);
    *show = (struct spdm_show){0};
}

static void take_secret(void *self, uint32_t session_id, slice shared)
{
    const struct spdm_show *const show = self;
    char id[9];
    snprintf(id, sizeof id, "%08" PRIx32, session_id);
    (void)json_array_append_new(
        json_object_get(show->keys, "sessions"),
        json_pack("{s:s, s:o}", "session_id", id, "shared_secret", spdm_said_hex(shared)));
}

status spdm_show_begin(struct spdm_show *show, const struct spdm_show_wanted *wanted)
{
    *show = (struct spdm_show){
        .wanted = *wanted,
        .page = {.is_json = wanted->as_json, .messages = json_array()},
        .keys = json_pack("{s:[]}", "sessions"),
        .key_log = {show, take_secret},
    };
    const struct spdm_watch_given known = {
        .transport = wanted->transport,
        .keys = show->keys,
        .files = wanted->files,
        .raw_keys = {wanted->raw_keys[SPDM_REQUESTER], wanted->raw_keys[SPDM_RESPONDER]},
    };
    const struct spdm_watch_told told = spdm_page_told(&show->page);
    if (!show->page.messages || !show->keys)
        return FAIL(EXHAUSTED, "no memory to show a conversation");
    TRY(spdm_watch_new(&known, &told, &show->watch));
    return wanted->capture_path ? spdm_recorder_begin(wanted->transport, &show->recorder) : OK;
}

status spdm_show_frame(struct spdm_show *show, int64_t wall_s, enum spdm_capture_sender sender,
                       slice frame)
{
    const struct spdm_captured captured = {++show->frame_count, sender, frame};
    spdm_watch_frame(show->watch, &captured);
    if (!show->wanted.as_json)
        fflush(stdout);
    return show->wanted.capture_path ? spdm_recorder_add(&show->recorder, wall_s, sender, frame)
                                     : OK;
}

/* ---- files ---- */

static bool write_file(const char *path, slice content)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, OWNER_ONLY);
    bool is_written = fd >= 0;
    while (is_written && content.size) {
        const ssize_t size = write(fd, content.data, content.size);
        if (size < 0 && errno == EINTR)
            continue;
        is_written = size > 0;
        if (is_written)
            content = (slice){content.data + size, content.size - (size_t)size};
    }
    return fd >= 0 && close(fd) == 0 && is_written;
}

static bool keep(const char *command, const char *path, slice content)
{
    if (!path || write_file(path, content))
        return true;
    fprintf(stderr, "%s: %s: %s\n", command, path, strerror(errno));
    return false;
}

bool spdm_show_keep(const struct spdm_show *show, const char *command)
{
    char *const text = json_dumps(show->keys, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    const bool has_keys = text && keep(command, show->wanted.keys_path, slice_of_text(text));
    if (text)
        wipe(text, strlen(text));
    free(text);
    return keep(command, show->wanted.capture_path, buffer_view(&show->recorder.file)) && has_keys;
}
