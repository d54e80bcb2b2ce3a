/* SPDX-License-Identifier: Apache-2.0 */

/* What a peer that knows the keys may still not do, and what a side without means answers. */

#include "spdm_pair.h"

#include "test.h"

static const struct pair_terms terms = {
    .transport = &spdm_tcp,
    .version = SPDM_1_3,
    .hash = HASH_SHA256,
    .asym = ASYM_ECDSA_P256,
    .requester_asym = ASYM_ECDSA_P256,
    .group = GROUP_P256,
    .aead = AEAD_AES_128_GCM,
};

static struct pair pair;
static struct pair_party asking, answering;

static void begin(void)
{
    struct private_key key = {0};
    must(private_key_generate(CURVE_P256, &key));
    pair_party_make(&asking, &key, HASH_SHA256);
    must(private_key_generate(CURVE_P256, &key));
    pair_party_make(&answering, &key, HASH_SHA256);
    pair_begin(&pair, &terms, &asking, &answering);
}

static void connect(void)
{
    EXPECT_OK(spdm_requester_connect(&pair.requester, pair_now, &pair.out));
    EXPECT(pair_speak(&pair) == SPDM_DONE);
    EXPECT_OK(spdm_requester_digests(&pair.requester, pair_now, NULL, &pair.out));
    EXPECT(pair_speak(&pair) == SPDM_DONE);
    EXPECT_OK(spdm_requester_accept(&pair.requester, PAIR_SLOT, &answering.read));
}

static enum spdm_progress open_session(void)
{
    const struct spdm_opening opening = {.slot = PAIR_SLOT};
    EXPECT_OK(spdm_requester_open_session(&pair.requester, pair_now, &opening, &pair.out));
    return pair_speak(&pair);
}

static void end(void)
{
    pair_end(&pair);
    pair_party_clear(&asking);
    pair_party_clear(&answering);
}

/* These bytes as the requester would send them, and what comes back. */
static slice say(struct spdm_session *session, slice message)
{
    const struct spdm_path path = {&spdm_tcp, &pair.requester.connection};
    struct writer request = writer_over(pair.request, sizeof pair.request);
    struct writer answer = writer_over(pair.response, sizeof pair.response);
    struct spdm_arrival arrival;
    const struct spdm_wrapping wrapping = spdm_wrap_begin(&path, session, &request);
    write_bytes(&request, message);
    must(spdm_wrap_end(&path, session, &wrapping, &request));
    must(spdm_responder_receive(&pair.responder, pair_now, pair.request, request.size, &answer));
    must(spdm_unwrap(&path, pair.response, answer.size, &arrival));
    return arrival.message;
}

#define SAY(session, ...)                                                                          \
    say(session, (slice){(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})})

/* spec: DSP0274 1.4, "Error code and error data table" */
static bool is_error(slice answer, uint8_t code)
{
    return answer.size >= SPDM_HEADER_SIZE && answer.data[1] == SPDM_ERROR &&
           answer.data[2] == code;
}

TEST(a_key_update_out_of_its_order_is_refused_and_the_session_goes_on)
{
    begin();
    connect();
    EXPECT(open_session() == SPDM_DONE);
    struct spdm_session *const session = pair.requester.opened;
    EXPECT(is_error(SAY(session, SPDM_1_3, SPDM_KEY_UPDATE, SPDM_VERIFY_NEW_KEY, 1),
                    SPDM_INVALID_REQUEST));
    EXPECT(SAY(session, SPDM_1_3, SPDM_KEY_UPDATE, SPDM_UPDATE_KEY, 2).data[1] ==
           SPDM_KEY_UPDATE_ACK);
    EXPECT(is_error(SAY(session, SPDM_1_3, SPDM_KEY_UPDATE, SPDM_UPDATE_KEY, 3),
                    SPDM_INVALID_REQUEST));
    EXPECT(SAY(session, SPDM_1_3, SPDM_HEARTBEAT, 0, 0).data[1] == SPDM_HEARTBEAT_ACK);
    EXPECT_FAIL(UNEXPECTED, spdm_requester_key_update(&pair.requester, pair_now, session,
                                                      SPDM_VERIFY_NEW_KEY, &pair.out));
    end();
}

TEST(a_session_needs_algorithms_and_a_version_of_secured_messages_that_both_know)
{
    begin();
    pair.responder_setup.secured = (struct spdm_secured_offer){1, {0x1000}, SPDM_AEAD_LIMIT_MAX};
    connect();
    EXPECT(open_session() == SPDM_FAILED);
    EXPECT(pair.requester.error == SPDM_INVALID_REQUEST);
    end();

    const struct spdm_opening opening = {.slot = PAIR_SLOT};
    begin();
    pair.requester_setup.settings.algorithms.tables[SPDM_TABLE_DHE].is_present = false;
    connect();
    EXPECT_FAIL(UNSUPPORTED,
                spdm_requester_open_session(&pair.requester, pair_now, &opening, &pair.out));
    end();
}

TEST(nothing_is_negotiated_without_a_hash_that_both_know)
{
    begin();
    pair.requester_setup.settings.algorithms.base_hash = spdm_hash_bit(HASH_SHA384);
    EXPECT_OK(spdm_requester_connect(&pair.requester, pair_now, &pair.out));
    EXPECT(pair_speak(&pair) == SPDM_FAILED);
    EXPECT(pair.requester.error == SPDM_INVALID_REQUEST);
    EXPECT(pair.responder.connection.phase == SPDM_PHASE_CAPABILITIES);
    end();
}

TEST(a_responder_without_means_says_that_it_does_not_support_it)
{
    begin();
    pair.responder_setup.duties.vendor_defined = NULL;
    pair.responder_setup.duties.measure = NULL;
    connect();
    EXPECT(is_error(SAY(NULL, SPDM_1_3, SPDM_VENDOR_DEFINED_REQUEST, 0, 0, 0, 0, 0, 0, 0),
                    SPDM_UNSUPPORTED_REQUEST));
    EXPECT(is_error(SAY(NULL, SPDM_1_3, SPDM_GET_MEASUREMENTS, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
                    SPDM_UNSUPPORTED_REQUEST));
    end();
}

TEST(what_no_specification_knows_is_an_invalid_request)
{
    enum { NO_SUMMARY = 2 };
    uint8_t challenge[SPDM_HEADER_SIZE + SPDM_NONCE_SIZE + SPDM_CONTEXT_SIZE] = {
        SPDM_1_3, SPDM_CHALLENGE, PAIR_SLOT, NO_SUMMARY};
    begin();
    connect();
    EXPECT(is_error(say(NULL, SLICE(challenge)), SPDM_INVALID_REQUEST));
    EXPECT(is_error(SAY(NULL, SPDM_1_3, SPDM_GET_CERTIFICATE, PAIR_SLOT, 0, 0xFF, 0xFF, 0xFF, 0),
                    SPDM_INVALID_REQUEST)); /* after the chain's end */
    EXPECT(SAY(NULL, SPDM_1_3, SPDM_GET_DIGESTS, 0, 0).data[1] == SPDM_DIGESTS);
    end();
}

/* spec: DSP0287 1.0, "Error messages" */
TEST(a_frame_of_another_version_of_the_binding_is_refused_by_the_binding)
{
    enum { BINDING_VERSION = 2, TYPE, NOT_SUPPORTED = 0xC1 };
    begin();
    struct writer answer = writer_over(pair.response, sizeof pair.response);
    EXPECT_OK(spdm_requester_connect(&pair.requester, pair_now, &pair.out));
    pair.request[BINDING_VERSION] = 9;
    EXPECT_OK(
        spdm_responder_receive(&pair.responder, pair_now, pair.request, pair.out.size, &answer));
    EXPECT(answer.size == spdm_tcp.header_size && pair.response[TYPE] == NOT_SUPPORTED);
    EXPECT(pair.responder.connection.phase == SPDM_PHASE_NONE);
    end();
}
