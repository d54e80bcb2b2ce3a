/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The recorded SPDM conversations: $CIX_SHARED/spdm, or ../shared/spdm beside the source tree.
 *   static void visit(const struct spdm_recording *recording) { ... }
 *   spdm_recordings_each(visit);
 */

#include "codec/json.h"
#include "codec/text.h"
#include "spdm/shape.h"

#include "test.h"

#include <inttypes.h>
#include <unistd.h>

enum { RECORDING_PATH_SIZE = 1024, RECORDED_MESSAGES_MAX = 1024 };

enum recorded_transport { RECORDED_MCTP, RECORDED_TCP, RECORDED_DOE };

struct recorded_message {
    unsigned frame; /* the packet's number in the capture, from 1 */
    bool is_response;
    bool in_session; /* this and the next three: how it was protected */
    bool in_handshake;
    uint32_t session_id;
    uint64_t sequence;
    slice bytes;   /* in a session: what was decrypted, the inner transport header before it */
    slice message; /* the SPDM message; empty for another protocol's. DOE's padding is still there
                      outside sessions */
};

struct spdm_recording {
    const char *name;
    enum recorded_transport transport;
    struct json keys;        /* NAME.keys.json */
    struct spdm_shape shape; /* as ALGORITHMS left it */
    uint32_t requester_flags, responder_flags;
    size_t message_count;
    struct recorded_message messages[RECORDED_MESSAGES_MAX];
    struct buffer storage[RECORDED_MESSAGES_MAX]; /* each in memory of its own size */
};

static const char *const spdm_recording_names[] = {
    "doe-12-p256-chacha-oneway-idekm-tdisp",
    "doe-13-psk-sha384",
    "mctp-10-p256-chal-meas",
    "mctp-11-rsapss3072-ffdhe3072",
    "mctp-12-p256-aes128-mut",
    "mctp-13-p256-rawpubkey",
    "mctp-13-p384-aes256-mut-enchs",
    "mctp-14-mldsa65-mlkem768-mut",
    "mctp-14-p384-multikey",
    "tcp-12-p384-maconly-mutdig",
    "tcp-13-p384-aes256-oneway",
    "tcp-14-p256-aes256-mut",
};

enum { SPDM_RECORDINGS = sizeof spdm_recording_names / sizeof *spdm_recording_names };

/* The folder of the recordings; NULL where it is not there. */
static inline const char *spdm_recordings_root(void)
{
    static char root[RECORDING_PATH_SIZE];
    const char *const shared = getenv("CIX_SHARED");
    const char *const here = strstr(__FILE__, "tests/spdm_recording.h");
    if (shared)
        snprintf(root, sizeof root, "%s/spdm", shared);
    else
        snprintf(root, sizeof root, "%.*s../shared/spdm", (int)(here - __FILE__), __FILE__);
    return access(root, R_OK) == 0 ? root : NULL;
}

/* True, said and counted as `count` skipped cases, when there is nothing to test with. */
static inline bool spdm_recordings_are_absent(int count)
{
    if (spdm_recordings_root())
        return false;
    printf("  skipped %d: no recorded conversations\n", count);
    test_skipped += count;
    return true;
}

/* `file` of the folder of the recordings, as "certs/ecp256/ca.cert.der". */
static inline struct buffer spdm_recordings_file(const char *file)
{
    char path[RECORDING_PATH_SIZE];
    uint8_t chunk[4096];
    struct buffer bytes = {0};
    const int size = snprintf(path, sizeof path, "%s/%s", spdm_recordings_root(), file);
    FILE *const stream = size < (int)sizeof path ? fopen(path, "rb") : NULL;
    if (!stream) {
        printf("  cannot open %s\n", path);
        exit(1);
    }
    for (size_t read; (read = fread(chunk, 1, sizeof chunk, stream)) > 0;)
        EXPECT_OK(buffer_append(&bytes, (slice){chunk, read}));
    fclose(stream);
    return bytes;
}

/* The hexadecimal member `key` of `object`; none where there is no such member. */
static inline struct buffer recorded_bytes(const json_t *object, const char *key)
{
    struct buffer bytes = {0};
    slice text;
    if (json_object_get(object, key)) {
        EXPECT_OK(json_text(object, key, &text));
        EXPECT_OK(hex_read(text, &bytes));
    }
    return bytes;
}

/* The same, as a number: "fffefffe". */
static inline uint32_t recorded_word(const json_t *object, const char *key)
{
    const char *const text = json_string_value(json_object_get(object, key));
    return text ? (uint32_t)strtoul(text, NULL, 16) : 0;
}

/* A number of the object "algorithms"; 0 where it is not there. */
static inline uint32_t recorded_algorithm(const struct spdm_recording *recording, const char *key)
{
    const json_t *const algorithms = json_object_get(recording->keys.root, "algorithms");
    const json_t *const value = json_object_get(algorithms, key);
    return json_is_true(value) ? 1 : (uint32_t)json_integer_value(value);
}

struct recorded_size {
    uint32_t bit;
    size_t size;
};

static inline size_t recorded_size_of(const struct recorded_size *sizes, uint32_t bit)
{
    while (sizes->bit && sizes->bit != bit)
        sizes++;
    return sizes->size;
}

/* Sizes of what the recordings use (FACTS.md), told here apart from the code under test. */
static inline size_t recorded_signature_size(uint32_t asym, uint32_t pqc)
{
    static const struct recorded_size classical[] = {{0x08, 384}, {0x10, 64}, {0x80, 96}, {0, 0}};
    static const struct recorded_size quantum[] = {{0x02, 3309}, {0, 0}};
    return pqc ? recorded_size_of(quantum, pqc) : recorded_size_of(classical, asym);
}

static inline void recording_shape(struct spdm_recording *recording)
{
    static const struct recorded_size hashes[] = {{1, 32}, {2, 48}, {0, 0}};
    static const struct recorded_size groups[] = {{0x02, 384}, {0x08, 64}, {0x10, 96}, {0, 0}};
    struct spdm_shape *const shape = &recording->shape;
    const json_t *const root = recording->keys.root;
    const char *const version = json_string_value(json_object_get(root, "spdm_version"));
    const uint32_t group = recorded_algorithm(recording, "dhe");
    const bool has_kem = recorded_algorithm(recording, "kem") != 0; /* ML-KEM-768 */
    recording->requester_flags = recorded_word(root, "requester_flags");
    recording->responder_flags = recorded_word(root, "responder_flags");
    shape->version = (uint8_t)(0x10 + (version ? version[2] - '0' : 0));
    shape->hash_size = recorded_size_of(hashes, recorded_algorithm(recording, "hash"));
    shape->signature_size = recorded_signature_size(recorded_algorithm(recording, "asym"),
                                                    recorded_algorithm(recording, "pqc"));
    shape->requester_signature_size = recorded_signature_size(
        recorded_algorithm(recording, "reqasym"), recorded_algorithm(recording, "reqpqc"));
    shape->request_exchange_size = has_kem ? 1184 : recorded_size_of(groups, group);
    shape->response_exchange_size = has_kem ? 1088 : recorded_size_of(groups, group);
    shape->responder_is_multi_key = recorded_algorithm(recording, "multi_rsp") != 0;
    shape->requester_is_multi_key = recorded_algorithm(recording, "multi_req") != 0;
    shape->handshake_in_the_clear =
        (recording->requester_flags & recording->responder_flags & 1U << 15) != 0;
    shape->psk_has_context = (recording->responder_flags >> 10 & 3) == 2;
}

/* What is left of a session's plaintext when the inner transport header is gone. */
static inline slice recorded_inner_message(enum recorded_transport transport, slice bytes)
{
    static const size_t headers[] = {[RECORDED_MCTP] = 1, [RECORDED_TCP] = 4, [RECORDED_DOE] = 0};
    const size_t header = headers[transport];
    if (bytes.size < header || (header && bytes.data[header - 1] != 0x05))
        return (slice){0};
    return (slice){bytes.data + header, bytes.size - header};
}

static inline void recording_add_line(struct spdm_recording *recording, slice line)
{
    struct json json = {0};
    EXPECT_OK(json_read(line, &json));
    if (recording->message_count == RECORDED_MESSAGES_MAX) {
        printf("  %s has more messages than RECORDED_MESSAGES_MAX\n", recording->name);
        exit(1);
    }
    struct recorded_message *const message = &recording->messages[recording->message_count];
    struct buffer *const storage = &recording->storage[recording->message_count++];
    const char *const direction = json_string_value(json_object_get(json.root, "dir"));
    const char *const state = json_string_value(json_object_get(json.root, "state"));
    message->in_session = json_object_get(json.root, "session") != NULL;
    struct buffer bytes = recorded_bytes(json.root, message->in_session ? "app" : "msg");
    storage->data = malloc(bytes.size ? bytes.size : 1);
    if (!storage->data)
        exit(1);
    storage->size = storage->capacity = bytes.size;
    memcpy(storage->data, bytes.data, bytes.size);
    buffer_clear(&bytes);

    message->frame = (unsigned)json_integer_value(json_object_get(json.root, "frame"));
    message->is_response = direction && strcmp(direction, "rsp") == 0;
    message->in_handshake = state && strcmp(state, "hs") == 0;
    message->session_id = recorded_word(json.root, "session");
    message->sequence = (uint64_t)json_integer_value(json_object_get(json.root, "seq"));
    message->bytes = buffer_view(storage);
    message->message = message->in_session
                           ? recorded_inner_message(recording->transport, message->bytes)
                           : message->bytes;
    json_clear(&json);
}

static inline void recording_add_lines(struct spdm_recording *recording, slice text)
{
    const uint8_t *end;
    while (text.size && (end = memchr(text.data, '\n', text.size))) {
        const size_t size = (size_t)(end - text.data);
        recording_add_line(recording, (slice){text.data, size});
        text = (slice){end + 1, text.size - size - 1};
    }
}

static inline void spdm_recording_clear(struct spdm_recording *recording)
{
    json_clear(&recording->keys);
    for (size_t i = 0; i < recording->message_count; i++)
        buffer_clear(&recording->storage[i]);
}

/* Fills `out`, which is large: static, or on the heap. */
static inline void spdm_recording_open(const char *name, struct spdm_recording *out)
{
    char file[RECORDING_PATH_SIZE];
    memset(out, 0, sizeof *out);
    out->name = name;
    out->transport = name[0] == 'm' ? RECORDED_MCTP : name[0] == 't' ? RECORDED_TCP : RECORDED_DOE;

    snprintf(file, sizeof file, "%s.keys.json", name);
    struct buffer keys = spdm_recordings_file(file);
    EXPECT_OK(json_read(buffer_view(&keys), &out->keys));
    buffer_clear(&keys);
    recording_shape(out);

    snprintf(file, sizeof file, "%s.messages.jsonl", name);
    struct buffer lines = spdm_recordings_file(file);
    recording_add_lines(out, buffer_view(&lines));
    buffer_clear(&lines);
}

static inline void spdm_recordings_each(void (*visit)(const struct spdm_recording *recording))
{
    static struct spdm_recording recording;
    for (size_t i = 0; i < SPDM_RECORDINGS; i++) {
        const int before = test_failures;
        spdm_recording_open(spdm_recording_names[i], &recording);
        visit(&recording);
        spdm_recording_clear(&recording);
        if (test_failures != before)
            printf("  in %s\n", spdm_recording_names[i]);
    }
}
