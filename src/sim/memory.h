/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The memory of a supervised thread that waits inside a system call. */

#include "base/bytes.h"

#include <sys/types.h>

struct sim_memory {
    int listener;
    uint64_t call_id; /* while it is valid, `thread` is who called */
    pid_t thread;
};

/* 0, or -EFAULT when any of the bytes is not there; `out` may then be partly written. */
int sim_memory_read(const struct sim_memory *memory, uint64_t address, void *out, size_t size);
int sim_memory_write(const struct sim_memory *memory, uint64_t address, slice bytes);

/* A text with its NUL; -ENAMETOOLONG when it does not end within `size` bytes. */
int sim_memory_read_text(const struct sim_memory *memory, uint64_t address, char *out, size_t size);
