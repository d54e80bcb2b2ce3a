/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a supervised program (sim/supervisor.h) sees instead of this machine: devices that are
 * answered by a model, and paths and ports that lead elsewhere.
 */

#include "sim/memory.h"

#include <sys/stat.h>

struct sim_device;

/*
 * A device node. Every model answers as system calls do: a count or zero, or a negative errno; what
 * is NULL is refused as the kernel refuses it. `model` is its owner's; calls come one at a time.
 */
struct sim_device {
    const char *path; /* "/dev/sev-guest" */
    void *model;
    mode_t mode; /* of stat; 0: a character device of mode 0600 */

    /* Before anything else, at each open; NULL: it always opens. */
    long (*open)(const struct sim_device *device, int flags);

    /* Gives away a descriptor of our own, whose calls nobody answers; NULL: the calls below do. */
    int (*descriptor)(const struct sim_device *device, int flags);

    long (*ioctl)(const struct sim_device *device, uint32_t request, const struct sim_memory *child,
                  uint64_t argument);

    /* The offset of an open file moves by what was read or written. */
    long (*read)(const struct sim_device *device, uint8_t *out, size_t size, uint64_t offset);
    long (*write)(const struct sim_device *device, slice bytes, uint64_t offset);
};

/* A path and everything below it, which lead to another file or folder; `to` NULL: to nothing. */
struct sim_place {
    const char *path, *to;
};

/* A stream port of AF_VSOCK that leads to a Unix socket. */
struct sim_port {
    uint32_t cid, port;
    const char *to;
};

/* Of devices, then of places, the first that fits is taken. A place may also be a Unix socket. */
struct sim_scenery {
    const struct sim_device *devices;
    size_t device_count;
    const struct sim_place *places;
    size_t place_count;
    const struct sim_port *ports;
    size_t port_count;
};
