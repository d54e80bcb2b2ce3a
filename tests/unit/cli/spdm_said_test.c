/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_said.h"

#include "test.h"

static const struct spdm_shape shape = {.version = SPDM_1_3, .hash_size = 32, .signature_size = 64};

/* `code` is a message of DSP0274 1.4, Table "SPDM request codes" or "SPDM response codes". */
static bool is_message(unsigned code)
{
    const unsigned kind = code & 0x7F;
    const bool is_request = code & 0x80;
    if (kind >= 0x01 && kind <= 0x07)
        return true;
    if (kind >= 0x60 && kind <= 0x71)
        return true;
    return (kind >= 0x7C && kind <= 0x7E) || (is_request && kind == 0x7F) || code == SPDM_ERROR;
}

TEST(every_message_of_the_specification_has_a_row_and_nothing_else_has)
{
    for (unsigned code = 0; code <= 0xFF; code++)
        EXPECT((spdm_said_name((uint8_t)code) != NULL) == is_message(code));
    EXPECT(strcmp(spdm_said_name(0xE4), "KEY_EXCHANGE") == 0);
    EXPECT(strcmp(spdm_said_name(0x6B), "ENCAPSULATED_RESPONSE_ACK") == 0);
}

/* As recorded peers sent them (shared/spdm, tcp-13-p384-aes256-oneway). */
static const uint8_t capabilities[] = {0x13, 0x61, 0, 0,    0, 0, 0, 0,    0xf7, 0x62,
                                       0,    0,    0, 0x12, 0, 0, 0, 0x12, 0,    0};
static const uint8_t key_update[] = {0x13, 0xe9, 0x02, 0x54};

static bool says(const json_t *fields, const char *name, const char *text)
{
    char *const value = json_dumps(json_object_get(fields, name), JSON_ENCODE_ANY | JSON_COMPACT);
    const bool is_said = value && strcmp(value, text) == 0;
    if (!is_said)
        printf("  %s is %s\n", name, value ? value : "not there");
    free(value);
    return is_said;
}

TEST(fields_are_told_by_their_names)
{
    struct spdm_said said;
    EXPECT_OK(spdm_said_read(SLICE(capabilities), &shape, false, &said));
    json_t *fields = spdm_said_json(&said);
    EXPECT(says(fields, "flags",
                "[\"CACHE\",\"CERT\",\"CHAL\",\"MEAS_SIG\",\"MEAS_FRESH\",\"ENCRYPT\",\"MAC\","
                "\"KEY_EX\",\"HBEAT\",\"KEY_UPD\"]"));
    EXPECT(says(fields, "data_transfer_size", "4608"));
    EXPECT(says(fields, "has_algorithms", "false"));
    json_decref(fields);

    EXPECT_OK(spdm_said_read(SLICE(key_update), &shape, false, &said));
    fields = spdm_said_json(&said);
    EXPECT(says(fields, "operation", "2") && says(fields, "tag", "84"));
    EXPECT(json_object_size(fields) == 2);
    json_decref(fields);
}

TEST(what_follows_a_message_is_kept_apart)
{
    static const uint8_t wrapped[] = {0x13, 0xea, 0, 0, 0x13, 0x81, 0, 0};
    static const uint8_t request[] = {0x13, 0x6a, 1, 0, 0x13, 0x81, 0, 0};
    struct spdm_said said;
    EXPECT_OK(spdm_said_read(SLICE(wrapped), &shape, false, &said));
    EXPECT(said.message.size == 4 && said.rest.size == 4);
    EXPECT_OK(spdm_said_read(SLICE(request), &shape, false, &said));
    EXPECT(said.fields.number == 1 && slice_equal(said.rest, (slice){request + 4, 4}));
}

TEST(a_response_has_the_fields_that_its_request_asked_for)
{
    uint8_t auth[4 + 32 + 32 + 32 + 2 + 8 + 64] = {0x13, 0x03, 0, 1};
    const size_t without = sizeof auth - 32;
    static const uint8_t asks[4 + 32 + 8] = {0x13, 0x83, 0, 0xFF};
    static const uint8_t asks_not[4 + 32 + 8] = {0x13, 0x83, 0, 0};
    struct spdm_said request, response;
    EXPECT_OK(spdm_said_read(SLICE(asks), &shape, false, &request));
    EXPECT(spdm_said_asks(&request));
    EXPECT_OK(spdm_said_read(SLICE(auth), &shape, spdm_said_asks(&request), &response));
    EXPECT(response.fields.challenge_auth.summary_hash.size == 32 && !response.rest.size);
    EXPECT_OK(spdm_said_read(SLICE(asks_not), &shape, false, &request));
    EXPECT(!spdm_said_asks(&request));
    EXPECT_OK(spdm_said_read((slice){auth, without}, &shape, spdm_said_asks(&request), &response));
    EXPECT(response.fields.challenge_auth.summary_hash.size == 0 && !response.rest.size);
}

TEST(a_code_without_a_row_is_refused_and_a_message_cut_short_too)
{
    static const uint8_t slot_management[] = {0x14, 0x09, 0, 0};
    struct spdm_said said = {.rest = {NULL, 99}};
    EXPECT_FAIL(UNSUPPORTED, spdm_said_read(SLICE(slot_management), &shape, false, &said));
    for (size_t size = 0; size < sizeof capabilities; size++)
        EXPECT_FAIL(TRUNCATED, spdm_said_read((slice){capabilities, size}, &shape, false, &said));
    EXPECT(said.rest.size == 99);
}
