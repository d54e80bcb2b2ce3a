/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A TD that vouches for a device. An SNP guest plays the device: any evidence that carries a nonce
 * will do, and that one is at hand.
 */

#include "peers.h"

#include "evidence/devices.h"

/* How the server answers. */
struct company {
    size_t count;        /* of devices */
    size_t first_nonce;  /* the device at 0 signs this one's */
    slice other_binding; /* that nonces are made from; empty: the right one */
    bool says_nothing;   /* no side claims, whatever there is */
};

static void side_claims_of(const struct company *company, slice binding, struct buffer *out)
{
    struct buffer reports[DEVICES_MAX] = {{0}};
    struct devices devices = {.count = company->count};
    const slice base = company->other_binding.size ? company->other_binding : binding;
    for (size_t i = 0; i < company->count; i++) {
        uint8_t nonce[BINDING_SIZE] = {0};
        must(device_nonce(base, (i + company->first_nonce) % DEVICES_MAX, nonce));
        must(sim_snp_report(&the_world()->snp, SLICE(nonce), &reports[i]));
        devices.items[i] = (struct device){platform_named("snp"), buffer_view(&reports[i])};
    }
    must(devices_write(&devices, out));
    for (size_t i = 0; i < company->count; i++)
        buffer_clear(&reports[i]);
}

static void answer(struct end *server, const struct company *company, struct moment now)
{
    SCOPED(buffer) side_claims = {0};
    uint8_t binding[BINDING_SIZE];
    memcpy(binding, server->binding, BINDING_SIZE);
    side_claims_of(company, SLICE(binding), &side_claims);
    if (!company->says_nothing)
        must(channel_give_side_claims(server->channel, buffer_view(&side_claims), binding));
    give_evidence(server, binding, now);
}

static struct policy *policy_with_devices(const char *devices)
{
    char text[2048];
    snprintf(text, sizeof text,
             "accept:\n  - platform: tdx\n    measurement: \"%s\"\n"
             "    insecure_any_instance: true\n%s",
             hex_of(SLICE(the_world()->td.settings.mrtd)), devices);
    return policy_of(text);
}

static const char *one_device(void)
{
    static char text[512];
    snprintf(text, sizeof text,
             "    devices:\n      - platform: snp\n        measurement: \"%s\"\n",
             hex_of(SLICE(the_world()->snp.settings.measurement)));
    return text;
}

static void open_with(struct peers *peers, const struct company *company, const char *devices)
{
    prepare(peers);
    must(endorsements_add(&world.endorsements, buffer_view(&world.snp.certificate_table)));
    peers->client.context.policy = policy_with_devices(devices);
    peers->server.keeps_evidence_back = true;
    open_as(peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(peers);
    answer(&peers->server, company, peers->now);
    exchange(peers);
}

static void end_with(struct peers *peers)
{
    struct policy *const policy = (struct policy *)peers->client.context.policy;
    part(peers);
    policy_free(policy);
}

static void expect_refused(const struct company *company, const char *devices, const char *reason)
{
    struct peers peers;
    open_with(&peers, company, devices);
    EXPECT(!saw(&peers.client, CHANNEL_OPEN) && !saw(&peers.server, CHANNEL_OPEN));
    EXPECT(ended_for(&peers.client, reason));
    end_with(&peers);
}

TEST(a_td_that_vouches_for_a_device_is_accepted_with_it)
{
    struct peers peers;
    open_with(&peers, &(struct company){.count = 1}, one_device());
    EXPECT(both_open(&peers));
    end_with(&peers);
}

/* E39 */
TEST(a_device_that_the_policy_does_not_speak_of_is_refused)
{
    expect_refused(&(struct company){.count = 1}, "", "DEVICE_NOT_ACCEPTED");
    expect_refused(&(struct company){.count = 2}, one_device(), "DEVICE_NOT_ACCEPTED");
}

TEST(a_device_that_the_policy_wants_and_nobody_brings_is_missed)
{
    expect_refused(&(struct company){0}, one_device(), "DEVICE_MISSING");
    expect_refused(&(struct company){.count = 1, .says_nothing = true}, one_device(),
                   "DEVICE_MISSING");
}

TEST(a_device_of_other_code_is_refused_by_its_name)
{
    char text[512];
    snprintf(text, sizeof text,
             "    devices:\n      - platform: snp\n        measurement: \"%096d\"\n", 7);
    expect_refused(&(struct company){.count = 1}, text, "SNP_MEASUREMENT_NOT_ACCEPTED");
}

/* E38: what a device signed for another session, or for another place in this one. */
TEST(a_device_of_another_machine_or_session_or_place_is_refused)
{
    static const uint8_t other[BINDING_SIZE] = {1};
    expect_refused(&(struct company){.count = 1, .other_binding = SLICE(other)}, one_device(),
                   "SNP_BINDING_MISMATCH");
    expect_refused(&(struct company){.count = 1, .first_nonce = 1}, one_device(),
                   "SNP_BINDING_MISMATCH");
}

TEST(a_device_may_not_come_or_go_during_a_link)
{
    struct peers peers;
    char twice[1024];
    snprintf(twice, sizeof twice,
             "%s  - platform: tdx\n    measurement: \"%s\"\n"
             "    insecure_any_instance: true\n",
             one_device(), hex_of(SLICE(the_world()->td.settings.mrtd)));
    open_with(&peers, &(struct company){.count = 1}, twice); /* with the device or without */
    EXPECT(both_open(&peers));
    peers.now.monotonic_ms += 5000;
    EXPECT_OK(channel_reattest(peers.client.channel, peers.now));
    exchange(&peers);
    answer(&peers.server, &(struct company){.count = 0}, peers.now);
    exchange(&peers);
    EXPECT(ended_for(&peers.client, "TDX_INSTANCE_CHANGED"));
    end_with(&peers);
}

/* ---- the list itself ---- */

static struct buffer list_of(size_t count)
{
    static const uint8_t base[BINDING_SIZE] = {3};
    struct buffer text = {0};
    side_claims_of(&(struct company){.count = count}, SLICE(base), &text);
    return text;
}

TEST(a_list_of_devices_cut_anywhere_or_followed_by_bytes_is_refused)
{
    struct devices devices = {.count = 77};
    SCOPED(buffer) list = list_of(2);
    EXPECT_OK(devices_read(buffer_view(&list), &devices));
    EXPECT(devices.count == 2 && devices.items[1].platform == platform_named("snp"));
    devices.count = 77;
    for (size_t size = 1; size < list.size; size++)
        EXPECT(devices_read((slice){list.data, size}, &devices).fault && devices.count == 77);
    EXPECT_OK(buffer_append(&list, slice_of_text("x")));
    EXPECT_FAIL(MALFORMED, devices_read(buffer_view(&list), &devices));
    EXPECT_OK(devices_read((slice){0}, &devices));
    EXPECT(devices.count == 0);
}

TEST(more_devices_than_one_tee_vouches_for_are_refused)
{
    struct devices devices = {0};
    SCOPED(buffer) list = list_of(DEVICES_MAX);
    SCOPED(buffer) none = {0};
    EXPECT_OK(devices_read(buffer_view(&list), &devices));
    list.data[0]++; /* the array's head: one more */
    EXPECT(devices_read(buffer_view(&list), &devices).fault);
    devices.count = DEVICES_MAX + 1;
    EXPECT_FAIL(EXHAUSTED, devices_write(&devices, &none));
    EXPECT(none.size == 0);
}

/* Expected: Python's hashlib, sha256(b"cix device 1" + bytes([2]) + bytes(range(64))). */
TEST(a_nonce_is_as_the_protocol_page_says)
{
    static const char expected[] =
        "ff794029770c5a784ecec02f236f2968224ae33c9e5c779b4c46796f9c6619cd";
    uint8_t binding[BINDING_SIZE], nonce[DEVICE_NONCE_SIZE];
    for (size_t i = 0; i < sizeof binding; i++)
        binding[i] = (uint8_t)i;
    EXPECT_OK(device_nonce(SLICE(binding), 2, nonce));
    EXPECT(strcmp(hex_of(SLICE(nonce)), expected) == 0);
    EXPECT_FAIL(INTERNAL, device_nonce((slice){binding, 32}, 0, nonce));
    EXPECT_FAIL(INTERNAL, device_nonce(SLICE(binding), DEVICES_MAX, nonce));
}
