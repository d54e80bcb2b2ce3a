/* SPDX-License-Identifier: Apache-2.0 */

/* Reports and chains with one thing wrong that are validly signed all the same: every key is ours.
 */

#include "manifest_claims.h"
#include "nvidia_samples.h"
#include "sim/nvidia.h"

enum { NOW_S = 1768435200, DAY_S = 86400 };

struct forge {
    struct sim_nvidia device;
    struct buffer report;
    struct endorsements endorsements;
    struct facts facts;
};

static void trust(struct forge *forge, const struct certificate *root)
{
    SCOPED(buffer) der = {0};
    EXPECT_OK(certificate_der(root, &der));
    EXPECT_OK(endorsements_trust(&forge->endorsements, buffer_view(&der)));
}

static void endorse(struct forge *forge, enum sim_nvidia_key which)
{
    SCOPED(buffer) der = {0};
    EXPECT_OK(certificate_der(&forge->device.certificates[which], &der));
    EXPECT_OK(endorsements_add(&forge->endorsements, buffer_view(&der)));
}

static struct forge *forge_open(const struct sim_nvidia_settings *settings)
{
    static const uint8_t nonce[SIM_NVIDIA_NONCE_SIZE] = {1, 2, 3};
    struct forge *const forge = calloc(1, sizeof *forge);
    EXPECT_OK(sim_nvidia_make(NOW_S, settings, &(struct private_key){0}, &forge->device));
    EXPECT_OK(sim_nvidia_measure(&forge->device, SLICE(nonce), &forge->report));
    return forge;
}

static struct forge *ordinary(void)
{
    const struct sim_nvidia_settings settings = sim_nvidia_defaults();
    struct forge *const forge = forge_open(&settings);
    SCOPED(buffer) chain = {0};
    EXPECT_OK(sim_nvidia_chain(&forge->device, &chain));
    EXPECT_OK(endorsements_add(&forge->endorsements, buffer_view(&chain)));
    trust(forge, &forge->device.certificates[SIM_NVIDIA_ROOT]);
    return forge;
}

static void forge_free(struct forge *forge)
{
    sim_nvidia_clear(&forge->device);
    buffer_clear(&forge->report);
    endorsements_clear(&forge->endorsements);
    free(forge);
}

static const char *failure(struct forge *forge, const char *check)
{
    EXPECT_OK(
        nvidia_verify_at(buffer_view(&forge->report), &forge->endorsements, NOW_S, &forge->facts));
    return failure_of(&forge->facts, check);
}

static bool is_authentic(struct forge *forge)
{
    EXPECT_OK(
        nvidia_verify_at(buffer_view(&forge->report), &forge->endorsements, NOW_S, &forge->facts));
    return facts_authentic(&forge->facts);
}

TEST(a_simulated_device_is_authentic_for_whoever_trusts_its_root_and_for_nobody_else)
{
    struct forge *const forge = ordinary();
    EXPECT(is_authentic(forge));
    expect_known_claims(&nvidia_platform, &forge->facts);
    EXPECT(claim_is_text(&forge->facts, "driver_version", "590.12"));
    EXPECT(claim_is_text(&forge->facts, "vbios_version", "96.00.A5.00.01"));
    endorsements_clear(&forge->endorsements);
    for (enum sim_nvidia_key which = SIM_NVIDIA_ROOT; which < SIM_NVIDIA_KEYS; which++)
        endorse(forge, which);
    EXPECT(strcmp(failure(forge, "chain"), "NVIDIA_ROOT_UNTRUSTED") == 0);
    EXPECT(!is_authentic(forge));
    forge_free(forge);
}

/* E18 */
TEST(E18_a_root_of_the_same_name_and_another_key_is_not_the_root)
{
    struct forge *const forge = ordinary();
    struct forge *const other = ordinary();
    SCOPED(buffer) chain = {0};
    endorsements_clear(&forge->endorsements);
    EXPECT_OK(sim_nvidia_chain(&forge->device, &chain));
    EXPECT_OK(endorsements_add(&forge->endorsements, buffer_view(&chain)));
    trust(forge, &other->device.certificates[SIM_NVIDIA_ROOT]);
    EXPECT(strcmp(failure(forge, "chain"), "NVIDIA_ROOT_UNTRUSTED") == 0);
    /* and does not stand in the way of the right one */
    trust(forge, &forge->device.certificates[SIM_NVIDIA_ROOT]);
    EXPECT(is_authentic(forge));
    forge_free(forge);
    forge_free(other);
}

/* E19: any order will do, and every link must be there. */
TEST(E19_a_chain_is_followed_in_any_order_and_only_when_it_is_whole)
{
    struct forge *const forge = ordinary();
    for (enum sim_nvidia_key missing = SIM_NVIDIA_ROOT; missing <= SIM_NVIDIA_KEYS; missing++) {
        endorsements_clear(&forge->endorsements);
        for (enum sim_nvidia_key which = SIM_NVIDIA_ROOT; which < SIM_NVIDIA_KEYS; which++)
            if (which != missing)
                endorse(forge, which);
        if (missing != SIM_NVIDIA_ROOT)
            trust(forge, &forge->device.certificates[SIM_NVIDIA_ROOT]);
        EXPECT(is_authentic(forge) == (missing == SIM_NVIDIA_KEYS));
        if (missing == SIM_NVIDIA_FIRMWARE)
            EXPECT(strcmp(failure(forge, "chain"), "NVIDIA_CERTIFICATE_MISSING") == 0);
        else if (missing < SIM_NVIDIA_KEYS)
            EXPECT(strcmp(failure(forge, "chain"), "NVIDIA_CHAIN_INCOMPLETE") == 0);
    }
    forge_free(forge);
}

/* Issues a certificate of the device's anew, changed. */
static void reissue(struct forge *forge, enum sim_nvidia_key which,
                    const struct certificate_request *request)
{
    SCOPED(public_key) public = {0};
    struct sim_nvidia *const device = &forge->device;
    certificate_clear(&device->certificates[which]);
    EXPECT_OK(private_key_public(&device->keys[which], &public));
    EXPECT_OK(certificate_issue(request, &public, &device->certificates[which - 1],
                                &device->keys[which - 1], SIGNATURE_ECDSA_SHA384,
                                &device->certificates[which]));
    endorsements_clear(&forge->endorsements);
    for (enum sim_nvidia_key i = SIM_NVIDIA_ROOT; i < SIM_NVIDIA_KEYS; i++)
        endorse(forge, i);
    trust(forge, &device->certificates[SIM_NVIDIA_ROOT]);
}

static struct certificate_request as_issued(void)
{
    return (struct certificate_request){.subject =
                                            "CN=GH100 Provisioner ICA 1/O=cix simulator/C=US",
                                        .serial = 0xabc,
                                        .not_before_s = NOW_S - DAY_S,
                                        .not_after_s = NOW_S + DAY_S,
                                        .is_ca = true,
                                        .path_length = -1};
}

/* E20, E21 */
TEST(E20_an_issuer_that_is_no_authority_ends_too_soon_or_has_an_unknown_critical_extension)
{
    static const struct certificate_extension_entry unknown = {
        .oid = "1.3.6.1.4.1.99999.1", .critical = true, .value = {(const uint8_t *)"\5\0", 2}};
    struct forge *const forge = ordinary();
    struct certificate_request request = as_issued();
    reissue(forge, SIM_NVIDIA_PROVISIONER, &request);
    EXPECT(is_authentic(forge));

    request.is_ca = false;
    reissue(forge, SIM_NVIDIA_PROVISIONER, &request);
    EXPECT(strcmp(failure(forge, "chain"), "NVIDIA_CHAIN_BROKEN") == 0);

    request = as_issued();
    request.path_length = 0; /* there is an authority below it */
    reissue(forge, SIM_NVIDIA_PROVISIONER, &request);
    EXPECT(strcmp(failure(forge, "chain"), "NVIDIA_CHAIN_BROKEN") == 0);
    request.path_length = 1;
    reissue(forge, SIM_NVIDIA_PROVISIONER, &request);
    EXPECT(is_authentic(forge));

    request = as_issued();
    request.extensions = &unknown;
    request.extension_count = 1;
    reissue(forge, SIM_NVIDIA_PROVISIONER, &request);
    EXPECT(strcmp(failure(forge, "chain"), "NVIDIA_CHAIN_BROKEN") == 0);

    request = as_issued();
    request.not_after_s = NOW_S - 1;
    reissue(forge, SIM_NVIDIA_PROVISIONER, &request);
    EXPECT(strcmp(failure(forge, "validity"), "NVIDIA_CERTIFICATE_EXPIRED") == 0);
    EXPECT(!is_authentic(forge));
    forge_free(forge);
}

TEST(a_certificate_that_was_made_for_another_firmware_is_refused)
{
    struct sim_nvidia_settings settings = sim_nvidia_defaults();
    settings.certified_fwid[47] ^= 1;
    struct forge *const forge = forge_open(&settings);
    for (enum sim_nvidia_key which = SIM_NVIDIA_ROOT; which < SIM_NVIDIA_KEYS; which++)
        endorse(forge, which);
    trust(forge, &forge->device.certificates[SIM_NVIDIA_ROOT]);
    EXPECT(strcmp(failure(forge, "firmware"), "NVIDIA_FWID_MISMATCH") == 0);
    EXPECT(strcmp(result_name(&forge->facts, "signature"), "pass") == 0);
    EXPECT(!facts_authentic(&forge->facts));
    forge_free(forge);
}

/* E27: the extension that names the firmware, cut short. */
TEST(E27_a_certificate_whose_firmware_cannot_be_read_is_refused)
{
    static const uint8_t composite[] = {0x30, 0x03, 0x02, 0x01, 0x01};
    const struct certificate_extension_entry extension = {.oid = "2.23.133.5.4.1",
                                                          .value = SLICE(composite)};
    struct forge *const forge = ordinary();
    struct certificate_request request = as_issued();
    request.subject = "CN=GH100 A01 GSP FMC LF/O=cix simulator";
    request.is_ca = false;
    request.extensions = &extension;
    request.extension_count = 1;
    reissue(forge, SIM_NVIDIA_FIRMWARE, &request);
    EXPECT(strcmp(failure(forge, "firmware"), "NVIDIA_CERTIFICATE_MALFORMED") == 0);
    EXPECT(!is_authentic(forge));
    forge_free(forge);
}

/* ---- E22 ---- */

static void add_crl(struct forge *forge, enum sim_nvidia_key issuer, uint64_t serial, int64_t end_s)
{
    SCOPED(buffer) crl = {0};
    EXPECT_OK(crl_issue(&forge->device.certificates[issuer], &forge->device.keys[issuer],
                        SIGNATURE_ECDSA_SHA384, NOW_S - DAY_S, end_s, &serial, 1, &crl));
    EXPECT_OK(endorsements_add(&forge->endorsements, buffer_view(&crl)));
}

TEST(E22_a_certificate_that_its_issuer_revoked_and_a_list_out_of_date_are_refused)
{
    enum { FIRST_SERIAL = 0x4e00 };
    static const struct {
        enum sim_nvidia_key issuer;
        uint64_t serial;
        int64_t end_s;
        const char *reason;
    } cases[] = {
        {SIM_NVIDIA_ROOT, FIRST_SERIAL + 99, NOW_S + DAY_S, ""},
        {SIM_NVIDIA_ROOT, FIRST_SERIAL + SIM_NVIDIA_MODEL, NOW_S + DAY_S,
         "NVIDIA_CERTIFICATE_REVOKED"},
        {SIM_NVIDIA_MODEL, FIRST_SERIAL + SIM_NVIDIA_PROVISIONER, NOW_S + DAY_S,
         "NVIDIA_CERTIFICATE_REVOKED"},
        {SIM_NVIDIA_DEVICE, FIRST_SERIAL + SIM_NVIDIA_FIRMWARE, NOW_S + DAY_S,
         "NVIDIA_CERTIFICATE_REVOKED"},
        {SIM_NVIDIA_ROOT, FIRST_SERIAL + 99, NOW_S - 1, "NVIDIA_CRL_EXPIRED"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct forge *const forge = ordinary();
        add_crl(forge, cases[i].issuer, cases[i].serial, cases[i].end_s);
        EXPECT(strcmp(failure(forge, "revocation"), cases[i].reason) == 0);
        EXPECT(facts_authentic(&forge->facts) == !*cases[i].reason);
        forge_free(forge);
    }
}
