/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A log from a stranger: as a TPM's, as a TEE's and as Linux's. Events lie inside the input, in
 * order; replaying never leaves a register half done, and agrees with the events one by one.
 */

#include "evidence/eventlog/describe.h"
#include "evidence/eventlog/ima.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_event(const struct event_log *log, const struct event *event, slice bytes)
{
    char line[EVENT_LINE_SIZE];
    slice entry;
    assert(event->index <= (log->kind == EVENT_LOG_CC ? 4 : 23));
    for (size_t i = 0; i < log->algorithm_count; i++)
        assert(event->digests[i].size == hash_size(log->algorithms[i]) &&
               event->digests[i].data > bytes.data);
    assert(event->data.size <= EVENT_DATA_SIZE_MAX);
    assert(!event->data.size || event->data.data + event->data.size <= bytes.data + bytes.size);
    if (event_application_entry(event, &entry))
        assert(event->type == EV_EVENT_TAG && entry.size + 8 == event->data.size);
    event_describe(log, event, line);
    assert(strlen(line) < EVENT_LINE_SIZE);
}

/* True when every event could be read. */
static bool walk(struct event_log *log, slice bytes, uint32_t *out_extended)
{
    for (bool more = true; more;) {
        struct event event;
        if (event_log_next(log, &event, &more).fault)
            return false;
        if (!more)
            continue;
        check_event(log, &event, bytes);
        if (event.type != EV_NO_ACTION)
            *out_extended |= UINT32_C(1) << event.index;
    }
    return true;
}

static void replay(enum event_log_kind kind, slice bytes)
{
    struct event_log log;
    struct registers registers;
    uint32_t extended = 0;
    if (event_log_begin(kind, bytes, &log).fault)
        return;
    assert(event_log_begins(bytes));
    assert(log.algorithm_count && log.algorithm_count <= EVENT_ALGORITHMS_MAX);
    const enum hash hash = log.algorithms[0];
    const bool is_whole = walk(&log, bytes, &extended);
    if (registers_begin(hash, &registers).fault)
        return;
    const bool is_replayed = !event_log_replay(kind, bytes, &registers).fault;
    assert(!is_replayed || is_whole); /* a bad startup locality stops only the replay */
    assert(is_replayed ? (registers.extended | 1) == (extended | 1) : registers.extended == 0);
}

static void replay_ima(slice bytes)
{
    struct registers registers;
    if (registers_begin(HASH_SHA256, &registers).fault)
        return;
    if (ima_log_replay(bytes, &registers).fault)
        assert(registers.extended == 0);
    else
        assert(!bytes.size || (registers.extended && ima_log_begins(bytes)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const slice bytes = {data, size};
    replay(EVENT_LOG_TPM, bytes);
    replay(EVENT_LOG_CC, bytes);
    replay_ima(bytes);
    return 0;
}
