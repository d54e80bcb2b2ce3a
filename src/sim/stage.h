/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A scenery while it is put together, with a private folder for the files and sockets that its
 * paths lead to. What was put there first is seen first.
 */

#include "sim/scenery.h"
#include "sim/tsm.h"

enum {
    SIM_STAGE_DEVICES_MAX = 16,
    SIM_STAGE_PLACES_MAX = 64,
    SIM_STAGE_PORTS_MAX = 4,
    SIM_STAGE_SERVICES_MAX = 4,
    SIM_STAGE_PATH_SIZE = 128,
};

struct sim_stage {
    char folder[SIM_STAGE_PATH_SIZE / 2]; /* removed, with all in it, when the stage is cleared */
    struct sim_tsm_settings settings;     /* what goes wrong, wherever evidence is asked for */
    struct sim_device devices[SIM_STAGE_DEVICES_MAX];
    struct sim_place places[SIM_STAGE_PLACES_MAX];
    struct sim_port ports[SIM_STAGE_PORTS_MAX];
    pid_t services[SIM_STAGE_SERVICES_MAX];
    size_t device_count, place_count, port_count, service_count;
    char paths[SIM_STAGE_PLACES_MAX][SIM_STAGE_PATH_SIZE];
    char targets[SIM_STAGE_PLACES_MAX][SIM_STAGE_PATH_SIZE];
    char port_targets[SIM_STAGE_PORTS_MAX][SIM_STAGE_PATH_SIZE];
};
void sim_stage_clear(struct sim_stage *stage);

status sim_stage_open(const struct sim_tsm_settings *settings, struct sim_stage *out);

/* EXHAUSTED when the stage is full, or a path too long. Paths are copied. */
status sim_stage_device(struct sim_stage *stage, const struct sim_device *device);

/* `to` without a leading slash lies in the stage's folder. NULL: there is nothing. */
status sim_stage_place(struct sim_stage *stage, const char *path, const char *to);

status sim_stage_port(struct sim_stage *stage, uint32_t cid, uint32_t port, const char *to);

/*
 * A Unix socket NAME in the stage's folder, which places and ports can lead to. A process of its
 * own calls `serve` for one connection after another until the stage is cleared.
 */
status sim_stage_service(struct sim_stage *stage, const char *name,
                         void (*serve)(int connection, void *context), void *context);

/* An empty folder, NAME in the stage's own. */
status sim_stage_folder(struct sim_stage *stage, const char *path, const char *name);

/* A file with this content. */
status sim_stage_file(struct sim_stage *stage, const char *path, slice content);

/* This machine's /proc/cpuinfo, with one flag more on every processor. */
status sim_stage_cpu_flag(struct sim_stage *stage, const char *flag);

/* Last: nothing of a TEE that this machine itself may have is seen. */
status sim_stage_hide_this_machine(struct sim_stage *stage);

/* Borrowed from the stage. */
struct sim_scenery sim_stage_scenery(const struct sim_stage *stage);
