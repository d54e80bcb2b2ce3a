/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/capabilities.h"

/* What each version added. */
struct addition {
    uint8_t since;
    uint32_t flags[2]; /* the requester's, the responder's */
};

enum {
    SESSIONS = SPDM_ENCRYPT_CAP | SPDM_MAC_CAP | SPDM_MUT_AUTH_CAP | SPDM_KEY_EX_CAP |
               SPDM_ENCAP_CAP | SPDM_HBEAT_CAP | SPDM_KEY_UPD_CAP |
               SPDM_HANDSHAKE_IN_THE_CLEAR_CAP | SPDM_PUB_KEY_ID_CAP,
    PROVISIONING =
        SPDM_ALIAS_CERT_CAP | SPDM_SET_CERT_CAP | SPDM_CSR_CAP | SPDM_CERT_INSTALL_RESET_CAP,
    BOTH_1_3 = SPDM_EP_INFO_CAP | SPDM_EVENT_CAP | SPDM_MULTI_KEY_CAP,
    SECURED = SPDM_ENCRYPT_CAP | SPDM_MAC_CAP,
    OPENS_SESSION = SPDM_KEY_EX_CAP | SPDM_PSK_CAP,
    IDENTITY = SPDM_CERT_CAP | SPDM_PUB_KEY_ID_CAP,
};

static const struct addition additions[] = {
    {SPDM_1_0,
     {0, SPDM_CACHE_CAP | SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_MEAS_CAP | SPDM_MEAS_FRESH_CAP}},
    {SPDM_1_1, {SESSIONS | SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_PSK_CAP, SESSIONS | SPDM_PSK_CAP}},
    {SPDM_1_2, {SPDM_CHUNK_CAP, SPDM_CHUNK_CAP | PROVISIONING}},
    {SPDM_1_3,
     {BOTH_1_3, BOTH_1_3 | SPDM_MEL_CAP | SPDM_GET_KEY_PAIR_INFO_CAP | SPDM_SET_KEY_PAIR_INFO_CAP}},
    {SPDM_1_4, {SPDM_LARGE_RESP_CAP, SPDM_LARGE_RESP_CAP | SPDM_SET_KEY_PAIR_RESET_CAP}},
};

/* Whoever has any flag of `when` needs one of `needs`. */
struct rule {
    uint8_t first, last; /* versions */
    bool sides[2];       /* whom it binds: the requester, the responder */
    uint32_t when;
    uint32_t needs;
};

enum { ANY = SPDM_1_4 };

static const struct rule rules[] = {
    {SPDM_1_0, ANY, {0, 1}, SPDM_MEAS_FRESH_CAP, SPDM_MEAS_CAP},
    {SPDM_1_1, ANY, {1, 1}, OPENS_SESSION, SECURED},
    {SPDM_1_1, ANY, {1, 1}, SECURED | SPDM_HBEAT_CAP | SPDM_KEY_UPD_CAP, OPENS_SESSION},
    {SPDM_1_1, ANY, {1, 1}, SPDM_HANDSHAKE_IN_THE_CLEAR_CAP, SPDM_KEY_EX_CAP},
    {SPDM_1_1, SPDM_1_2, {1, 0}, IDENTITY, SPDM_CHAL_CAP | SPDM_KEY_EX_CAP},
    {SPDM_1_1, SPDM_1_2, {0, 1}, IDENTITY, SPDM_CHAL_CAP | SPDM_KEY_EX_CAP | SPDM_MEAS_SIGNED},
    {SPDM_1_1, ANY, {1, 1}, SPDM_CHAL_CAP | SPDM_MUT_AUTH_CAP, IDENTITY},
    {SPDM_1_1, ANY, {0, 1}, SPDM_KEY_EX_CAP | SPDM_MEAS_SIGNED, IDENTITY},
    {SPDM_1_1, ANY, {1, 1}, SPDM_MUT_AUTH_CAP, SPDM_KEY_EX_CAP | SPDM_CHAL_CAP},
    {SPDM_1_1, SPDM_1_1, {1, 1}, SPDM_MUT_AUTH_CAP, SPDM_ENCAP_CAP},
    {SPDM_1_2, ANY, {0, 1}, SPDM_ALIAS_CERT_CAP | SPDM_SET_CERT_CAP, SPDM_CERT_CAP},
    {SPDM_1_2, ANY, {0, 1}, SPDM_CSR_CAP | SPDM_CERT_INSTALL_RESET_CAP, SPDM_SET_CERT_CAP},
    {SPDM_1_3, ANY, {1, 0}, IDENTITY, SPDM_CHAL_CAP | SPDM_KEY_EX_CAP | SPDM_EP_INFO_SIGNED},
    {SPDM_1_3,
     ANY,
     {0, 1},
     IDENTITY,
     SPDM_CHAL_CAP | SPDM_KEY_EX_CAP | SPDM_MEAS_SIGNED | SPDM_EP_INFO_SIGNED},
    {SPDM_1_3, ANY, {1, 1}, SPDM_EP_INFO_SIGNED, IDENTITY},
    {SPDM_1_3, ANY, {1, 1}, SPDM_EVENT_CAP, OPENS_SESSION},
    {SPDM_1_3, ANY, {1, 1}, SPDM_MULTI_KEY_CAP, SPDM_CERT_CAP},
    {SPDM_1_3, ANY, {0, 1}, SPDM_MULTI_KEY_CAP, SPDM_GET_KEY_PAIR_INFO_CAP},
    {SPDM_1_4, ANY, {0, 1}, SPDM_SET_KEY_PAIR_RESET_CAP, SPDM_SET_KEY_PAIR_INFO_CAP},
};

/* The two-bit fields, whose value 3 nobody may send. */
static const uint32_t pairs[] = {SPDM_MEAS_CAP, SPDM_PSK_CAP, SPDM_EP_INFO_CAP, SPDM_MULTI_KEY_CAP};

uint32_t spdm_capabilities_known(uint8_t version, enum spdm_side side)
{
    uint32_t known = 0;
    for (size_t i = 0; i < sizeof additions / sizeof *additions; i++)
        if (version >= additions[i].since)
            known |= additions[i].flags[side];
    return known;
}

static bool is_broken(const struct rule *rule, uint8_t version, uint32_t flags)
{
    return version >= rule->first && version <= rule->last && flags & rule->when &&
           !(flags & rule->needs);
}

status spdm_capabilities_check(const struct spdm_capabilities *caps, enum spdm_side side)
{
    const uint32_t flags = caps->flags & spdm_capabilities_known(caps->version, side);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if ((flags & pairs[i]) == pairs[i])
            return FAIL(MALFORMED, "SPDM capability of two bits has the reserved value");
    if (side == SPDM_REQUESTER && flags & SPDM_PSK_WITH_CONTEXT)
        return FAIL(MALFORMED, "SPDM requester has a pre-shared key as only responders have it");
    if ((flags & IDENTITY) == IDENTITY)
        return FAIL(MALFORMED, "SPDM capabilities have certificates and raw keys at once");
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].sides[side] && is_broken(&rules[i], caps->version, flags))
            return FAIL(MALFORMED, "SPDM capability lacks another that it needs");
    if (caps->version >= SPDM_1_2 && !(flags & SPDM_CHUNK_CAP) &&
        caps->message_size_max != caps->data_transfer_size)
        return FAIL(MALFORMED, "SPDM capabilities take more than one piece, but no chunks");
    return OK;
}
