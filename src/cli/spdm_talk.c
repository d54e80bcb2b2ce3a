/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_talk.h"

#include "cli/print.h"
#include "codec/text.h"
#include "gateway/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_S_MAX = 3600, MS = 1000 };

const struct spdm_secured_offer spdm_talk_secured = {
    3, {0x1000, 0x1100, 0x1200}, SPDM_AEAD_LIMIT_MAX};

void spdm_talk_clear(struct spdm_talk *talk)
{
    spdm_party_clear(&talk->party);
    spdm_show_clear(&talk->show);
    buffer_clear(&talk->psk_hint);
    secret_clear(&talk->psk);
}

static bool complain(const char *command, const char *word, const char *what)
{
    fprintf(stderr, "%s: '", command);
    print_escaped(stderr, slice_of_text(word));
    fprintf(stderr, "' %s\n", what);
    return false;
}

static bool take_patience(struct spdm_talk *talk)
{
    const char *const text = talk->words.patience;
    char *end;
    talk->patience_ms = SPDM_TALK_PATIENCE_S * MS;
    if (!text)
        return true;
    const unsigned long seconds = strtoul(text, &end, 10);
    if (*end || text[0] < '0' || text[0] > '9' || seconds == 0 || seconds > PATIENCE_S_MAX)
        return complain(talk->command, text, "is no number of seconds from 1 to 3600");
    talk->patience_ms = (int)seconds * MS;
    return true;
}

static bool take_transport(struct spdm_talk *talk)
{
    const char *const name = talk->words.transport ? talk->words.transport : "tcp";
    talk->transport = spdm_transport_named(name);
    if (!talk->transport)
        return complain(talk->command, name, "is no transport: tcp, mctp or doe");
    if (!talk->transport->frame_size && !talk->words.is_emulated)
        return complain(talk->command, name, "has no frames in a byte stream without --emulator");
    return true;
}

static bool take_psk(struct spdm_talk *talk)
{
    const struct spdm_talk_words *const words = &talk->words;
    SCOPED(buffer) file = {0};
    struct problem problem = {0};
    if (words->psk_hint && hex_read(slice_of_text(words->psk_hint), &talk->psk_hint).fault)
        return complain(talk->command, words->psk_hint, "is no hint in hexadecimal");
    if (!words->psk_path)
        return true;
    if (secret_file_load(words->psk_path, sizeof talk->psk.data, &file, &problem).fault) {
        fprintf(stderr, "%s: %s\n", talk->command, problem.text);
        return false;
    }
    if (!file.size)
        return complain(talk->command, words->psk_path, "is an empty key");
    memcpy(talk->psk.data, file.data, file.size);
    talk->psk.size = file.size;
    return true;
}

bool spdm_talk_begin(const char *command, const struct spdm_talk_words *words,
                     struct spdm_talk *out)
{
    out->command = command;
    out->words = *words;
    return take_patience(out) && take_transport(out) && take_psk(out) &&
           spdm_party_load(command, &words->party, &out->party);
}

/* Whoever shows no chain offers no algorithm to sign with. */
static void take_identity(const struct spdm_party *party, enum spdm_side side,
                          struct spdm_algorithm_set *set)
{
    struct spdm_algorithm_table *const own = &set->tables[SPDM_TABLE_REQUESTER_ASYM],
                                       *const own_pqc = &set->tables[SPDM_TABLE_REQUESTER_PQC];
    if (side == SPDM_RESPONDER) {
        set->base_asym = spdm_party_asyms(party, set->base_asym, false);
        set->pqc_asym = spdm_party_asyms(party, set->pqc_asym, true);
        return;
    }
    own->algorithms = (uint16_t)spdm_party_asyms(party, own->algorithms, false);
    own_pqc->algorithms = (uint16_t)spdm_party_asyms(party, own_pqc->algorithms, true);
    own->is_present = own->algorithms != 0;
    own_pqc->is_present = own_pqc->algorithms != 0;
}

bool spdm_talk_settings(struct spdm_talk *talk, enum spdm_side side, uint32_t flags,
                        struct spdm_settings *out)
{
    *out = (struct spdm_settings){
        .side = side,
        .version_min = SPDM_1_0,
        .version_max = SPDM_1_4,
        .capabilities = {.flags = flags,
                         .data_transfer_size = SPDM_TALK_TRANSFER_SIZE,
                         .message_size_max = SPDM_TALK_LARGE_SIZE},
        .sequence_size = (uint8_t)talk->transport->sequence_size,
        .insecure_key_log = &talk->show.key_log,
        .insecure_allow_psk_before_1_3 = talk->words.insecure_psk_before_1_3,
    };
    spdm_suite_available(SPDM_1_4, &out->algorithms, &out->measurement_hashes);
    take_identity(&talk->party, side, &out->algorithms);
    return spdm_offer_narrow(talk->command, &talk->words.offer, out);
}

struct spdm_loans spdm_talk_loans(struct spdm_talk *talk)
{
    return (struct spdm_loans){
        .sessions = talk->sessions,
        .session_count = SPDM_TALK_SESSIONS,
        .incoming = {.space = talk->incoming, .capacity = sizeof talk->incoming},
        .outgoing = {.space = talk->outgoing, .capacity = sizeof talk->outgoing},
    };
}

status spdm_talk_show(struct spdm_talk *talk, enum spdm_side side)
{
    const enum spdm_side other = side == SPDM_REQUESTER ? SPDM_RESPONDER : SPDM_REQUESTER;
    struct spdm_show_wanted wanted = {
        .transport = talk->transport,
        .files = &talk->party.files,
        .as_json = talk->words.as_json,
        .keys_path = talk->words.keys_path,
        .capture_path = talk->words.capture_path,
    };
    wanted.raw_keys[side] = buffer_view(&talk->party.raw_key_spki);
    wanted.raw_keys[other] = buffer_view(&talk->party.peer_key_spki);
    spdm_show_clear(&talk->show);
    return spdm_show_begin(&talk->show, &wanted);
}
