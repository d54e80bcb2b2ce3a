/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/spdm.h"
#include "cli/spdm_attested.h"
#include "cli/spdm_measured.h"
#include "cli/spdm_talk.h"
#include "crypto/issue.h"
#include "evidence/tsm.h"
#include "gateway/load.h"
#include "net/clock.h"
#include "net/conduit.h"
#include "spdm/message/key_exchange.h"
#include "spdm/responder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: cix spdm responder ADDRESS [option]...\n"
    "\n"
    "Answers SPDM requesters, one after another, and shows what is said message by message.\n"
    "\n"
    "  ADDRESS             host:port (0: any), unix:/path or vsock:cid:port\n"
    "  --measure N:KIND=FILE\n"
    "                      under index N a file's content, or its digest; KIND is rom,\n"
    "                      firmware, hardware-configuration, firmware-configuration,\n"
    "                      manifest, device-mode, version, security-version, hash-extend,\n"
    "                      information or structured-manifest\n"
    "  --attest PLATFORM   measurements hold fresh evidence of this TEE, bound to the\n"
    "                      requester's nonce, the session and our key; auto: which is here\n"
    "  --tsm-root DIR      another place than " TSM_REPORT_ROOT "\n"
    "  --mutual HOW        whom a session is for: none (anybody; the default),\n"
    "                      encapsulated or digests (who shows a chain that is trusted),\n"
    "                      known (who has the --peer-key)\n"
    "  --challenge-back    whoever challenges us is challenged, too\n"
    "  --log FILE          a measurement extension log, as it is\n"
    "  --endpoint-info FILE\n"
    "                      device class identifiers, as they are\n"
    "  --provision FOLDER  who has a session gets certificate requests for slot 0's key, and\n"
    "                      may put chains of it into other slots: they are kept in the\n"
    "                      folder as slot-N.der, to be shown with --chain N=FILE\n"
    "  --heartbeat SECONDS sessions end when nothing is heard for twice as long; 0: never\n"
    "  --once              end after the first requester\n" SPDM_TALK_USAGE "\n"
    "Ends with 0 after --once and after the emulators' shutdown; 1 when it cannot listen,\n"
    "or the conversation broke off; 2 when something in the last one did not verify.\n"
    "\n"
    "example:\n"
    "  cix spdm responder 127.0.0.1:4194 --chain chain.pem --key key.pem\n";

struct answering {
    struct spdm_talk talk;
    struct spdm_responder_setup setup;
    struct spdm_responder responder;
    struct spdm_measured_list measured;
    struct spdm_attesting attesting;
    struct buffer log, information;
    struct spdm_chain requester; /* that was judged last */
    struct spdm_wire wire;
    const char *provision_path; /* a folder; NULL: nobody changes us */
    bool is_over;               /* a client said so */
};

/* ---- duties ---- */

static status measure(void *context, const struct spdm_measuring *what, struct writer *record,
                      uint8_t *out_count)
{
    struct answering *const answering = context;
    return answering->attesting.attester.mode
               ? profile_measure(&answering->attesting.attester, what, record, out_count)
               : spdm_measured_write(&answering->measured, what, record, out_count);
}

static status judge(void *context, slice chain, const struct public_key **out_key)
{
    struct answering *const answering = context;
    const struct spdm_connection *const connection = &answering->responder.connection;
    const struct spdm_chain_rules rules = {
        .version = connection->shape.version,
        .hash = connection->suite.hash,
        .asym = connection->suite.requester_asym,
        .is_requester = true,
        .model = SPDM_DEVICE_CERT,
    };
    if (!chain.data && answering->talk.party.peer_key.pkey) {
        *out_key = &answering->talk.party.peer_key;
        return OK;
    }
    spdm_chain_clear(&answering->requester);
    TRY(spdm_party_judge(&answering->talk.party, &rules, chain, clock_now().wall_s,
                         &answering->requester));
    *out_key = &answering->requester.key;
    return OK;
}

static status tell_log(void *context, const struct spdm_session *session, slice *out)
{
    const struct answering *const answering = context;
    (void)session; /* it is everybody's */
    *out = buffer_view(&answering->log);
    return OK;
}

static status tell_information(void *context, const struct spdm_session *session,
                               struct writer *info)
{
    const struct answering *const answering = context;
    (void)session;
    write_bytes(info, buffer_view(&answering->information));
    return OK;
}

static status find_psk(void *context, slice hint, struct secret *out)
{
    const struct answering *const answering = context;
    const struct spdm_talk *const talk = &answering->talk;
    if (!talk->psk.size || !slice_equal(hint, buffer_view(&talk->psk_hint)))
        return FAIL(DENIED, "no pre-shared key has this hint");
    *out = talk->psk;
    return OK;
}

/* How certificates are asked for; NONE: not at all. ECDSA and RSA hash as was negotiated. */
static enum signature_scheme scheme_of(enum asym asym, enum hash hash)
{
    static const enum signature_scheme wholes[] = {
        [ASYM_SM2] = SIGNATURE_SM2_SM3,         [ASYM_ED25519] = SIGNATURE_ED25519,
        [ASYM_ED448] = SIGNATURE_ED448,         [ASYM_ML_DSA_44] = SIGNATURE_ML_DSA_44,
        [ASYM_ML_DSA_65] = SIGNATURE_ML_DSA_65, [ASYM_ML_DSA_87] = SIGNATURE_ML_DSA_87,
    };
    static const enum signature_scheme hashing[][3] = {
        [HASH_SHA256] = {SIGNATURE_ECDSA_SHA256, SIGNATURE_RSA_PKCS1_SHA256,
                         SIGNATURE_RSA_PSS_SHA256},
        [HASH_SHA384] = {SIGNATURE_ECDSA_SHA384, SIGNATURE_RSA_PKCS1_SHA384,
                         SIGNATURE_RSA_PSS_SHA384},
        [HASH_SHA512] = {SIGNATURE_ECDSA_SHA512, SIGNATURE_RSA_PKCS1_SHA512,
                         SIGNATURE_RSA_PSS_SHA512},
    };
    const bool is_ecdsa =
        asym == ASYM_ECDSA_P256 || asym == ASYM_ECDSA_P384 || asym == ASYM_ECDSA_P521;
    const bool is_pss =
        asym == ASYM_RSAPSS_2048 || asym == ASYM_RSAPSS_3072 || asym == ASYM_RSAPSS_4096;
    if ((size_t)asym < sizeof wholes / sizeof *wholes && wholes[asym])
        return wholes[asym];
    if ((size_t)hash >= sizeof hashing / sizeof *hashing || asym > ASYM_SM2)
        return SIGNATURE_NONE;
    return hashing[hash][is_ecdsa ? 0 : is_pss ? 2 : 1];
}

static status sign_request(void *context, const struct spdm_csr_order *order, struct writer *csr,
                           struct spdm_pending *out)
{
    const struct answering *const answering = context;
    const struct private_key *const key = answering->talk.party.identity.slots[0].key;
    SCOPED(buffer) der = {0};
    (void)out; /* it is done at once */
    if (!key)
        return FAIL(UNSUPPORTED, "slot 0 has no key");
    TRY(signing_request_make(key, scheme_of(order->asym, order->hash), "CN=SPDM responder",
                             order->request->requester_info, &der));
    write_bytes(csr, buffer_view(&der));
    return OK;
}

static bool keep_chain(const char *path, slice certificates)
{
    FILE *const file = fopen(path, "wb");
    if (!file)
        return false;
    const bool is_whole =
        fwrite(certificates.data, 1, certificates.size, file) == certificates.size;
    const bool is_kept = fclose(file) == 0 && is_whole;
    if (!is_kept)
        remove(path);
    return is_kept;
}

/* It is shown by whoever is told to with --chain, after this one has ended. */
static status install(void *context, const struct spdm_installation *what, struct spdm_pending *out)
{
    enum { PATH_SIZE = 4096 };
    const struct answering *const answering = context;
    const struct private_key *const key = answering->talk.party.identity.slots[0].key;
    char path[PATH_SIZE];
    SCOPED(public_key) own = {0};
    if (!key || !what->chain)
        return FAIL(DENIED, "slots are filled with chains of slot 0's key, and not emptied");
    TRY(private_key_public(key, &own));
    if (!public_key_equal(&own, &what->chain->key))
        return FAIL(DENIED, "a chain of another key");
    const size_t header = SPDM_CHAIN_HEADER_SIZE + what->chain->root.size;
    const slice certificates = {what->request->chain.data + header,
                                what->request->chain.size - header};
    const int size = snprintf(path, sizeof path, "%s/slot-%u.der", answering->provision_path,
                              what->request->slot);
    if (size < 0 || (size_t)size >= sizeof path || !keep_chain(path, certificates))
        return FAIL(UNAVAILABLE, "a chain cannot be kept");
    out->until_reset = true;
    return OK;
}

/* ---- frames ---- */

static status answer(struct answering *answering, const struct spdm_wire_frame *frame)
{
    struct spdm_talk *const talk = &answering->talk;
    struct writer out = writer_over(talk->frame, sizeof talk->frame);
    const struct moment now = clock_now();
    SCOPED(buffer) copy = {0};
    TRY(buffer_append(&copy, (slice){frame->data, frame->size}));
    spdm_responder_look(&answering->responder, now);
    TRY(spdm_responder_receive(&answering->responder, now, frame->data, frame->size, &out));
    TRY(spdm_show_frame(&talk->show, now.wall_s, SPDM_SENDER_FIRST, buffer_view(&copy)));
    if (!out.size)
        return OK;
    const slice answer = {out.data, out.size};
    TRY(spdm_show_frame(&talk->show, now.wall_s, SPDM_SENDER_SECOND, answer));
    return spdm_wire_send(&answering->wire, SPDM_EMULATOR_NORMAL, answer);
}

/* A client wants us to renew our key, and will poll for that request. */
static void prepare_key_update(struct answering *answering, slice session_id)
{
    struct spdm_responder *const responder = &answering->responder;
    struct reader reader = reader_of(session_id);
    struct spdm_session *const session =
        spdm_connection_session(&responder->connection, read_le32(&reader));
    const status asked = session ? spdm_responder_ask(responder, session, SPDM_KEY_UPDATE)
                                 : FAIL(UNEXPECTED, "a key update in no session of ours");
    if (asked.fault)
        fprintf(stderr, "%s: %s\n", answering->talk.command, asked.fault->what);
}

/* What emulators say to each other besides. */
static status answer_command(struct answering *answering, const struct spdm_wire_frame *frame)
{
    static const uint8_t hello[] = SPDM_EMULATOR_HELLO_SERVER;
    answering->is_over = frame->command == SPDM_EMULATOR_SHUTDOWN;
    if (frame->command == SPDM_EMULATOR_KEY_UPDATE)
        prepare_key_update(answering, (slice){frame->data, frame->size});
    return spdm_wire_send(&answering->wire, frame->command,
                          frame->command == SPDM_EMULATOR_TEST ? SLICE(hello) : (slice){0});
}

/* Until the requester has closed. */
static status serve(struct answering *answering)
{
    for (;;) {
        struct spdm_wire_frame frame;
        TRY(spdm_wire_receive(&answering->wire, &frame));
        if (frame.command == SPDM_EMULATOR_NONE)
            return OK;
        if (frame.command == SPDM_EMULATOR_NORMAL)
            TRY(answer(answering, &frame));
        else
            TRY(answer_command(answering, &frame));
    }
}

/* ---- one requester after another ---- */

static int sum_up(const struct answering *answering, status served)
{
    const struct spdm_page *const page = &answering->talk.show.page;
    int result = served.fault ? EXIT_REFUSED : EXIT_DONE;
    if (page->checks[SPDM_CHECK_FAILED])
        result = EXIT_UNAUTHENTIC;
    if (served.fault)
        fprintf(stderr, "%s: %s\n", answering->talk.command, served.fault->what);
    if (!page->is_json) {
        spdm_page_print_sum(page);
        return result;
    }
    json_t *const object =
        json_pack("{s:s, s:O, s:o}", "transport", answering->talk.transport->name, "messages",
                  page->messages, "checks", spdm_page_checks_json(page));
    return print_json(object) ? result : EXIT_REFUSED;
}

static int serve_one(struct answering *answering, int listener)
{
    struct spdm_talk *const talk = &answering->talk;
    const struct spdm_responder_loans loans = {spdm_talk_loans(talk), talk->chain,
                                               sizeof talk->chain};
    answering->wire = (struct spdm_wire){.fd = -1,
                                         .transport = talk->transport,
                                         .is_emulated = talk->words.is_emulated,
                                         .patience_ms = talk->patience_ms};
    status served = spdm_talk_show(talk, SPDM_RESPONDER);
    if (!served.fault)
        served = conduit_accept(listener, -1, &answering->wire.fd);
    if (!served.fault) {
        spdm_responder_begin(&answering->responder, &answering->setup, answering, &loans);
        served = serve(answering);
        spdm_responder_clear(&answering->responder);
    }
    spdm_wire_clear(&answering->wire);
    const int result = sum_up(answering, served);
    fflush(stdout);
    return spdm_show_keep(&talk->show, talk->command) ? result : EXIT_REFUSED;
}

static int listen_and_serve(struct answering *answering, bool once)
{
    const struct spdm_talk *const talk = &answering->talk;
    char text[ADDRESS_TEXT_SIZE];
    int listener, result;
    const status listening = conduit_listen(talk->words.address, &listener);
    if (listening.fault) {
        fprintf(stderr, "%s: %s: %s\n", talk->command, talk->words.address, listening.fault->what);
        return EXIT_REFUSED;
    }
    conduit_listener_text(listener, text);
    fprintf(stderr, "%s: listening at %s\n", talk->command, text);
    do
        result = serve_one(answering, listener);
    while (!once && !answering->is_over);
    close(listener);
    return result;
}

/* ---- the command ---- */

static bool take_mutual(struct answering *answering, const char *how)
{
    struct spdm_responder_setup *const setup = &answering->setup;
    if (!how || strcmp(how, "none") == 0)
        setup->mutual = SPDM_MUTUAL_NONE;
    else if (strcmp(how, "known") == 0 && answering->talk.party.peer_key.pkey)
        setup->mutual = SPDM_MUTUAL_KNOWN_CHAIN;
    else if (strcmp(how, "encapsulated") == 0)
        setup->mutual = SPDM_MUTUAL_ENCAPSULATED;
    else if (strcmp(how, "digests") == 0)
        setup->mutual = SPDM_MUTUAL_IMPLICIT_DIGESTS;
    else {
        fprintf(stderr, "%s: --mutual is none, encapsulated, digests, or known with --peer-key\n",
                answering->talk.command);
        return false;
    }
    return true;
}

static bool take_heartbeat(struct answering *answering, const char *text)
{
    char *end;
    const unsigned long seconds = text ? strtoul(text, &end, 10) : 0;
    if (text && (*end || text[0] < '0' || text[0] > '9' || seconds > UINT8_MAX)) {
        fprintf(stderr, "%s: --heartbeat is a number of seconds up to 255\n",
                answering->talk.command);
        return false;
    }
    answering->setup.heartbeat_s = (uint8_t)seconds;
    return true;
}

/* What is shown as it stands in a file. */
static bool take_file(const struct answering *answering, const char *path, struct buffer *out)
{
    struct problem problem = {0};
    if (!path || !file_load(path, SPDM_MEASUREMENT_VALUE_SIZE_MAX, out, &problem).fault)
        return true;
    fprintf(stderr, "%s: %s\n", answering->talk.command, problem.text);
    return false;
}

static bool measures(const struct answering *answering)
{
    return answering->measured.count || answering->attesting.attester.mode;
}

static bool take_attest(struct answering *answering, const char *platform, const char *tsm_root)
{
    const char *const command = answering->talk.command;
    if (platform && answering->measured.count) {
        fprintf(stderr, "%s: --measure and --attest are two responders\n", command);
        return false;
    }
    if (platform && !answering->talk.party.has_identity) {
        fprintf(stderr, "%s: --attest needs --chain and --key: evidence is bound to the key\n",
                command);
        return false;
    }
    return spdm_attesting_begin(command, platform, tsm_root, &answering->talk.party.identity,
                                &answering->attesting);
}

static uint32_t flags_of(const struct answering *answering)
{
    const uint32_t shown = spdm_party_flag(&answering->talk.party);
    uint32_t flags = SPDM_CHUNK_CAP | shown;
    if (shown)
        flags |= SPDM_CHAL_CAP | SPDM_KEY_EX_CAP;
    if (answering->talk.psk.size)
        flags |= SPDM_PSK_WITH_CONTEXT;
    if (flags & (SPDM_KEY_EX_CAP | SPDM_PSK_CAP))
        flags |= SPDM_ENCRYPT_CAP | SPDM_MAC_CAP | SPDM_HBEAT_CAP | SPDM_KEY_UPD_CAP;
    if (measures(answering))
        flags |= SPDM_MEAS_FRESH_CAP | (shown ? SPDM_MEAS_SIGNED : SPDM_MEAS_UNSIGNED);
    if (answering->log.size)
        flags |= SPDM_MEL_CAP;
    if (answering->information.size)
        flags |= shown ? SPDM_EP_INFO_SIGNED : SPDM_EP_INFO_UNSIGNED;
    if (answering->provision_path && shown == SPDM_CERT_CAP)
        flags |= SPDM_CSR_CAP | SPDM_SET_CERT_CAP | SPDM_CERT_INSTALL_RESET_CAP;
    if (answering->setup.mutual != SPDM_MUTUAL_NONE || answering->setup.challenges_back)
        flags |= SPDM_MUT_AUTH_CAP | SPDM_ENCAP_CAP;
    return flags;
}

static bool prepare(struct answering *answering)
{
    struct spdm_talk *const talk = &answering->talk;
    struct spdm_responder_setup *const setup = &answering->setup;
    setup->transport = talk->transport;
    setup->identity = &talk->party.identity;
    setup->duties.measure = measures(answering) ? measure : NULL;
    setup->duties.measurement_log = answering->log.size ? tell_log : NULL;
    setup->duties.endpoint_info = answering->information.size ? tell_information : NULL;
    setup->duties.judge = judge;
    setup->duties.find_psk = find_psk;
    setup->duties.sign_request = sign_request;
    setup->duties.install = install;
    setup->provisioning =
        answering->provision_path ? SPDM_PROVISIONING_IN_SESSIONS : SPDM_PROVISIONING_NEVER;
    talk->party.identity.fillable_slots = answering->provision_path ? UINT8_MAX : 0;
    setup->tcb_kinds = 1U << SPDM_MEASURED_ROM | 1U << SPDM_MEASURED_FIRMWARE |
                       1U << SPDM_MEASURED_HARDWARE_CONFIGURATION |
                       1U << SPDM_MEASURED_FIRMWARE_CONFIGURATION;
    setup->secured = spdm_talk_secured;
    setup->random = random_bytes;
    return spdm_talk_settings(talk, SPDM_RESPONDER, flags_of(answering), &setup->settings);
}

static void answering_clear(struct answering *answering)
{
    spdm_chain_clear(&answering->requester);
    spdm_measured_list_clear(&answering->measured);
    spdm_attesting_clear(&answering->attesting);
    buffer_clear(&answering->log);
    buffer_clear(&answering->information);
    spdm_wire_clear(&answering->wire);
    spdm_talk_clear(&answering->talk);
}

int spdm_responder(int argc, char **argv)
{
    struct spdm_talk_words words = {0};
    struct option_texts measured = {0};
    const char *mutual = NULL, *heartbeat = NULL, *log = NULL, *information = NULL;
    const char *provision = NULL, *platform = NULL, *tsm_root = NULL;
    bool once = false;
    struct answering *const answering = calloc(1, sizeof *answering);
    int result = EXIT_REFUSED;
    if (!answering)
        return result;
    const struct option_row rows[] = {
        {.name = "measure", .list = &measured},
        {.name = "attest", .value = &platform},
        {.name = "tsm-root", .value = &tsm_root},
        {.name = "mutual", .value = &mutual},
        {.name = "provision", .value = &provision},
        {.name = "heartbeat", .value = &heartbeat},
        {.name = "challenge-back", .flag = &answering->setup.challenges_back},
        {.name = "log", .value = &log},
        {.name = "endpoint-info", .value = &information},
        {.name = "once", .flag = &once},
        SPDM_TALK_ROWS(&words),
        {0}};
    const struct options options = {usage, rows, &words.address, "ADDRESS"};
    answering->wire.fd = -1;
    if (options_read(&options, argc, argv, &result)) {
        result = EXIT_USAGE;
        answering->provision_path = provision;
        if (spdm_talk_begin(argv[0], &words, &answering->talk) &&
            spdm_measured_load(argv[0], &measured, &answering->measured) &&
            take_attest(answering, platform, tsm_root) &&
            take_file(answering, log, &answering->log) &&
            take_file(answering, information, &answering->information) &&
            take_mutual(answering, mutual) && take_heartbeat(answering, heartbeat) &&
            prepare(answering))
            result = listen_and_serve(answering, once);
    }
    answering_clear(answering);
    free(answering);
    return result;
}
