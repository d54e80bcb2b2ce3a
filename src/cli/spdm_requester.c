/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/spdm.h"
#include "cli/spdm_attested.h"
#include "cli/spdm_talk.h"
#include "net/clock.h"
#include "net/conduit.h"
#include "spdm/doe_discovery.h"
#include "spdm/requester.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: cix spdm requester ADDRESS [option]...\n"
    "\n"
    "Talks to an SPDM responder, and shows what is said message by message, with what\n"
    "verifies.\n"
    "\n"
    "  ADDRESS             host:port, unix:/path or vsock:cid:port\n"
    "  --do LIST           what to do after versions, capabilities and algorithms, one\n"
    "                      after another: digests, certificate, challenge, measurements,\n"
    "                      log, endpoint-info, csr, install, session, psk, heartbeat,\n"
    "                      key-update, their-key-update, end; default: all that both\n"
    "                      sides can, but csr, install and their-key-update\n"
    "  --slot NUMBER       the peer's, whose chain is read and must sign; default: 0\n"
    "  --install SLOT=FILE a chain for --do install: its certificates, DER or PEM\n"
    "  --policy FILE       appraise the evidence of a TEE that measurements hold (a policy's\n"
    "                      file, or strict): docs/spdm-cpu-tee-profile.md\n"
    "  --endorsements PATH certificates, revocation lists and collateral for it\n"
    "  --raw               ask for measurements as they are, not for their "
    "digests\n" SPDM_TALK_USAGE "\n"
    "Ends with 0 when all was done and verifies; 1 when the peer refused or is not there;\n"
    "2 when something does not verify, its chain is not trusted, or the policy denies it.\n"
    "\n"
    "example:\n"
    "  cix spdm requester 127.0.0.1:4194 --trust root.pem --do certificate,challenge\n";

struct asking {
    struct spdm_talk talk;
    struct spdm_requester_setup setup;
    struct spdm_requester requester;
    struct spdm_wire wire;
    uint8_t slot;
    bool asks_raw;
    struct spdm_judging judging;
    uint8_t install_slot;
    struct buffer certificates; /* that are to be installed in it */
    struct spdm_chain chain;    /* of the slot, once it is trusted */
    struct spdm_session *session;
    struct writer out;
    json_t *done;
};

/* ---- what can be done ---- */

static status ask_connect(struct asking *asking)
{
    return spdm_requester_connect(&asking->requester, clock_now(), &asking->out);
}

static status ask_digests(struct asking *asking)
{
    return spdm_requester_digests(&asking->requester, clock_now(), asking->session, &asking->out);
}

static status ask_certificate(struct asking *asking)
{
    return spdm_requester_certificate(&asking->requester, clock_now(), asking->session,
                                      asking->slot, &asking->out);
}

/* From 1.3 on a slot may say itself which model its chain has. */
static enum spdm_certificate_model model_of(const struct asking *asking)
{
    const struct spdm_connection *const connection = &asking->requester.connection;
    const uint8_t model = connection->peer_slots[asking->slot].certificate_model;
    if (model)
        return (enum spdm_certificate_model)model;
    return connection->peer_flags & SPDM_ALIAS_CERT_CAP ? SPDM_ALIAS_CERT : SPDM_DEVICE_CERT;
}

static status take_certificate(struct asking *asking)
{
    const struct spdm_connection *const connection = &asking->requester.connection;
    const struct spdm_chain_rules rules = {
        .version = connection->shape.version,
        .hash = connection->suite.hash,
        .asym = connection->suite.asym,
        .model = model_of(asking),
    };
    const slice bytes = {asking->talk.chain, asking->requester.chain_size};
    spdm_chain_clear(&asking->chain);
    TRY(spdm_party_judge(&asking->talk.party, &rules, bytes, clock_now().wall_s, &asking->chain));
    return spdm_requester_accept(&asking->requester, asking->slot, &asking->chain);
}

static status ask_challenge(struct asking *asking)
{
    const bool can_measure = asking->requester.connection.peer_flags & SPDM_MEAS_CAP;
    return spdm_requester_challenge(&asking->requester, clock_now(), asking->slot,
                                    can_measure ? SPDM_SUMMARY_ALL : SPDM_SUMMARY_NONE,
                                    &asking->out);
}

/* Whose signatures can be verified. */
static bool has_key(const struct asking *asking)
{
    return asking->chain.key.pkey || asking->talk.party.peer_key.pkey;
}

static status ask_measurements(struct asking *asking)
{
    const uint32_t flags = asking->requester.connection.peer_flags & SPDM_MEAS_CAP;
    const struct spdm_measuring_order order = {
        .session = asking->session,
        .operation = SPDM_MEASUREMENTS_ALL,
        .asks_raw = asking->asks_raw,
        .asks_signature = flags == SPDM_MEAS_SIGNED && has_key(asking),
        .slot = asking->slot,
    };
    return spdm_requester_measurements(&asking->requester, clock_now(), &order, &asking->out);
}

static status take_measurements(struct asking *asking)
{
    return asking->judging.policy_path
               ? spdm_judge_measurements(&asking->judging, &asking->requester, clock_now().wall_s)
               : OK;
}

static status ask_csr(struct asking *asking)
{
    const struct spdm_connection *const connection = &asking->requester.connection;
    struct spdm_get_csr request = {0};
    if (connection->shape.responder_is_multi_key) {
        request.key_pair_id = connection->peer_slots[asking->slot].key_pair_id;
        request.certificate_model = (uint8_t)model_of(asking);
    }
    return spdm_requester_csr(&asking->requester, clock_now(), asking->session, &request,
                              &asking->out);
}

static status ask_log(struct asking *asking)
{
    return spdm_requester_measurement_log(&asking->requester, clock_now(), asking->session,
                                          &asking->out);
}

static status ask_information(struct asking *asking)
{
    const uint32_t flags = asking->requester.connection.peer_flags & SPDM_EP_INFO_CAP;
    const struct spdm_information_order order = {
        .session = asking->session,
        .asks_signature = flags == SPDM_EP_INFO_SIGNED && has_key(asking),
        .slot = asking->slot,
    };
    return spdm_requester_endpoint_info(&asking->requester, clock_now(), &order, &asking->out);
}

/* The responder says with ERROR ResetRequired that it will have it. */
static status ask_install(struct asking *asking)
{
    const struct spdm_connection *const connection = &asking->requester.connection;
    const uint8_t slot = asking->slot;
    struct spdm_set_certificate request = {.slot = asking->install_slot};
    SCOPED(buffer) chain = {0};
    if (!asking->certificates.size)
        return FAIL(UNEXPECTED, "there is no chain: it is given with --install");
    if (connection->shape.responder_is_multi_key) {
        request.key_pair_id = connection->peer_slots[slot].key_pair_id;
        request.certificate_model = (uint8_t)model_of(asking);
    }
    TRY(spdm_chain_write(connection->suite.hash, buffer_view(&asking->certificates), &chain));
    request.chain = buffer_view(&chain);
    return spdm_requester_set_certificate(&asking->requester, clock_now(), asking->session,
                                          &request, &asking->out);
}

static status ask_session(struct asking *asking)
{
    const struct spdm_opening opening = {.slot = asking->slot};
    return asking->session ? FAIL(UNEXPECTED, "there is a session already")
                           : spdm_requester_open_session(&asking->requester, clock_now(), &opening,
                                                         &asking->out);
}

static status take_session(struct asking *asking)
{
    asking->session = asking->requester.opened;
    return OK;
}

static status ask_psk(struct asking *asking)
{
    const struct spdm_talk *const talk = &asking->talk;
    const struct spdm_psk_opening opening = {.hint = buffer_view(&talk->psk_hint),
                                             .psk = &talk->psk};
    if (!talk->psk.size)
        return FAIL(UNSUPPORTED, "there is no pre-shared key: it is given with --psk");
    return asking->session ? FAIL(UNEXPECTED, "there is a session already")
                           : spdm_requester_open_psk_session(&asking->requester, clock_now(),
                                                             &opening, &asking->out);
}

static status need_session(const struct asking *asking)
{
    return asking->session ? OK : FAIL(UNEXPECTED, "there is no session: it is opened by session");
}

static status ask_heartbeat(struct asking *asking)
{
    TRY(need_session(asking));
    return spdm_requester_heartbeat(&asking->requester, clock_now(), asking->session, &asking->out);
}

static status ask_key_update(struct asking *asking)
{
    TRY(need_session(asking));
    return spdm_requester_key_update(&asking->requester, clock_now(), asking->session,
                                     SPDM_UPDATE_ALL_KEYS, &asking->out);
}

/* An emulator is told to renew its key, and then asked what it wants of us. */
static status ask_their_key_update(struct asking *asking)
{
    uint8_t session_id[4];
    struct writer writer = writer_over(session_id, sizeof session_id);
    struct spdm_wire_frame answer;
    TRY(need_session(asking));
    if (!asking->wire.is_emulated)
        return FAIL(UNSUPPORTED, "who is no emulator cannot be told to renew its key");
    write_le32(&writer, asking->session->form.session_id);
    TRY(spdm_wire_send(&asking->wire, SPDM_EMULATOR_KEY_UPDATE, SLICE(session_id)));
    TRY(spdm_wire_receive(&asking->wire, &answer));
    if (answer.command != SPDM_EMULATOR_KEY_UPDATE)
        return FAIL(UNEXPECTED, "an emulator that was told to renew its key says something else");
    return spdm_requester_listen(&asking->requester, clock_now(), asking->session, &asking->out);
}

static status ask_end(struct asking *asking)
{
    TRY(need_session(asking));
    return spdm_requester_end_session(&asking->requester, clock_now(), asking->session,
                                      &asking->out);
}

static status take_end(struct asking *asking)
{
    asking->session = NULL;
    return OK;
}

struct deed {
    const char *name;
    uint32_t needs; /* of the responder's flags, at least one; 0: none */
    status (*ask)(struct asking *asking);
    status (*take)(struct asking *asking); /* NULL: nothing */
};

static const struct deed connecting = {"connect", 0, ask_connect, NULL};

static const struct deed deeds[] = {
    {"digests", SPDM_CERT_CAP, ask_digests, NULL},
    {"certificate", SPDM_CERT_CAP, ask_certificate, take_certificate},
    {"challenge", SPDM_CHAL_CAP, ask_challenge, NULL},
    {"measurements", SPDM_MEAS_CAP, ask_measurements, take_measurements},
    {"csr", SPDM_CSR_CAP, ask_csr, NULL},
    {"log", SPDM_MEL_CAP, ask_log, NULL},
    {"endpoint-info", SPDM_EP_INFO_CAP, ask_information, NULL},
    {"install", SPDM_SET_CERT_CAP, ask_install, NULL},
    {"session", SPDM_KEY_EX_CAP, ask_session, take_session},
    {"psk", SPDM_PSK_CAP, ask_psk, take_session},
    {"heartbeat", SPDM_HBEAT_CAP, ask_heartbeat, NULL},
    {"key-update", SPDM_KEY_UPD_CAP, ask_key_update, NULL},
    {"their-key-update", SPDM_KEY_UPD_CAP, ask_their_key_update, NULL},
    {"end", 0, ask_end, take_end},
};

/* Everything: first this, then what opens a session, and what is done in it. */
static const char outside[] = "digests,certificate,challenge,measurements,log,endpoint-info";
static const char inside[] = "measurements,heartbeat,key-update,end";

enum { DEEDS = sizeof deeds / sizeof *deeds };

static const struct deed *deed_named(slice name)
{
    for (size_t i = 0; i < DEEDS; i++)
        if (slice_equal(slice_of_text(deeds[i].name), name))
            return &deeds[i];
    return NULL;
}

/* ---- frames ---- */

static status send_next(struct asking *asking)
{
    const slice frame = {asking->out.data, asking->out.size};
    asking->out.size = 0;
    TRY(spdm_wire_send(&asking->wire, SPDM_EMULATOR_NORMAL, frame));
    return spdm_show_frame(&asking->talk.show, clock_now().wall_s, SPDM_SENDER_FIRST, frame);
}

static status receive_frame(struct asking *asking, struct spdm_wire_frame *out)
{
    do
        TRY(spdm_wire_receive(&asking->wire, out));
    while (out->command && out->command != SPDM_EMULATOR_NORMAL);
    return out->command ? OK : FAIL(UNAVAILABLE, "the peer has closed");
}

/* Shown as it came, though it is opened in place, and only then: its keys may come of it. */
static status receive_next(struct asking *asking, enum spdm_progress *out_progress)
{
    struct spdm_wire_frame frame;
    SCOPED(buffer) copy = {0};
    TRY(receive_frame(asking, &frame));
    TRY(buffer_append(&copy, (slice){frame.data, frame.size}));
    *out_progress = spdm_requester_receive(&asking->requester, clock_now(), frame.data, frame.size,
                                           &asking->out);
    return spdm_show_frame(&asking->talk.show, clock_now().wall_s, SPDM_SENDER_SECOND,
                           buffer_view(&copy));
}

/* What the peer put off is asked for again when it is time. */
static enum spdm_progress wait_and_ask(struct asking *asking)
{
    struct spdm_requester *const requester = &asking->requester;
    const int64_t left_ms = spdm_requester_deadline_ms(requester) - clock_now().monotonic_ms;
    if (left_ms > 0)
        poll(NULL, 0, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
    return spdm_requester_look(requester, clock_now(), &asking->out);
}

static bool is_put_off(const struct spdm_requester *requester)
{
    return requester->error == SPDM_BUSY || requester->error == SPDM_RESPONSE_NOT_READY;
}

static status perform(struct asking *asking, const struct deed *deed)
{
    enum spdm_progress progress = SPDM_SEND;
    TRY(deed->ask(asking));
    while (progress == SPDM_SEND || progress == SPDM_WAIT) {
        if (progress == SPDM_SEND)
            TRY(send_next(asking));
        if (progress == SPDM_WAIT && is_put_off(&asking->requester))
            progress = wait_and_ask(asking);
        else
            TRY(receive_next(asking, &progress));
    }
    const bool is_put_off_to_reset =
        deed->ask == ask_install && asking->requester.error == SPDM_RESET_REQUIRED;
    if (progress == SPDM_FAILED && !is_put_off_to_reset)
        return asking->requester.failure;
    return deed->take ? deed->take(asking) : OK;
}

/* A mailbox is asked what it speaks before it is spoken to. */
static status discover(struct asking *asking)
{
    struct spdm_doe_discovery discovery = {0};
    const struct spdm_transport *const transport = asking->talk.transport;
    while (!discovery.is_done) {
        struct spdm_wire_frame frame;
        struct spdm_frame read;
        const size_t begin = spdm_frame_begin(transport, &asking->out);
        spdm_doe_discovery_ask(&asking->out, &discovery);
        TRY(spdm_frame_end(transport, &asking->out, begin, SPDM_FRAME_DISCOVERY));
        TRY(send_next(asking));
        TRY(receive_frame(asking, &frame));
        TRY(spdm_show_frame(&asking->talk.show, clock_now().wall_s, SPDM_SENDER_SECOND,
                            (slice){frame.data, frame.size}));
        TRY(spdm_frame_read(transport, (slice){frame.data, frame.size}, &read));
        if (read.kind != SPDM_FRAME_DISCOVERY)
            return FAIL(UNEXPECTED, "the mailbox does not say what it speaks");
        TRY(spdm_doe_discovery_take(&discovery, read.message));
    }
    return discovery.has_spdm ? OK : FAIL(UNSUPPORTED, "the mailbox does not speak SPDM");
}

/* ---- one deed after another ---- */

static int exit_of(status failed)
{
    switch (failed.fault->failure) {
    case FAILURE_UNAUTHENTIC:
    case FAILURE_DENIED:
        return EXIT_UNAUTHENTIC;
    default:
        return EXIT_REFUSED;
    }
}

static int tell_failure(const struct asking *asking, const char *name, status failed)
{
    const uint8_t error = asking->requester.error;
    const char *const what = spdm_said_error(error);
    fprintf(stderr, "%s: %s: %s", asking->talk.command, name, failed.fault->what);
    if (what)
        fprintf(stderr, " %s", what);
    else if (error)
        fprintf(stderr, " 0x%02X", error);
    fputc('\n', stderr);
    return exit_of(failed);
}

static int do_one(struct asking *asking, const struct deed *deed)
{
    const status performed = perform(asking, deed);
    if (performed.fault)
        return tell_failure(asking, deed->name, performed);
    (void)json_array_append_new(asking->done, json_string(deed->name));
    return EXIT_DONE;
}

/* Sessions and what is in them need both sides. */
static bool can(const struct asking *asking, uint32_t needs)
{
    const struct spdm_connection *const connection = &asking->requester.connection;
    const uint32_t shared = SPDM_KEY_EX_CAP | SPDM_PSK_CAP | SPDM_HBEAT_CAP | SPDM_KEY_UPD_CAP;
    return !needs || (connection->peer_flags & needs &&
                      (!(needs & shared) || spdm_connection_flags(connection) & needs));
}

/* `list`, or what can be done of it. */
static int do_list(struct asking *asking, const char *list, bool leaves_out)
{
    int result = EXIT_DONE;
    while (*list && result == EXIT_DONE) {
        const size_t size = strcspn(list, ",");
        const struct deed *const deed = deed_named((slice){(const uint8_t *)list, size});
        if (!leaves_out || can(asking, deed->needs))
            result = do_one(asking, deed);
        list += size + (list[size] == ',');
    }
    return result;
}

static int do_session(struct asking *asking, const char *opening)
{
    const int result = do_list(asking, opening, true);
    return result == EXIT_DONE && asking->session ? do_list(asking, inside, true) : result;
}

static int do_everything(struct asking *asking)
{
    int result = do_list(asking, outside, true);
    if (result == EXIT_DONE && asking->requester.connection.suite.group != GROUP_NONE)
        result = do_session(asking, "session");
    if (result == EXIT_DONE && asking->talk.psk.size)
        result = do_session(asking, "psk");
    return result;
}

static int do_all(struct asking *asking, const char *list)
{
    const int result = do_one(asking, &connecting);
    if (result != EXIT_DONE)
        return result;
    return list ? do_list(asking, list, false) : do_everything(asking);
}

static bool check_list(const char *command, const char *list)
{
    for (const char *at = list; at && *at;) {
        const size_t size = strcspn(at, ",");
        if (!deed_named((slice){(const uint8_t *)at, size})) {
            fprintf(stderr, "%s: '", command);
            print_escaped(stderr, (slice){(const uint8_t *)at, size});
            fputs("' is nothing that --do can do\n", stderr);
            return false;
        }
        at += size + (at[size] == ',');
    }
    return true;
}

/* ---- the command ---- */

static bool prepare(struct asking *asking)
{
    struct spdm_talk *const talk = &asking->talk;
    const uint32_t shown = spdm_party_flag(&talk->party);
    const uint32_t own = shown ? shown | SPDM_CHAL_CAP | SPDM_MUT_AUTH_CAP | SPDM_ENCAP_CAP : 0;
    const status begun = spdm_talk_show(talk, SPDM_REQUESTER);
    if (begun.fault) {
        fprintf(stderr, "%s: %s\n", talk->command, begun.fault->what);
        return false;
    }
    asking->setup = (struct spdm_requester_setup){
        .transport = talk->transport,
        .identity = shown ? &talk->party.identity : NULL,
        .secured = spdm_talk_secured,
        .random = random_bytes,
    };
    if (!spdm_talk_settings(talk, SPDM_REQUESTER,
                            own | SPDM_ENCRYPT_CAP | SPDM_MAC_CAP | SPDM_KEY_EX_CAP |
                                SPDM_HBEAT_CAP | SPDM_KEY_UPD_CAP | SPDM_CHUNK_CAP |
                                (talk->psk.size ? SPDM_PSK_PLAIN : 0),
                            &asking->setup.settings))
        return false;
    const struct spdm_requester_loans loans = {spdm_talk_loans(talk), talk->chain,
                                               sizeof talk->chain};
    spdm_requester_begin(&asking->requester, &asking->setup, &loans);
    asking->out = writer_over(talk->frame, sizeof talk->frame);
    if (talk->party.peer_key.pkey) {
        spdm_requester_accept_key(&asking->requester, &talk->party.peer_key);
        asking->slot = SPDM_SLOT_RAW_KEY;
    }
    return true;
}

static int talk_to_peer(struct asking *asking, const char *list)
{
    struct spdm_talk *const talk = &asking->talk;
    asking->wire = (struct spdm_wire){.fd = -1,
                                      .transport = talk->transport,
                                      .is_emulated = talk->words.is_emulated,
                                      .patience_ms = talk->patience_ms};
    status done = conduit_connect(talk->words.address, talk->patience_ms, &asking->wire.fd);
    if (!done.fault)
        done = spdm_wire_greet(&asking->wire);
    if (!done.fault && talk->transport == &spdm_doe)
        done = discover(asking);
    if (done.fault)
        return tell_failure(asking, talk->words.address, done);
    const int result = do_all(asking, list);
    spdm_wire_leave(&asking->wire);
    return result;
}

static int sum_up(const struct asking *asking, int result)
{
    const struct spdm_page *const page = &asking->talk.show.page;
    const uint8_t version = asking->requester.connection.shape.version;
    char number[8];
    if (page->checks[SPDM_CHECK_FAILED])
        result = EXIT_UNAUTHENTIC;
    snprintf(number, sizeof number, "%u.%u", version >> 4, version & 0xFU);
    if (!page->is_json) {
        spdm_judging_print(&asking->judging);
        spdm_page_print_sum(page);
        return result;
    }
    json_t *const object = json_pack(
        "{s:s, s:s, s:O, s:b, s:O, s:o, s:o}", "transport", asking->talk.transport->name, "version",
        number, "done", asking->done, "complete", result == EXIT_DONE, "messages", page->messages,
        "checks", spdm_page_checks_json(page), "appraisal", spdm_judging_json(&asking->judging));
    return print_json(object) ? result : EXIT_REFUSED;
}

static void asking_clear(struct asking *asking)
{
    spdm_requester_clear(&asking->requester);
    spdm_judging_clear(&asking->judging);
    spdm_chain_clear(&asking->chain);
    buffer_clear(&asking->certificates);
    spdm_wire_clear(&asking->wire);
    spdm_talk_clear(&asking->talk);
    json_decref(asking->done);
}

static bool take_slot(const char *command, const char *text, uint8_t *out)
{
    if (!text)
        return true;
    if (text[0] < '0' || text[0] >= '0' + SPDM_SLOTS || text[1]) {
        fprintf(stderr, "%s: --slot is a number from 0 to 7\n", command);
        return false;
    }
    *out = (uint8_t)(text[0] - '0');
    return true;
}

/* "SLOT=FILE" */
static bool take_install(const char *command, const char *text, struct asking *asking)
{
    struct problem problem = {0};
    if (!text)
        return true;
    if (text[0] < '0' || text[0] >= '0' + SPDM_SLOTS || text[1] != '=') {
        fprintf(stderr, "%s: --install is SLOT=FILE\n", command);
        return false;
    }
    asking->install_slot = (uint8_t)(text[0] - '0');
    if (!spdm_party_certificates(text + 2, &asking->certificates, &problem).fault)
        return true;
    fprintf(stderr, "%s: %s\n", command, problem.text);
    return false;
}

int spdm_requester(int argc, char **argv)
{
    struct spdm_talk_words words = {0};
    const char *list = NULL, *slot = NULL, *installed = NULL;
    struct asking *const asking = calloc(1, sizeof *asking);
    int result = EXIT_REFUSED;
    if (!asking)
        return result;
    const struct option_row rows[] = {
        {.name = "do", .value = &list},
        {.name = "slot", .value = &slot},
        {.name = "install", .value = &installed},
        {.name = "policy", .value = &asking->judging.policy_path},
        {.name = "endorsements", .list = &asking->judging.endorsements},
        {.name = "raw", .flag = &asking->asks_raw},
        SPDM_TALK_ROWS(&words),
        {0}};
    const struct options options = {usage, rows, &words.address, "ADDRESS"};
    asking->wire.fd = -1;
    asking->done = json_array();
    if (options_read(&options, argc, argv, &result)) {
        result = EXIT_USAGE;
        if (check_list(argv[0], list) && take_slot(argv[0], slot, &asking->slot) &&
            take_install(argv[0], installed, asking) &&
            spdm_judging_begin(argv[0], &asking->judging) &&
            spdm_talk_begin(argv[0], &words, &asking->talk) && prepare(asking)) {
            result = sum_up(asking, talk_to_peer(asking, list));
            if (!spdm_show_keep(&asking->talk.show, argv[0]))
                result = EXIT_REFUSED;
        }
    }
    asking_clear(asking);
    free(asking);
    return result;
}
