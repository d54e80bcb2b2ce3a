/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/record.h"

#include "test.h"

/* What the recordings show of records is in recordings_test.c: here is what must not be taken. */

static const uint8_t key_bytes[32] = {1, 2, 3};
static const uint8_t message[] = {0x05, 0x12, 0xE8, 0x00, 0x00};
static const uint8_t padding[] = {7, 7, 7};

enum { SPACE = SPDM_RECORD_SIZE_MAX };
static uint8_t space[SPACE], copy[SPACE];

static const struct spdm_record_form forms[] = {
    {.session_id = 0xFFFEFFFD, .sequence_size = 2, .is_encrypted = true},
    {.session_id = 0xFFFEFFFD, .sequence_size = 0, .is_encrypted = true},
    {.session_id = 0xFFFEFFFD, .sequence_size = 8, .is_encrypted = true},
    {.session_id = 0xFFFEFFFD, .sequence_size = 0},
    {.session_id = 0xFFFEFFFD, .sequence_size = 2},
};
enum { FORMS = sizeof forms / sizeof *forms };

static struct spdm_record_key key_make(void)
{
    struct spdm_record_key key = {.iv = {9, 8, 7}};
    EXPECT_OK(aead_key_set(&key.aead, AEAD_AES_256_GCM, SLICE(key_bytes)));
    return key;
}

/* One record of `message`, in `space`. */
static size_t sealed(struct spdm_record_key *key, const struct spdm_record_form *form)
{
    struct writer writer = writer_over(space, sizeof space);
    const size_t begin = spdm_record_begin(form, &writer);
    EXPECT(begin == 0 && writer.size == spdm_record_prefix_size(form));
    write_bytes(&writer, SLICE(message));
    EXPECT_OK(spdm_record_seal(key, form, &writer, begin, SLICE(padding)));
    return writer.size;
}

TEST(a_record_comes_out_as_it_went_in_in_every_form)
{
    for (size_t i = 0; i < FORMS; i++) {
        SCOPED(spdm_record_key) sender = key_make();
        SCOPED(spdm_record_key) receiver = key_make();
        for (uint64_t number = 0; number < 3; number++) {
            const size_t size = sealed(&sender, &forms[i]);
            slice data = {0};
            uint32_t id = 0;
            EXPECT_OK(spdm_record_session((slice){space, size}, &id));
            EXPECT(id == forms[i].session_id);
            EXPECT(size == spdm_record_prefix_size(&forms[i]) + sizeof message + AEAD_TAG_SIZE +
                               (forms[i].is_encrypted ? sizeof padding : 0));
            EXPECT_OK(spdm_record_open(&receiver, &forms[i], space, size, &data));
            EXPECT(slice_equal(data, SLICE(message)));
            EXPECT(data.data == space + spdm_record_prefix_size(&forms[i]));
            EXPECT(receiver.sequence == number + 1);
        }
    }
}

TEST(a_record_cut_anywhere_or_with_bytes_left_over_is_refused)
{
    for (size_t i = 0; i < FORMS; i++) {
        SCOPED(spdm_record_key) sender = key_make();
        SCOPED(spdm_record_key) receiver = key_make();
        const size_t whole = sealed(&sender, &forms[i]);
        const slice untouched = {key_bytes, 1};
        slice data = untouched;
        for (size_t size = 0; size <= whole + 1; size++) {
            memcpy(copy, space, whole + 1);
            if (size == whole)
                continue;
            EXPECT(spdm_record_open(&receiver, &forms[i], copy, size, &data).fault);
            EXPECT(data.data == untouched.data && receiver.sequence == 0);
        }
        memcpy(copy, space, whole);
        EXPECT_FAIL(MALFORMED, spdm_record_open(&receiver, &forms[i], copy, whole + 1, &data));
        EXPECT_OK(spdm_record_open(&receiver, &forms[i], space, whole, &data));
    }
}

TEST(a_record_changed_anywhere_is_refused_and_the_next_attempt_is_as_the_first)
{
    for (size_t i = 0; i < FORMS; i++) {
        SCOPED(spdm_record_key) sender = key_make();
        SCOPED(spdm_record_key) receiver = key_make();
        const size_t size = sealed(&sender, &forms[i]);
        slice data = {0};
        for (size_t bit = 0; bit < 8 * size; bit++) {
            memcpy(copy, space, size);
            copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
            EXPECT(spdm_record_open(&receiver, &forms[i], copy, size, &data).fault);
            EXPECT(data.data == NULL && receiver.sequence == 0);
        }
        EXPECT_OK(spdm_record_open(&receiver, &forms[i], space, size, &data));
    }
}

/* P31 */
TEST(a_record_replayed_left_out_or_of_another_session_is_refused)
{
    for (size_t i = 0; i < FORMS; i++) {
        SCOPED(spdm_record_key) sender = key_make();
        SCOPED(spdm_record_key) receiver = key_make();
        struct spdm_record_form other = forms[i];
        slice data = {0};
        size_t size = sealed(&sender, &forms[i]);

        other.session_id ^= 1;
        memcpy(copy, space, size);
        EXPECT_FAIL(UNAUTHENTIC, spdm_record_open(&receiver, &other, copy, size, &data));
        memcpy(copy, space, size);
        EXPECT_OK(spdm_record_open(&receiver, &forms[i], copy, size, &data));
        memcpy(copy, space, size);
        EXPECT_FAIL(UNAUTHENTIC, spdm_record_open(&receiver, &forms[i], copy, size, &data));

        sealed(&sender, &forms[i]); /* which is lost */
        size = sealed(&sender, &forms[i]);
        EXPECT_FAIL(UNAUTHENTIC, spdm_record_open(&receiver, &forms[i], space, size, &data));
    }
}

/* P31 */
TEST(a_number_never_comes_round_and_a_limit_holds_on_both_ends)
{
    const struct spdm_record_form limited = {.is_encrypted = true, .records_max = 2};
    SCOPED(spdm_record_key) sender = key_make();
    SCOPED(spdm_record_key) receiver = key_make();
    struct writer writer = writer_over(space, sizeof space);
    slice data = {0};
    sealed(&sender, &limited);
    receiver.sequence = 1;
    size_t size = sealed(&sender, &limited);
    EXPECT_OK(spdm_record_open(&receiver, &limited, space, size, &data));
    size_t begin = spdm_record_begin(&limited, &writer);
    EXPECT_FAIL(EXHAUSTED, spdm_record_seal(&sender, &limited, &writer, begin, (slice){0}));
    memset(copy, 0, sizeof copy);
    copy[4] = AEAD_TAG_SIZE;
    EXPECT_FAIL(EXHAUSTED,
                spdm_record_open(&receiver, &limited, copy, 4 + 2 + AEAD_TAG_SIZE, &data));

    sender.sequence = receiver.sequence = UINT64_MAX - 1;
    size = sealed(&sender, &forms[0]);
    EXPECT(sender.sequence == UINT64_MAX);
    EXPECT_OK(spdm_record_open(&receiver, &forms[0], space, size, &data));
    writer = writer_over(space, sizeof space);
    begin = spdm_record_begin(&forms[0], &writer);
    EXPECT_FAIL(EXHAUSTED, spdm_record_seal(&sender, &forms[0], &writer, begin, (slice){0}));
}

TEST(a_record_holds_what_its_length_can_say_and_no_more)
{
    for (size_t i = 0; i < FORMS; i++) {
        SCOPED(spdm_record_key) sender = key_make();
        SCOPED(spdm_record_key) receiver = key_make();
        const size_t most = spdm_record_data_max(&forms[i]);
        EXPECT(most == (forms[i].is_encrypted ? 65517 : 65519));
        for (size_t more = 0; more < 2; more++) {
            struct writer writer = writer_over(space, sizeof space);
            slice data = {0};
            const size_t begin = spdm_record_begin(&forms[i], &writer);
            write_bytes(&writer, (slice){copy, most});
            const slice pad = {padding, more};
            if (forms[i].is_encrypted && more) {
                EXPECT_FAIL(EXHAUSTED, spdm_record_seal(&sender, &forms[i], &writer, begin, pad));
                continue;
            }
            EXPECT_OK(spdm_record_seal(&sender, &forms[i], &writer, begin, pad));
            EXPECT_OK(spdm_record_open(&receiver, &forms[i], space, writer.size, &data));
            EXPECT(data.size == most);
        }
    }
}

TEST(a_record_that_does_not_fit_its_space_is_not_sealed)
{
    for (size_t i = 0; i < FORMS; i++) {
        SCOPED(spdm_record_key) sender = key_make();
        const size_t whole = sealed(&sender, &forms[i]);
        for (size_t room = 0; room < whole; room++) {
            struct writer writer = writer_over(space, room);
            const size_t begin = spdm_record_begin(&forms[i], &writer);
            write_bytes(&writer, SLICE(message));
            EXPECT_FAIL(EXHAUSTED,
                        spdm_record_seal(&sender, &forms[i], &writer, begin, SLICE(padding)));
            EXPECT(sender.sequence == 1);
        }
    }
}

/* spec: DSP0277 1.2, the last eight bytes of the nonce: what some senders of 1.0 and 1.1 did */
TEST(the_order_of_the_number_in_the_nonce_matters_from_the_second_record_on)
{
    struct spdm_record_form little = forms[1], big = forms[1];
    big.has_big_endian_nonces = true;
    for (uint64_t number = 0; number < 2; number++) {
        SCOPED(spdm_record_key) sender = key_make();
        SCOPED(spdm_record_key) receiver = key_make();
        slice data = {0};
        sender.sequence = receiver.sequence = number;
        const size_t size = sealed(&sender, &big);
        memcpy(copy, space, size);
        EXPECT(!spdm_record_open(&receiver, &little, copy, size, &data).fault == (number == 0));
        receiver.sequence = number;
        EXPECT_OK(spdm_record_open(&receiver, &big, space, size, &data));
    }
}

/* The peer's own mistake, which its tag vouches for. */
TEST(a_record_whose_data_is_longer_than_itself_is_refused)
{
    SCOPED(spdm_record_key) sender = key_make();
    SCOPED(spdm_record_key) receiver = key_make();
    uint8_t record[4 + 2 + 2 + AEAD_TAG_SIZE] = {0xFD, 0xFF, 0xFE, 0xFF, 2 + AEAD_TAG_SIZE,
                                                 0,    1,    0};
    const slice additional = {record, 6};
    const struct aead_message sealing = {sender.iv, &additional, 1, record + 6, 2};
    slice data = {0};
    EXPECT_OK(aead_seal(&sender.aead, &sealing, record + 8));
    EXPECT_FAIL(MALFORMED, spdm_record_open(&receiver, &forms[1], record, sizeof record, &data));
    EXPECT(data.data == NULL);
}
