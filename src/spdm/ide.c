/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/ide.h"

enum {
    SUB_STREAM_SHIFT = 4,
    KEY_BITS = SPDM_IDEKM_KEY_SET_1 | SPDM_IDEKM_KEY_TRANSMITS,
    SETS = 2,
    DIRECTIONS = 2,
};

static const struct rule {
    uint8_t object;
    enum spdm_ide_state from; /* or ... */
    enum spdm_ide_state or_from;
    uint8_t answer;
    enum spdm_ide_state to;
} rules[] = {
    {SPDM_IDEKM_KEY_PROG, SPDM_IDE_EMPTY, SPDM_IDE_PROGRAMMED, SPDM_IDEKM_KP_ACK,
     SPDM_IDE_PROGRAMMED},
    {SPDM_IDEKM_K_SET_GO, SPDM_IDE_PROGRAMMED, SPDM_IDE_PROGRAMMED, SPDM_IDEKM_K_GOSTOP_ACK,
     SPDM_IDE_IN_USE},
    {SPDM_IDEKM_K_SET_STOP, SPDM_IDE_PROGRAMMED, SPDM_IDE_IN_USE, SPDM_IDEKM_K_GOSTOP_ACK,
     SPDM_IDE_EMPTY},
};

static const struct rule *rule_for(uint8_t object)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].object == object)
            return &rules[i];
    return NULL;
}

static bool is_key(uint8_t key)
{
    return !(key & 0x0F & ~KEY_BITS) && key >> SUB_STREAM_SHIFT < SPDM_IDE_SUB_STREAMS;
}

/* Neighbours are the two sets of a sub-stream in one direction. */
static size_t place_of(uint8_t key)
{
    const size_t sub_stream = key >> SUB_STREAM_SHIFT;
    const size_t direction = key & SPDM_IDEKM_KEY_TRANSMITS ? 1 : 0;
    return (sub_stream * DIRECTIONS + direction) * SETS + (key & SPDM_IDEKM_KEY_SET_1 ? 1 : 0);
}

enum spdm_ide_state spdm_ide_state(const struct spdm_ide_stream *stream, uint8_t key)
{
    return is_key(key) ? stream->keys[place_of(key)] : SPDM_IDE_EMPTY;
}

bool spdm_ide_is_in_use(const struct spdm_ide_stream *stream)
{
    for (size_t i = 0; i < SPDM_IDE_KEYS; i += SETS)
        if (stream->keys[i] != SPDM_IDE_IN_USE && stream->keys[i + 1] != SPDM_IDE_IN_USE)
            return false;
    return true;
}

status spdm_ide_ask(struct spdm_ide_stream *stream, enum spdm_idekm_object object, uint8_t key,
                    slice secret, struct writer *payload)
{
    const struct rule *const rule = rule_for((uint8_t)object);
    const size_t secret_size =
        object == SPDM_IDEKM_KEY_PROG ? SPDM_IDEKM_KEY_SIZE + SPDM_IDEKM_PCIE_IV_SIZE : 0;
    const struct spdm_idekm request = {.object = (uint8_t)object,
                                       .port = stream->port,
                                       .stream = stream->stream,
                                       .key = key,
                                       .secret = secret};
    const enum spdm_ide_state state = spdm_ide_state(stream, key);
    slice written;
    if (!rule || !is_key(key) || secret.size != secret_size)
        return FAIL(UNSUPPORTED, "IDE_KM request that is none of ours");
    if (stream->awaited || (state != rule->from && state != rule->or_from))
        return FAIL(UNEXPECTED, "IDE_KM request in a state where it is not legal");
    spdm_idekm_write(payload, false, &request);
    TRY(writer_finish(payload, &written));
    stream->awaited = (uint8_t)object;
    stream->key = key;
    return OK;
}

/* The set that was in use until now is free again. */
static void set_state(struct spdm_ide_stream *stream, enum spdm_ide_state state)
{
    const size_t place = place_of(stream->key);
    stream->keys[place] = state;
    if (state == SPDM_IDE_IN_USE && stream->keys[place ^ 1] == SPDM_IDE_IN_USE)
        stream->keys[place ^ 1] = SPDM_IDE_EMPTY;
}

status spdm_ide_take(struct spdm_ide_stream *stream, slice payload)
{
    const struct rule *const rule = rule_for(stream->awaited);
    struct spdm_idekm answer;
    if (!rule)
        return FAIL(UNEXPECTED, "IDE_KM answer that nobody asked for");
    stream->awaited = 0;
    stream->status = SPDM_IDEKM_OK;
    TRY(spdm_idekm_read(payload, false, &answer));
    if (answer.object != rule->answer || answer.port != stream->port ||
        answer.stream != stream->stream || answer.key != stream->key)
        return FAIL(UNEXPECTED, "IDE_KM answer to another request");
    stream->status = answer.status;
    if (answer.status != SPDM_IDEKM_OK)
        return FAIL(UNAVAILABLE, "the port refused the key");
    set_state(stream, rule->to);
    return OK;
}
