/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A conversation that we take part in, shown as an onlooker would see it who has the sessions'
 * secrets; these and the frames can be kept in files that `cix spdm dump` reads.
 */

#include "cli/spdm_page.h"
#include "cli/spdm_recorder.h"
#include "spdm/connection.h"

struct spdm_show_wanted {
    const struct spdm_transport *transport;
    const struct spdm_known_files *files; /* as for spdm_watch_new() */
    slice raw_keys[2];
    bool as_json;
    const char *keys_path; /* NULL: not kept */
    const char *capture_path;
};

struct spdm_show {
    struct spdm_show_wanted wanted;
    struct spdm_page page;
    struct spdm_watch *watch;
    struct spdm_recorder recorder;
    json_t *keys;
    struct spdm_key_log key_log; /* for spdm_settings */
    size_t frame_count;
};
void spdm_show_clear(struct spdm_show *show);

/* `show` stays where it is, for the key log points to it. */
status spdm_show_begin(struct spdm_show *show, const struct spdm_show_wanted *wanted);

/* After whoever takes it has made its keys. `frame` is as it went over the wire. */
status spdm_show_frame(struct spdm_show *show, int64_t wall_s, enum spdm_capture_sender sender,
                       slice frame);

/* Writes the files. False, having said so, when one could not be written. */
bool spdm_show_keep(const struct spdm_show *show, const char *command);
