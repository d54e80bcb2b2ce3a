/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kernel's configfs-tsm report interface as a model: requests, attributes, generations and the
 * exact errors, without a file system around it. Calls answer as system calls do: a count, or a
 * negative errno.
 * spec: Linux, Documentation/ABI/testing/configfs-tsm-report
 */

#include "sim/faults.h"
#include "sim/machine.h"

#include <sys/types.h>

/* The vTPM that an SVSM offers. */
#define SIM_TSM_VTPM_GUID "c476f1eb-0123-45a5-9641-b4e7dde5bfe3"

enum {
    SIM_TSM_REQUESTS_MAX = 256,
    SIM_TSM_NAME_SIZE = 64,
    SIM_TSM_INBLOB_SIZE = 64,
    SIM_TSM_BLOB_SIZE_MAX = 32 << 10, /* the kernel's, before 6.17 */
    SIM_TSM_TEXT_SIZE = 4096,         /* of one plain attribute */
};

struct sim_tsm;
status sim_tsm_new(const struct sim_machine *machine, const struct sim_tsm_settings *settings,
                   struct sim_tsm **out);
void sim_tsm_free(struct sim_tsm *tsm);

int sim_tsm_mkdir(struct sim_tsm *tsm, const char *name);
int sim_tsm_rmdir(struct sim_tsm *tsm, const char *name);
bool sim_tsm_has(const struct sim_tsm *tsm, const char *name);
const char *sim_tsm_name_at(const struct sim_tsm *tsm, size_t index); /* NULL past the last */

/* The attributes this machine shows; NULL past the last. */
struct sim_attribute {
    const char *name;
    mode_t mode;
    off_t size; /* as stat shows it */
};
const struct sim_attribute *sim_tsm_attribute_at(const struct sim_tsm *tsm, size_t index);
const struct sim_attribute *sim_tsm_attribute_named(const struct sim_tsm *tsm, const char *name);

/* An attribute opened once: what is written to a binary one is taken when it is closed. */
struct sim_file;
int sim_tsm_open(struct sim_tsm *tsm, const char *request, const char *attribute, int flags,
                 struct sim_file **out);
ssize_t sim_tsm_read(struct sim_tsm *tsm, struct sim_file *file, uint8_t *out, size_t size,
                     off_t offset);
ssize_t sim_tsm_write(struct sim_tsm *tsm, struct sim_file *file, slice bytes, off_t offset);
void sim_tsm_flush(struct sim_tsm *tsm, struct sim_file *file);
void sim_tsm_close(struct sim_tsm *tsm, struct sim_file *file);
