/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files that read a configuration share; nobody else's. */

#include "gateway/config.h"

/* What every reader needs. */
struct source {
    const char *folder;
    struct config *config;
    struct problem *problem;
};

typedef status read_entry(struct source *source, const struct yaml *node);

/* Of this kind and not empty, or the problem says to write `what`. */
status config_expect_kind(const struct yaml *node, enum yaml_kind kind, const char *what,
                          struct problem *problem);
status config_required(const struct yaml *mapping, const char *key, const char *what,
                       const struct yaml **out, struct problem *problem);
status config_for_each(struct source *source, const struct yaml *node, size_t most,
                       read_entry *read);

bool config_is_name(const char *text);
status config_copy_name(const char *text, int line, char out[CONFIG_NAME_SIZE_MAX],
                        struct problem *problem);
status config_read_string(const struct yaml *node, char *out, size_t capacity,
                          struct problem *problem);
/* Relative paths start at the folder of the file that holds them. */
status config_read_path(const struct source *source, const struct yaml *node,
                        char out[CONFIG_PATH_SIZE_MAX]);
status config_read_seconds(const struct source *source, const struct yaml *node, uint32_t least,
                           uint32_t most, uint32_t *out);
/* `text` is all of the node's or a part. */
status config_read_endpoint(const struct source *source, const struct yaml *node, const char *text,
                            struct endpoint *out);
/* What follows "scheme://", or NULL when `url` has another. */
const char *config_after_scheme(const char *url, const char *scheme);

/* config_traffic.c: what applications enter by, and what they reach. */
status config_read_ingresses(struct source *source, const struct yaml *node);
status config_read_egresses(struct source *source, const struct yaml *node);
