/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_recording.h"

#include "spdm/message/version.h"

static size_t messages_seen;

/* Every conversation begins with these two, and none of them has a message of another version. */
static void look_at(const struct spdm_recording *recording)
{
    struct spdm_version versions;
    struct reader request = reader_of(recording->messages[0].message);
    struct reader response = reader_of(recording->messages[1].message);
    EXPECT_OK(spdm_get_version_read(&request));
    EXPECT_OK(spdm_version_read(&response, &versions));
    EXPECT(versions.entries[0] == recording->shape.version << 8);
    for (size_t i = 2; i < recording->message_count; i++) {
        struct spdm_header header;
        const struct recorded_message *const recorded = &recording->messages[i];
        if (!recorded->message.size)
            continue;
        EXPECT_OK(spdm_header_peek(recorded->message, &header));
        EXPECT(header.version == recording->shape.version);
        EXPECT((header.code & 0x80) == (recorded->is_response ? 0 : 0x80));
        messages_seen++;
    }
}

TEST(every_recorded_message_has_its_conversations_version_and_a_direction)
{
    if (spdm_recordings_are_absent(SPDM_RECORDINGS))
        return;
    messages_seen = 0;
    spdm_recordings_each(look_at);
    printf("  %zu messages\n", messages_seen);
    EXPECT(messages_seen > 1500);
}

TEST(a_shape_reversed_twice_is_itself_and_once_has_the_sides_swapped)
{
    const struct spdm_shape shape = {.version = SPDM_1_3,
                                     .signature_size = 64,
                                     .requester_signature_size = 96,
                                     .responder_is_multi_key = true,
                                     .request_exchange_size = 1184,
                                     .response_exchange_size = 1088};
    const struct spdm_shape once = spdm_shape_reversed(&shape), twice = spdm_shape_reversed(&once);
    EXPECT(once.version == SPDM_1_3 && once.signature_size == 96);
    EXPECT(once.requester_signature_size == 64);
    EXPECT(!once.responder_is_multi_key && once.requester_is_multi_key);
    EXPECT(once.request_exchange_size == 1184 && once.response_exchange_size == 1088);
    EXPECT(twice.signature_size == 64 && twice.responder_is_multi_key);
}
