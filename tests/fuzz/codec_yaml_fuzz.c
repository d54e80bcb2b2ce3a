/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as a policy or configuration. A tree keeps its limits, its nodes are all reachable once
 * and know their lines; a refusal is printable and names a line that exists.
 */

#include "codec/yaml.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_problem(const struct problem *problem, int line_count)
{
    const size_t size = strnlen(problem->text, sizeof problem->text);
    assert(size && size < sizeof problem->text);
    for (size_t i = 0; i < size; i++)
        assert(problem->text[i] >= ' ' && problem->text[i] <= '~');
    assert(problem->line >= 0 && problem->line <= line_count);
}

static void read_values(const struct yaml *node, int line_count)
{
    static const char *const keys[] = {"links", "listen", "a", NULL};
    struct problem problem = {0};
    uint64_t number;
    const char *text;
    bool flag;
    if (yaml_only_keys(node, keys, &problem).fault)
        check_problem(&problem, line_count);
    if (yaml_read_flag(node, &flag, &problem).fault)
        check_problem(&problem, line_count);
    if (yaml_read_text(node, &text, &problem).fault)
        check_problem(&problem, line_count);
    if (yaml_read_number(node, 77, &number, &problem).fault)
        check_problem(&problem, line_count);
    else
        assert(number <= 77);
    if (yaml_read_duration(node, &number, &problem).fault)
        check_problem(&problem, line_count);
    else
        assert(number <= YAML_DURATION_MAX_S);
}

/* How many nodes hang below `node`, itself counted. */
static size_t check_node(const struct yaml *node, int depth, int line_count)
{
    size_t count = 1;
    assert(depth <= YAML_DEPTH_MAX && node->kind != YAML_NONE);
    assert(node->line >= 1 && node->line <= line_count);
    assert((node->kind == YAML_SCALAR) == (node->text != NULL));
    assert(node->kind != YAML_SCALAR || !node->first_child);
    read_values(node, line_count);
    for (const struct yaml *child = node->first_child; child; child = child->next) {
        assert((node->kind == YAML_MAPPING) == (child->key != NULL));
        assert(node->kind != YAML_MAPPING || yaml_child(node, child->key) == child);
        count += check_node(child, depth + 1, line_count);
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem = {.line = -1};
    int line_count = 1;
    SCOPED(yaml_document) document = {0};
    for (size_t i = 0; i < size; i++)
        line_count += data[i] == '\n';
    if (yaml_read((slice){data, size}, &document, &problem).fault) {
        assert(!document.nodes);
        check_problem(&problem, line_count);
        return 0;
    }
    assert(document.count <= YAML_NODES_MAX);
    assert((document.root ? check_node(document.root, 0, line_count) : 0) == document.count);
    return 0;
}
