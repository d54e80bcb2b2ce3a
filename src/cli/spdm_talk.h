/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What `cix spdm requester` and `cix spdm responder` have in common: options, settings, loans. */

#include "cli/options.h"
#include "cli/spdm_offer.h"
#include "cli/spdm_party.h"
#include "cli/spdm_show.h"
#include "cli/spdm_wire.h"
#include "spdm/message/secured_versions.h"

enum {
    SPDM_TALK_SESSIONS = 4,
    SPDM_TALK_TRANSFER_SIZE = 60 << 10, /* what one message may be long, on every transport */
    SPDM_TALK_FRAME_SIZE = 64 << 10,
    SPDM_TALK_LARGE_SIZE = 256 << 10, /* and what comes in chunks */
    SPDM_TALK_PATIENCE_S = 20,
};

/* The words of the command line; zero before. */
struct spdm_talk_words {
    const char *address;
    const char *transport;
    bool is_emulated;
    struct spdm_offer_words offer;
    struct spdm_party_words party;
    const char *psk_path;
    const char *psk_hint; /* hexadecimal */
    bool insecure_psk_before_1_3;
    const char *keys_path;
    const char *capture_path;
    const char *patience;
    bool as_json;
};

#define SPDM_TALK_ROWS(words)                                                                      \
    {.name = "transport", .value = &(words)->transport},                                           \
        {.name = "emulator", .flag = &(words)->is_emulated},                                       \
        {.name = "versions", .value = &(words)->offer.versions},                                   \
        {.name = "algorithms", .value = &(words)->offer.algorithms},                               \
        {.name = "capabilities", .value = &(words)->offer.capabilities},                           \
        {.name = "transfer-size", .value = &(words)->offer.transfer},                              \
        {.name = "chain", .list = &(words)->party.chains},                                         \
        {.name = "key", .list = &(words)->party.keys},                                             \
        {.name = "trust", .list = &(words)->party.trust},                                          \
        {.name = "raw-key", .value = &(words)->party.raw_key},                                     \
        {.name = "peer-key", .value = &(words)->party.peer_key},                                   \
        {.name = "insecure-trust-anyone", .flag = &(words)->party.insecure_trust_anyone},          \
        {.name = "psk", .value = &(words)->psk_path},                                              \
        {.name = "psk-hint", .value = &(words)->psk_hint},                                         \
        {.name = "insecure-psk-before-1.3", .flag = &(words)->insecure_psk_before_1_3},            \
        {.name = "keys-out", .value = &(words)->keys_path},                                        \
        {.name = "capture-out", .value = &(words)->capture_path},                                  \
        {.name = "timeout", .value = &(words)->patience},                                          \
    {                                                                                              \
        .name = "json", .flag = &(words)->as_json                                                  \
    }

#define SPDM_TALK_USAGE                                                                            \
    "  --transport NAME    tcp (DSP0287; the default), mctp or doe; mctp needs --emulator\n"       \
    "  --emulator          each frame in the socket framing of SPDM's emulators\n"                 \
    "  --versions RANGE    \"1.2\" or \"1.1-1.4\"; default: 1.0-1.4\n"                             \
    "  --algorithms LIST   of all that there are only these: a name narrows every list\n"          \
    "                      that has it, \"list:NAME\" that list, \"list:none\" empties it\n"       \
    "  --capabilities LIST exactly these flags; or more (+FLAG) and fewer (-FLAG)\n"               \
    "  --transfer-size N   the longest message taken in one piece, in bytes\n"                     \
    "  --chain FILE        our certificates from the root to the leaf, DER or PEM;\n"              \
    "                      SLOT=FILE for another slot than 0\n"                                    \
    "  --key FILE          their key, PEM, which nobody else may read; SLOT=FILE\n"                \
    "  --trust FILE        roots that the peer's chain may begin with, DER or PEM\n"               \
    "  --raw-key FILE      our key, PEM, which the peer knows without certificates\n"              \
    "  --peer-key FILE     the peer's public key, DER or PEM, if it shows no certificates\n"       \
    "  --insecure-trust-anyone\n"                                                                  \
    "                      take any chain\n"                                                       \
    "  --psk FILE          a pre-shared key of up to 64 bytes, as they are\n"                      \
    "  --psk-hint HEX      which key it is\n"                                                      \
    "  --insecure-psk-before-1.3\n"                                                                \
    "                      also where others can pass such a session off as another\n"             \
    "  --keys-out FILE     keep the sessions' secrets: who has them reads the capture\n"           \
    "  --capture-out FILE  keep the frames, for cix spdm dump\n"                                   \
    "  --timeout SECONDS   how long the peer may be silent; default: 20\n"                         \
    "  --json              one object, for programs\n"

struct spdm_talk {
    const char *command;
    struct spdm_talk_words words;
    const struct spdm_transport *transport;
    int patience_ms;
    struct spdm_party party;
    struct spdm_show show;
    struct buffer psk_hint;
    struct secret psk; /* empty: none */
    struct spdm_session sessions[SPDM_TALK_SESSIONS];
    uint8_t frame[SPDM_TALK_FRAME_SIZE]; /* what we send */
    uint8_t chain[SPDM_CHAIN_SIZE_MAX];  /* the peer's, or measurements on their way */
    uint8_t incoming[SPDM_TALK_LARGE_SIZE], outgoing[SPDM_TALK_LARGE_SIZE];
};
void spdm_talk_clear(struct spdm_talk *talk);

/* Reads the words and the files. False, having said what is wrong. */
bool spdm_talk_begin(const char *command, const struct spdm_talk_words *words,
                     struct spdm_talk *out);

/* All that `side` can, narrowed by the words. False, having said what is wrong. */
bool spdm_talk_settings(struct spdm_talk *talk, enum spdm_side side, uint32_t flags,
                        struct spdm_settings *out);

/* Begins the show, anew when it was there already. */
status spdm_talk_show(struct spdm_talk *talk, enum spdm_side side);

/* For either role. */
struct spdm_loans spdm_talk_loans(struct spdm_talk *talk);

/* Versions of secured messages that we speak. */
extern const struct spdm_secured_offer spdm_talk_secured;
