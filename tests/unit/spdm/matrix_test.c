/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Our requester with our responder over every transport, in every version, with every algorithm.
 * Each cell of the tables is a whole conversation, and tells the versions in which it went from
 * VERSION to END_SESSION: "01234" is 1.0 to 1.4. A version that does not know an algorithm has no
 * cell; an algorithm that this OpenSSL does not have is skipped.
 */

#include "spdm_pair.h"

#include "spdm/emulator.h"
#include "spdm/message/psk_exchange.h"
#include "test.h"

#ifdef CIX_SANITIZED
enum { ONE_OF = 9 };
#else
enum { ONE_OF = 1 };
#endif

enum { CELL_SIZE = 8, ROW_NAME_WIDTH = 16 };

static const uint8_t versions[] = {SPDM_1_0, SPDM_1_1, SPDM_1_2, SPDM_1_3, SPDM_1_4};
enum { VERSIONS = sizeof versions };

/* spec: DSP0274 1.4, "NEGOTIATE_ALGORITHMS": which version brought which */
struct algorithm {
    const char *name;
    unsigned number;
    uint8_t since;
};

static const struct algorithm hashes[] = {
    {"sha256", HASH_SHA256, SPDM_1_0},     {"sha384", HASH_SHA384, SPDM_1_0},
    {"sha512", HASH_SHA512, SPDM_1_0},     {"sha3-256", HASH_SHA3_256, SPDM_1_0},
    {"sha3-384", HASH_SHA3_384, SPDM_1_0}, {"sha3-512", HASH_SHA3_512, SPDM_1_0},
    {"sm3", HASH_SM3, SPDM_1_2},
};

static const struct algorithm asyms[] = {
    {"rsassa-2048", ASYM_RSASSA_2048, SPDM_1_0}, {"rsapss-2048", ASYM_RSAPSS_2048, SPDM_1_0},
    {"rsassa-3072", ASYM_RSASSA_3072, SPDM_1_0}, {"rsapss-3072", ASYM_RSAPSS_3072, SPDM_1_0},
    {"rsassa-4096", ASYM_RSASSA_4096, SPDM_1_0}, {"rsapss-4096", ASYM_RSAPSS_4096, SPDM_1_0},
    {"ecdsa-p256", ASYM_ECDSA_P256, SPDM_1_0},   {"ecdsa-p384", ASYM_ECDSA_P384, SPDM_1_0},
    {"ecdsa-p521", ASYM_ECDSA_P521, SPDM_1_0},   {"sm2", ASYM_SM2, SPDM_1_2},
    {"ed25519", ASYM_ED25519, SPDM_1_2},         {"ed448", ASYM_ED448, SPDM_1_2},
    {"ml-dsa-44", ASYM_ML_DSA_44, SPDM_1_4},     {"ml-dsa-65", ASYM_ML_DSA_65, SPDM_1_4},
    {"ml-dsa-87", ASYM_ML_DSA_87, SPDM_1_4},
};

static const struct algorithm groups[] = {
    {"ffdhe-2048", GROUP_FFDHE_2048, SPDM_1_1},
    {"ffdhe-3072", GROUP_FFDHE_3072, SPDM_1_1},
    {"ffdhe-4096", GROUP_FFDHE_4096, SPDM_1_1},
    {"p-256", GROUP_P256, SPDM_1_1},
    {"p-384", GROUP_P384, SPDM_1_1},
    {"p-521", GROUP_P521, SPDM_1_1},
    {"sm2", GROUP_SM2, SPDM_1_2},
    {"ml-kem-512", GROUP_ML_KEM_512, SPDM_1_4},
    {"ml-kem-768", GROUP_ML_KEM_768, SPDM_1_4},
    {"ml-kem-1024", GROUP_ML_KEM_1024, SPDM_1_4},
    {"(psk)", GROUP_NONE, SPDM_1_1},
};

static const struct algorithm aeads[] = {
    {"aes-128-gcm", AEAD_AES_128_GCM, SPDM_1_1},
    {"aes-256-gcm", AEAD_AES_256_GCM, SPDM_1_1},
    {"chacha20", AEAD_CHACHA20_POLY1305, SPDM_1_1},
    {"sm4-gcm", AEAD_SM4_GCM, SPDM_1_2},
};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- the parties ---- */

/* Made once for each key; the chain's header and digest depend on the hash. */
static struct private_key keys[COUNT_OF(asyms)];
static struct pair_party parties[COUNT_OF(asyms)][COUNT_OF(hashes)];

static struct private_key key_copy(const struct private_key *key)
{
    struct private_key copy = {0};
    SCOPED(buffer) pem = {0};
    must(private_key_write_pem(key, &pem));
    must(private_key_read_pem(buffer_view(&pem), &copy));
    return copy;
}

/* RSA keys take long to make: the two kinds of signature share one of each size. */
static const struct private_key *key_of(size_t asym)
{
    if (keys[asym].pkey)
        return &keys[asym];
    if (strncmp(asyms[asym].name, "rsapss", 6) == 0)
        return key_of(asym - 1);
    if (asyms[asym].number == ASYM_RSASSA_4096)
        must(private_key_read_pem(slice_of_text(sim_test_keys[0]), &keys[asym]));
    else
        must(asym_generate(asyms[asym].number, &keys[asym]));
    return &keys[asym];
}

static const struct pair_party *party_of(size_t asym, size_t hash)
{
    struct pair_party *const party = &parties[asym][hash];
    if (!party->key.pkey) {
        struct private_key key = key_copy(key_of(asym));
        pair_party_make(party, &key, hashes[hash].number);
    }
    return party;
}

static void parties_clear(void)
{
    for (size_t asym = 0; asym < COUNT_OF(asyms); asym++) {
        private_key_clear(&keys[asym]);
        for (size_t hash = 0; hash < COUNT_OF(hashes); hash++)
            pair_party_clear(&parties[asym][hash]);
    }
    memset(parties, 0, sizeof parties);
}

static size_t place_of(const struct algorithm *all, unsigned number)
{
    size_t place = 0;
    while (all[place].number != number)
        place++;
    return place;
}

/* ---- a conversation ---- */

static const struct pair_terms usual = {
    .transport = &spdm_tcp,
    .version = SPDM_1_2,
    .hash = HASH_SHA256,
    .asym = ASYM_ECDSA_P256,
    .requester_asym = ASYM_ECDSA_P256,
    .group = GROUP_P256,
    .aead = AEAD_AES_128_GCM,
};

static const struct secret psk = {{1, 2, 3, 4, 5}, 32};

static status find_psk(void *context, slice hint, struct secret *out)
{
    (void)context;
    EXPECT(slice_equal(hint, slice_of_text("between us")));
    *out = psk;
    return OK;
}

struct talk {
    struct pair pair;
    bool in_emulator; /* the frames go through a socket as emulators frame them */
};

/* What arrives of `frame` at the other end of an emulator's socket, in two pieces. */
static void through_emulator(const struct talk *talk, uint8_t *frame, size_t *size)
{
    static uint8_t space[PAIR_FRAME_SIZE_MAX + SPDM_EMULATOR_HEADER_SIZE];
    const uint32_t number = talk->pair.requester_setup.transport->emulator_number;
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_emulator_frame got = {0};
    const size_t begin = spdm_emulator_begin(&writer);
    write_bytes(&writer, (slice){frame, *size});
    must(spdm_emulator_end(&writer, begin, SPDM_EMULATOR_NORMAL, number));

    slice stream = {space, writer.size - 1};
    must(spdm_emulator_cut(number, sizeof space, &stream, &got));
    EXPECT(got.command == SPDM_EMULATOR_NONE && stream.size == writer.size - 1);
    stream.size++;
    must(spdm_emulator_cut(number, sizeof space, &stream, &got));
    EXPECT(got.command == SPDM_EMULATOR_NORMAL && stream.size == 0);
    memcpy(frame, got.payload.data, got.payload.size);
    *size = got.payload.size;
}

/* OK when what was asked came to its end. */
static bool speak(struct talk *talk, status asked)
{
    struct pair *const pair = &talk->pair;
    enum spdm_progress progress = asked.fault ? SPDM_FAILED : SPDM_SEND;
    status failed = asked;
    while (progress == SPDM_SEND) {
        struct writer answer = writer_over(pair->response, sizeof pair->response);
        if (talk->in_emulator)
            through_emulator(talk, pair->request, &pair->out.size);
        must(spdm_responder_receive(&pair->responder, pair_now, pair->request, pair->out.size,
                                    &answer));
        if (talk->in_emulator)
            through_emulator(talk, pair->response, &answer.size);
        pair->out.size = 0;
        progress = spdm_requester_receive(&pair->requester, pair_now, pair->response, answer.size,
                                          &pair->out);
        failed = pair->requester.failure;
    }
    if (progress != SPDM_DONE)
        printf("  %s:%d: %s\n", failed.fault->file, failed.fault->line, failed.fault->what);
    pair->out.size = 0;
    return progress == SPDM_DONE;
}

static bool prove(struct talk *talk)
{
    struct pair *const pair = &talk->pair;
    struct spdm_requester *const requester = &pair->requester;
    const struct spdm_measuring_order order = {.operation = SPDM_MEASUREMENTS_ALL,
                                               .asks_signature = true};
    return speak(talk, spdm_requester_connect(requester, pair_now, &pair->out)) &&
           speak(talk, spdm_requester_digests(requester, pair_now, NULL, &pair->out)) &&
           speak(talk,
                 spdm_requester_certificate(requester, pair_now, NULL, PAIR_SLOT, &pair->out)) &&
           slice_equal((slice){pair->chain, requester->chain_size},
                       buffer_view(&pair->answering->bytes)) &&
           !spdm_requester_accept(requester, PAIR_SLOT, &pair->answering->read).fault &&
           speak(talk, spdm_requester_challenge(requester, pair_now, PAIR_SLOT, SPDM_SUMMARY_ALL,
                                                &pair->out)) &&
           speak(talk, spdm_requester_measurements(requester, pair_now, &order, &pair->out)) &&
           requester->measurements.block_count == 1;
}

static bool echo(struct talk *talk, struct spdm_session *session)
{
    static const uint8_t question[] = {7, 8, 9};
    static const uint8_t answer[] = {1, 7, 8, 9};
    const struct spdm_vendor_defined request = {.body = SPDM_BODY_DMTF, .payload = SLICE(question)};
    struct pair *const pair = &talk->pair;
    return speak(talk, spdm_requester_vendor_defined(&pair->requester, pair_now, session, &request,
                                                     &pair->out)) &&
           slice_equal(pair->requester.payload, SLICE(answer));
}

static bool live(struct talk *talk)
{
    struct pair *const pair = &talk->pair;
    struct spdm_requester *const requester = &pair->requester;
    struct spdm_session *const session = requester->opened;
    return echo(talk, session) &&
           speak(talk, spdm_requester_heartbeat(requester, pair_now, session, &pair->out)) &&
           speak(talk, spdm_requester_key_update(requester, pair_now, session, SPDM_UPDATE_ALL_KEYS,
                                                 &pair->out)) &&
           echo(talk, session) &&
           speak(talk, spdm_requester_end_session(requester, pair_now, session, &pair->out)) &&
           pair->responder_sessions[0].phase == SPDM_SESSION_NONE;
}

static bool open_session(struct talk *talk, const struct pair_terms *terms)
{
    struct pair *const pair = &talk->pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT, .summary = SPDM_SUMMARY_TCB};
    const struct spdm_psk_opening psk_opening = {.hint = slice_of_text("between us"), .psk = &psk};
    return terms->group ? speak(talk, spdm_requester_open_session(&pair->requester, pair_now,
                                                                  &opening, &pair->out))
                        : speak(talk, spdm_requester_open_psk_session(&pair->requester, pair_now,
                                                                      &psk_opening, &pair->out));
}

static void allow_psk(struct pair *pair)
{
    struct spdm_settings *const requester = &pair->requester_setup.settings;
    struct spdm_settings *const responder = &pair->responder_setup.settings;
    requester->capabilities.flags |= SPDM_PSK_PLAIN;
    responder->capabilities.flags |= SPDM_PSK_WITH_CONTEXT;
    requester->insecure_allow_psk_before_1_3 = responder->insecure_allow_psk_before_1_3 = true;
    pair->responder_setup.duties.find_psk = find_psk;
}

static bool passes(const struct pair_terms *terms, bool in_emulator)
{
    static struct talk talk;
    const size_t hash = place_of(hashes, terms->hash);
    talk.in_emulator = in_emulator;
    pair_begin(&talk.pair, terms, party_of(place_of(asyms, terms->requester_asym), hash),
               party_of(place_of(asyms, terms->asym), hash));
    if (!terms->group)
        allow_psk(&talk.pair);
    const bool passed =
        prove(&talk) && (terms->version == SPDM_1_0 || (open_session(&talk, terms) && live(&talk)));
    pair_end(&talk.pair);
    return passed;
}

/* ---- tables ---- */

static unsigned cells, cells_tried, skipped;

/* In each version from `since` on. Under sanitizers a share of them. */
static void fill_cell(struct pair_terms terms, uint8_t since, bool in_emulator, char *out)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        if (versions[i] < since || cells++ % ONE_OF)
            continue;
        cells_tried++;
        terms.version = versions[i];
        const bool passed = passes(&terms, in_emulator);
        EXPECT(passed);
        *out++ = passed ? (char)('0' + (versions[i] & 0xF)) : '!';
    }
    *out = 0;
}

static void print_row(const char *name, char (*row)[CELL_SIZE], size_t count)
{
    printf("  %-*s", ROW_NAME_WIDTH, name);
    for (size_t i = 0; i < count; i++)
        printf(" %-12s", row[i][0] ? row[i] : "-");
    printf("\n");
}

static void print_head(const char *name, const struct algorithm *columns, size_t count)
{
    printf("  %-*s", ROW_NAME_WIDTH, name);
    for (size_t i = 0; i < count; i++)
        printf(" %-12s", columns[i].name);
    printf("\n");
}

/* False, said and counted, when there is no such algorithm here. */
static bool is_here(const char *name, bool available, unsigned cases)
{
    if (!available) {
        printf("  skipped %u: this OpenSSL has no %s\n", cases, name);
        skipped += cases;
    }
    return available;
}

static void begin_table(void)
{
    cells = cells_tried = skipped = 0;
}

static void end_table(void)
{
    printf("  %u conversations of %u\n", cells_tried, cells);
    test_skipped += (int)skipped;
    parties_clear();
}

/* OpenSSL's RSA does not take every hash. */
static bool signs_with(size_t asym, enum hash hash)
{
    enum { RSA_SIGNATURE_SIZE_MAX = 512 };
    const struct asym_use use = {asyms[asym].number, hash, {0}};
    uint8_t signature[RSA_SIGNATURE_SIZE_MAX];
    return strncmp(asyms[asym].name, "rsa", 3) != 0 ||
           !asym_sign(&use, key_of(asym), slice_of_text("message"), signature).fault;
}

static uint8_t later(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

TEST(every_signature_of_a_responder_goes_with_every_hash_in_every_version)
{
    char row[COUNT_OF(hashes)][CELL_SIZE];
    begin_table();
    print_head("responder", hashes, COUNT_OF(hashes));
    for (size_t i = 0; i < COUNT_OF(asyms); i++) {
        struct pair_terms terms = usual;
        terms.asym = asyms[i].number;
        if (!is_here(asyms[i].name, asym_is_available(terms.asym), COUNT_OF(hashes)))
            continue;
        for (size_t k = 0; k < COUNT_OF(hashes); k++) {
            terms.hash = hashes[k].number;
            row[k][0] = 0;
            if (is_here("RSA with this hash", signs_with(i, terms.hash), 1))
                fill_cell(terms, later(asyms[i].since, hashes[k].since), false, row[k]);
        }
        print_row(asyms[i].name, row, COUNT_OF(hashes));
    }
    end_table();
}

/* The requester's signature is the FINISH's, after a flow of encapsulated requests. */
TEST(every_signature_of_a_requester_goes_with_every_one_of_a_responder)
{
    enum { FIRST = 6 }; /* responders with RSA keys are in the table above */
    struct algorithm columns[COUNT_OF(asyms)];
    char row[COUNT_OF(asyms)][CELL_SIZE];
    size_t count = 0;
    begin_table();
    for (size_t k = FIRST; k < COUNT_OF(asyms); k++)
        if (asym_is_available(asyms[k].number))
            columns[count++] = asyms[k];
    print_head("requester", columns, count);
    for (size_t i = 0; i < COUNT_OF(asyms); i++) {
        struct pair_terms terms = usual;
        terms.mutual = SPDM_MUTUAL_ENCAPSULATED;
        terms.requester_asym = asyms[i].number;
        if (!is_here(asyms[i].name, asym_is_available(terms.requester_asym), (unsigned)count))
            continue;
        for (size_t k = 0; k < count; k++) {
            terms.asym = columns[k].number;
            fill_cell(terms, later(SPDM_1_1, later(asyms[i].since, columns[k].since)), false,
                      row[k]);
        }
        print_row(asyms[i].name, row, count);
    }
    end_table();
}

TEST(every_group_goes_with_every_aead_in_every_version)
{
    char row[COUNT_OF(aeads)][CELL_SIZE];
    size_t columns = COUNT_OF(aeads);
    begin_table();
    while (!is_here(aeads[columns - 1].name, aead_is_available(aeads[columns - 1].number),
                    COUNT_OF(groups)))
        columns--;
    print_head("group", aeads, columns);
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        struct pair_terms terms = usual;
        terms.group = groups[i].number;
        if (terms.group &&
            !is_here(groups[i].name, group_is_available(terms.group), (unsigned)columns))
            continue;
        for (size_t k = 0; k < columns; k++) {
            terms.aead = aeads[k].number;
            fill_cell(terms, later(groups[i].since, aeads[k].since), false, row[k]);
        }
        print_row(groups[i].name, row, columns);
    }
    end_table();
}

/* ---- transports ---- */

struct way {
    const char *name;
    const struct spdm_transport *transport;
    bool in_emulator;
};

static const struct way ways[] = {
    {"tcp", &spdm_tcp, false},           {"mctp", &spdm_mctp, false},
    {"pci-doe", &spdm_doe, false},       {"tcp emulator", &spdm_tcp, true},
    {"mctp emulator", &spdm_mctp, true}, {"doe emulator", &spdm_doe, true},
};

struct handshake {
    const char *name;
    uint8_t mutual;
    bool is_in_the_clear, is_mac_only, is_psk;
};

static const struct handshake handshakes[] = {
    {"one way", SPDM_MUTUAL_NONE, false, false, false},
    {"one way, clear", SPDM_MUTUAL_NONE, true, false, false},
    {"one way, MAC", SPDM_MUTUAL_NONE, false, true, false},
    {"asked", SPDM_MUTUAL_ENCAPSULATED, false, false, false},
    {"asked, clear", SPDM_MUTUAL_ENCAPSULATED, true, false, false},
    {"asked, MAC", SPDM_MUTUAL_ENCAPSULATED, false, true, false},
    {"implicit", SPDM_MUTUAL_IMPLICIT_DIGESTS, false, false, false},
    {"implicit, clear", SPDM_MUTUAL_IMPLICIT_DIGESTS, true, false, false},
    {"implicit, MAC", SPDM_MUTUAL_IMPLICIT_DIGESTS, false, true, false},
    {"psk", SPDM_MUTUAL_NONE, false, false, true},
    {"psk, MAC", SPDM_MUTUAL_NONE, false, true, true},
};

TEST(every_handshake_goes_over_every_transport_in_every_version)
{
    char row[COUNT_OF(ways)][CELL_SIZE];
    begin_table();
    printf("  %-*s", ROW_NAME_WIDTH, "handshake");
    for (size_t k = 0; k < COUNT_OF(ways); k++)
        printf(" %-12s", ways[k].name);
    printf("\n");
    for (size_t i = 0; i < COUNT_OF(handshakes); i++) {
        struct pair_terms terms = usual;
        terms.mutual = handshakes[i].mutual;
        terms.is_in_the_clear = handshakes[i].is_in_the_clear;
        terms.is_mac_only = handshakes[i].is_mac_only;
        terms.group = handshakes[i].is_psk ? GROUP_NONE : usual.group;
        for (size_t k = 0; k < COUNT_OF(ways); k++) {
            terms.transport = ways[k].transport;
            fill_cell(terms, i ? SPDM_1_1 : SPDM_1_0, ways[k].in_emulator, row[k]);
        }
        print_row(handshakes[i].name, row, COUNT_OF(ways));
    }
    end_table();
}
