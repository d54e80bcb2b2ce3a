/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* ---- problems ---- */

/* Nothing that a terminal or a log would obey; "..." at the end where there is no more room. */
static void escape(const char *from, char *to, size_t size)
{
    static const char ellipsis[] = "...";
    size_t used = 0;
    for (; *from; from++) {
        char piece[5] = {*from};
        const unsigned char character = (unsigned char)*from;
        if (character < ' ' || character > '~')
            snprintf(piece, sizeof piece, "\\x%02x", character);
        const size_t piece_size = strlen(piece);
        if (used + piece_size + sizeof ellipsis > size) {
            memcpy(to + used, ellipsis, sizeof ellipsis);
            return;
        }
        memcpy(to + used, piece, piece_size);
        used += piece_size;
    }
    to[used] = '\0';
}

status problem_at(struct problem *problem, int line, const char *format, ...)
{
    char text[2 * sizeof problem->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    problem->line = line;
    escape(text, problem->text, sizeof problem->text);
    return FAIL(MALFORMED, "a policy or configuration cannot be used as written");
}

/* ---- the bytes, before libyaml ---- */

static int line_at(slice text, size_t offset)
{
    int line = 1;
    for (size_t i = 0; i < offset && i < text.size; i++)
        line += text.data[i] == '\n';
    return line;
}

/*
 * NEL, LINE SEPARATOR and PARAGRAPH SEPARATOR end a line (and a comment) for YAML 1.1, but not for
 * the editor in which a person read the file.
 */
static bool is_hidden_line_end(slice text, size_t at)
{
    static const char *const ends[] = {"\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const size_t size = strlen(ends[i]);
        if (text.size - at >= size && memcmp(text.data + at, ends[i], size) == 0)
            return true;
    }
    return text.data[at] == '\r' && (text.size - at < 2 || text.data[at + 1] != '\n');
}

static status check_bytes(slice text, struct problem *problem)
{
    if (text.size > YAML_SIZE_MAX)
        return problem_at(problem, 0, "is larger than %d bytes", (int)YAML_SIZE_MAX);
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        if ((byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f)
            return problem_at(problem, line_at(text, i),
                              "has the control character 0x%02x: is this a text file?", byte);
        if (is_hidden_line_end(text, i))
            return problem_at(problem, line_at(text, i),
                              "has a line end that most editors do not show: write LF or CRLF");
    }
    return OK;
}

/* ---- building the tree ---- */

enum { NO_NODE = -1 };

/* A node whose pointers are still numbers, for its neighbours move while the tree grows. */
struct draft {
    struct yaml node;
    size_t key_at, text_at; /* offsets into the text */
    bool has_key, has_text;
    int first_child, next;
};

/* A mapping or sequence that has begun and not ended. */
struct level {
    int node, last_child;
    int child_count;
    bool has_key; /* in a mapping: the key was read and its value was not */
    size_t key_at;
    int key_line;
};

struct builder {
    yaml_parser_t parser;
    slice source;
    int last_line;
    struct problem *problem;
    struct draft *drafts;
    size_t count, capacity;
    struct buffer text;
    struct level levels[YAML_DEPTH_MAX];
    size_t depth;
    bool has_begun; /* a document was seen */
};

static void builder_clear(struct builder *builder)
{
    yaml_parser_delete(&builder->parser);
    free(builder->drafts);
    buffer_clear(&builder->text);
}

struct event {
    yaml_event_t event;
};

static void event_clear(struct event *event)
{
    yaml_event_delete(&event->event);
}

static struct level *innermost(struct builder *builder)
{
    return builder->depth ? &builder->levels[builder->depth - 1] : NULL;
}

static status no_memory(const struct builder *builder)
{
    return problem_at(builder->problem, 0, "there is no memory to read it");
}

/* What libyaml finds unfinished or empty is on a line after the last; a person looks at the last.
 */
static int shown_line(const struct builder *builder, const yaml_mark_t *mark)
{
    const int line = (int)mark->line + 1;
    return line < builder->last_line ? line : builder->last_line;
}

static status add_text(struct builder *builder, const yaml_event_t *event, size_t *out_at)
{
    const slice text = {event->data.scalar.value, event->data.scalar.length};
    const int line = shown_line(builder, &event->start_mark);
    if (text.size && memchr(text.data, 0, text.size))
        return problem_at(builder->problem, line, "has a NUL character");
    const size_t at = builder->text.size;
    if (buffer_append(&builder->text, text).fault ||
        buffer_append(&builder->text, (slice){(const uint8_t *)"", 1}).fault)
        return no_memory(builder);
    *out_at = at;
    return OK;
}

static status add_key(struct builder *builder, const yaml_event_t *event)
{
    struct level *const level = innermost(builder);
    const int line = shown_line(builder, &event->start_mark);
    size_t at;
    if (!event->data.scalar.length)
        return problem_at(builder->problem, line, "has an empty key");
    if (level->child_count == YAML_KEYS_MAX)
        return problem_at(builder->problem, line, "more than %d keys in one mapping",
                          (int)YAML_KEYS_MAX);
    TRY(add_text(builder, event, &at));
    const char *const text = (const char *)builder->text.data;
    for (int i = builder->drafts[level->node].first_child; i != NO_NODE;
         i = builder->drafts[i].next)
        if (strcmp(text + builder->drafts[i].key_at, text + at) == 0)
            return problem_at(builder->problem, line,
                              "key '%s' is already on line %d: write it once", text + at,
                              builder->drafts[i].node.line);
    level->has_key = true;
    level->key_at = at;
    level->key_line = line;
    return OK;
}

static status grow(struct builder *builder)
{
    const size_t capacity = builder->capacity ? 2 * builder->capacity : 64;
    struct draft *const drafts = realloc(builder->drafts, capacity * sizeof *drafts);
    if (!drafts)
        return no_memory(builder);
    builder->drafts = drafts;
    builder->capacity = capacity;
    return OK;
}

static void link_to_level(struct builder *builder, struct level *level, int index)
{
    struct draft *const draft = &builder->drafts[index];
    if (level->has_key) {
        draft->has_key = true;
        draft->key_at = level->key_at;
        draft->node.line = level->key_line;
        level->has_key = false;
    }
    if (level->last_child == NO_NODE)
        builder->drafts[level->node].first_child = index;
    else
        builder->drafts[level->last_child].next = index;
    level->last_child = index;
    level->child_count++;
}

static status add_node(struct builder *builder, const yaml_event_t *event, enum yaml_kind kind)
{
    const int line = shown_line(builder, &event->start_mark);
    if (builder->count == YAML_NODES_MAX)
        return problem_at(builder->problem, line, "more than %d entries", (int)YAML_NODES_MAX);
    if (builder->count == builder->capacity)
        TRY(grow(builder));
    struct draft draft = {
        .node = {.kind = kind, .line = line}, .first_child = NO_NODE, .next = NO_NODE};
    if (kind == YAML_SCALAR) {
        draft.has_text = true;
        draft.node.quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        TRY(add_text(builder, event, &draft.text_at));
    }
    builder->drafts[builder->count] = draft;
    if (innermost(builder))
        link_to_level(builder, innermost(builder), (int)builder->count);
    builder->count++;
    return OK;
}

static bool wants_key(struct builder *builder)
{
    const struct level *const level = innermost(builder);
    return level && builder->drafts[level->node].node.kind == YAML_MAPPING && !level->has_key;
}

static status begin(struct builder *builder, const yaml_event_t *event, enum yaml_kind kind)
{
    const int line = shown_line(builder, &event->start_mark);
    if (wants_key(builder))
        return problem_at(builder->problem, line, "a key is not a text");
    if (builder->depth == YAML_DEPTH_MAX)
        return problem_at(builder->problem, line, "is nested more than %d deep",
                          (int)YAML_DEPTH_MAX);
    TRY(add_node(builder, event, kind));
    builder->levels[builder->depth++] =
        (struct level){.node = (int)builder->count - 1, .last_child = NO_NODE};
    return OK;
}

static status begin_document(struct builder *builder, const yaml_event_t *event)
{
    const int line = shown_line(builder, &event->start_mark);
    if (builder->has_begun)
        return problem_at(builder->problem, line, "a second document begins: write one");
    if (event->data.document_start.tag_directives.start !=
        event->data.document_start.tag_directives.end)
        return problem_at(builder->problem, line, "%%TAG is not used here: remove it");
    builder->has_begun = true;
    return OK;
}

static status check_plainness(struct builder *builder, const yaml_event_t *event,
                              const yaml_char_t *anchor, const yaml_char_t *tag)
{
    const int line = shown_line(builder, &event->start_mark);
    if (anchor)
        return problem_at(builder->problem, line,
                          "anchor '&%s': anchors and aliases are not used here: write it out",
                          (const char *)anchor);
    if (tag)
        return problem_at(builder->problem, line, "tag '%s': tags are not used here: remove it",
                          (const char *)tag);
    return OK;
}

static status take_event(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return begin_document(builder, event);
    case YAML_ALIAS_EVENT:
        return problem_at(builder->problem, shown_line(builder, &event->start_mark),
                          "alias '*%s': anchors and aliases are not used here: write it out, or in "
                          "quotes",
                          (const char *)event->data.alias.anchor);
    case YAML_SCALAR_EVENT:
        TRY(check_plainness(builder, event, event->data.scalar.anchor, event->data.scalar.tag));
        return wants_key(builder) ? add_key(builder, event) : add_node(builder, event, YAML_SCALAR);
    case YAML_SEQUENCE_START_EVENT:
        TRY(check_plainness(builder, event, event->data.sequence_start.anchor,
                            event->data.sequence_start.tag));
        return begin(builder, event, YAML_SEQUENCE);
    case YAML_MAPPING_START_EVENT:
        TRY(check_plainness(builder, event, event->data.mapping_start.anchor,
                            event->data.mapping_start.tag));
        return begin(builder, event, YAML_MAPPING);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        builder->depth--;
        return OK;
    default:
        return OK; /* the stream's and the document's ends */
    }
}

static bool is_indented_with_tab(slice text, int line)
{
    size_t at = 0;
    for (; line > 1 && at < text.size; at++)
        line -= text.data[at] == '\n';
    while (at < text.size && text.data[at] == ' ')
        at++;
    return at < text.size && text.data[at] == '\t';
}

static int syntax_problem_line(const struct builder *builder)
{
    const yaml_parser_t *const parser = &builder->parser;
    return parser->error == YAML_READER_ERROR ? line_at(builder->source, parser->problem_offset)
                                              : shown_line(builder, &parser->problem_mark);
}

static status syntax_problem(const struct builder *builder)
{
    const yaml_parser_t *const parser = &builder->parser;
    const int line = syntax_problem_line(builder);
    if (parser->error == YAML_MEMORY_ERROR || !parser->problem)
        return no_memory(builder);
    if (parser->error == YAML_READER_ERROR)
        return problem_at(builder->problem, line, "is not UTF-8 text: %s", parser->problem);
    if (is_indented_with_tab(builder->source, line))
        return problem_at(builder->problem, line, "indent with spaces, not with tabs");
    if (!parser->context)
        return problem_at(builder->problem, line, "is not YAML: %s", parser->problem);
    return problem_at(builder->problem, line, "is not YAML: %s, %s that began on line %d",
                      parser->problem, parser->context, (int)parser->context_mark.line + 1);
}

static status build(struct builder *builder)
{
    for (yaml_event_type_t type = YAML_NO_EVENT; type != YAML_STREAM_END_EVENT;) {
        SCOPED(event) event = {0};
        if (!yaml_parser_parse(&builder->parser, &event.event))
            return syntax_problem(builder);
        type = event.event.type;
        TRY(take_event(builder, &event.event));
    }
    return OK;
}

/* Numbers become pointers; nothing moves any more. */
static status finish(struct builder *builder, struct yaml_document *out)
{
    struct yaml *const nodes = builder->count ? calloc(builder->count, sizeof *nodes) : NULL;
    if (builder->count && !nodes)
        return no_memory(builder);
    const char *const text = (const char *)builder->text.data;
    for (size_t i = 0; i < builder->count; i++) {
        const struct draft *const draft = &builder->drafts[i];
        nodes[i] = draft->node;
        nodes[i].key = draft->has_key ? text + draft->key_at : NULL;
        nodes[i].text = draft->has_text ? text + draft->text_at : NULL;
        nodes[i].first_child = draft->first_child == NO_NODE ? NULL : nodes + draft->first_child;
        nodes[i].next = draft->next == NO_NODE ? NULL : nodes + draft->next;
    }
    *out = (struct yaml_document){.nodes = nodes,
                                  .count = builder->count,
                                  .text = buffer_take(&builder->text),
                                  .root = nodes};
    return OK;
}

status yaml_read(slice text, struct yaml_document *out, struct problem *out_problem)
{
    static const uint8_t byte_order_mark[] = {0xef, 0xbb, 0xbf};
    SCOPED(builder) builder = {.problem = out_problem};
    TRY(check_bytes(text, out_problem));
    if (text.size >= sizeof byte_order_mark &&
        memcmp(text.data, byte_order_mark, sizeof byte_order_mark) == 0)
        text = (slice){text.data + sizeof byte_order_mark, text.size - sizeof byte_order_mark};
    builder.source = text;
    builder.last_line = text.size ? line_at(text, text.size - 1) : 1;
    if (!yaml_parser_initialize(&builder.parser))
        return no_memory(&builder);
    yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
    /* libyaml asserts that there is a pointer, even to nothing. */
    const uint8_t *const input = text.size ? text.data : (const uint8_t *)"";
    yaml_parser_set_input_string(&builder.parser, input, text.size);
    TRY(build(&builder));
    return finish(&builder, out);
}

void yaml_document_clear(struct yaml_document *document)
{
    free(document->nodes);
    buffer_clear(&document->text);
    *document = (struct yaml_document){0};
}
