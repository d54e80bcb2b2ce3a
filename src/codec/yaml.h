/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A YAML document as a tree of lines: what policies and configurations are read from (libyaml).
 * One document, no anchors or tags, no duplicate keys, bounded depth and size, no line ends
 * that editors do not show; every node knows its line, so that every later complaint can name it.
 */

#include "base/bytes.h"

enum {
    YAML_SIZE_MAX = 1 << 20,
    YAML_NODES_MAX = 20000,
    YAML_DEPTH_MAX = 16,
    YAML_KEYS_MAX = 1000, /* in one mapping */
};

#define YAML_DURATION_MAX_S (36500 * UINT64_C(86400)) /* a century */

enum yaml_kind { YAML_NONE, YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

/* In a mapping, children are the values and `key` is set; in a sequence `key` is NULL. */
struct yaml {
    enum yaml_kind kind;
    bool quoted; /* a scalar in quotes is text even when it looks like a number */
    const char *key;
    const char *text; /* of a scalar, NUL-terminated */
    int line;         /* from 1; the key's line in a mapping */
    const struct yaml *first_child;
    const struct yaml *next;
};

/* Says where and what, in words for a person: "line 7: unknown key 'reattst'; did you mean ...". */
struct problem {
    int line; /* 0: the whole file */
    char text[256];
};

/*
 * Formats into `problem`, everything but printable ASCII escaped (the text may be a file's or a
 * peer's), and returns MALFORMED. Arguments may point into `problem`.
 */
status problem_at(struct problem *problem, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct yaml_document {
    struct yaml *nodes;
    size_t count;
    struct buffer text;
    const struct yaml *root;
};

/* An empty text, or one of comments only, has the root NULL. `out_problem` is set on failure. */
status yaml_read(slice text, struct yaml_document *out, struct problem *out_problem);
void yaml_document_clear(struct yaml_document *document);

const struct yaml *yaml_child(const struct yaml *mapping, const char *key); /* NULL when absent */

/*
 * MALFORMED, naming the line and the nearest known key, when the mapping holds any other key than
 * `keys` (NULL ends them), or is no mapping.
 */
status yaml_only_keys(const struct yaml *mapping, const char *const *keys, struct problem *problem);

/* The word of a NULL-ended list that somebody who wrote `word` probably meant; NULL: none is near.
 */
const char *yaml_nearest(const char *word, const char *const *words);

/* Each says what to write where a scalar is of another kind, or a sequence or mapping. */
status yaml_read_text(const struct yaml *node, const char **out, struct problem *problem);
status yaml_read_flag(const struct yaml *node, bool *out, struct problem *problem);
status yaml_read_number(const struct yaml *node, uint64_t most, uint64_t *out,
                        struct problem *problem);
/* "30s", "5m", "2h", "1d", or bare seconds. */
status yaml_read_duration(const struct yaml *node, uint64_t *out_s, struct problem *problem);
