/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What SPDM costs a core: sessions set up between our two roles in one process, beside the
 * public-key operations that no session can do without; secured messages beside the AEAD alone; and
 * how large the roles' contexts are. One line a figure: "name ours bound".
 *
 *   cix-bench-spdm
 */

#include "crypto/agreement.h"

#include "spdm_pair.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <time.h>

enum { ROUNDS = 7, SETUPS_A_ROUND = 100, RECORDS_A_ROUND = 3000 };

static double cpu_us(void)
{
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec * 1e6 + (double)at.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, compare);
    return values[ROUNDS / 2];
}

static void need(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

/* ---- what no session can do without, by OpenSSL alone ---- */

struct kind {
    const char *name;
    enum group group;
    enum asym asym;
    enum hash hash;
    enum curve curve;
    const EVP_MD *(*md)(void);
};

static const struct kind kinds[] = {
    {"P-256", GROUP_P256, ASYM_ECDSA_P256, HASH_SHA256, CURVE_P256, EVP_sha256},
    {"P-384", GROUP_P384, ASYM_ECDSA_P384, HASH_SHA384, CURVE_P384, EVP_sha384},
};

/* Each operation in the cheapest way that OpenSSL has: contexts are made once where they can be. */
struct bare {
    EVP_PKEY *key, *peer;
    EVP_PKEY_CTX *makes, *signs, *verifies;
    unsigned char signature[256], digest[64];
    size_t signature_size, digest_size;
};

static void bare_begin(struct bare *bare, const struct kind *kind)
{
    *bare = (struct bare){.key = EVP_EC_gen(kind->name),
                          .peer = EVP_EC_gen(kind->name),
                          .digest_size = (size_t)EVP_MD_get_size(kind->md())};
    need(bare->key && bare->peer, "keys");
    bare->makes = EVP_PKEY_CTX_new(bare->key, NULL);
    bare->signs = EVP_PKEY_CTX_new(bare->key, NULL);
    bare->verifies = EVP_PKEY_CTX_new(bare->key, NULL);
    need(bare->makes && EVP_PKEY_keygen_init(bare->makes) == 1 && bare->signs &&
             EVP_PKEY_sign_init(bare->signs) == 1 && bare->verifies &&
             EVP_PKEY_verify_init(bare->verifies) == 1,
         "contexts");
}

static void bare_end(struct bare *bare)
{
    EVP_PKEY_CTX_free(bare->makes);
    EVP_PKEY_CTX_free(bare->signs);
    EVP_PKEY_CTX_free(bare->verifies);
    EVP_PKEY_free(bare->key);
    EVP_PKEY_free(bare->peer);
}

static void bare_sign_and_verify(struct bare *bare)
{
    bare->signature_size = sizeof bare->signature;
    need(EVP_PKEY_sign(bare->signs, bare->signature, &bare->signature_size, bare->digest,
                       bare->digest_size) == 1 &&
             EVP_PKEY_verify(bare->verifies, bare->signature, bare->signature_size, bare->digest,
                             bare->digest_size) == 1,
         "a signature");
}

/* A key for this once, and the secret that it gives with the peer's. */
static void bare_agree(struct bare *bare)
{
    unsigned char secret[128];
    size_t size = sizeof secret;
    EVP_PKEY *key = NULL;
    need(EVP_PKEY_keygen(bare->makes, &key) == 1, "a key");
    EVP_PKEY_CTX *const context = EVP_PKEY_CTX_new(key, NULL);
    need(context && EVP_PKEY_derive_init(context) == 1 &&
             EVP_PKEY_derive_set_peer_ex(context, bare->peer, 0) == 1 &&
             EVP_PKEY_derive(context, secret, &size) == 1,
         "an agreement");
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
}

/* Both sides agree; one signs and the other verifies, or both do. */
static double bare_setup_us(const struct kind *kind, bool is_mutual)
{
    struct bare bare;
    bare_begin(&bare, kind);
    const double began = cpu_us();
    for (int i = 0; i < SETUPS_A_ROUND; i++) {
        for (int side = 0; side < 2; side++)
            bare_agree(&bare);
        for (int signs = 0; signs < (is_mutual ? 2 : 1); signs++)
            bare_sign_and_verify(&bare);
    }
    const double taken = cpu_us() - began;
    bare_end(&bare);
    return taken / SETUPS_A_ROUND;
}

/* ---- sessions ---- */

static struct pair pair; /* large */

static void finish(const char *what)
{
    if (pair_speak(&pair) == SPDM_DONE)
        return;
    fprintf(stderr, "bench: %s: %s\n", what, pair.requester.failure.fault->what);
    exit(1);
}

/* From GET_VERSION to FINISH_RSP, with a responder whose chain was read before. */
static void set_up(void)
{
    static const struct spdm_opening opening = {.slot = PAIR_SLOT};
    struct spdm_requester *const requester = &pair.requester;
    must(spdm_requester_connect(requester, pair_now, &pair.out));
    finish("connecting");
    must(spdm_requester_digests(requester, pair_now, NULL, &pair.out));
    finish("digests");
    must(spdm_requester_accept(requester, PAIR_SLOT, &pair.answering->read));
    must(spdm_requester_open_session(requester, pair_now, &opening, &pair.out));
    finish("a session");
}

static void make_party(struct pair_party *party, const struct kind *kind)
{
    SCOPED(private_key) key = {0};
    must(private_key_generate(kind->curve, &key));
    pair_party_make(party, &key, kind->hash);
}

static void measure_setups(const struct kind *kind, bool is_mutual)
{
    SCOPED(pair_party) asking = {0};
    SCOPED(pair_party) answering = {0};
    double ours[ROUNDS], bound[ROUNDS], ratio[ROUNDS];
    const struct pair_terms terms = {
        .transport = &spdm_tcp,
        .version = SPDM_1_3,
        .mutual = is_mutual ? SPDM_MUTUAL_IMPLICIT_DIGESTS : SPDM_MUTUAL_NONE,
        .hash = kind->hash,
        .asym = kind->asym,
        .requester_asym = kind->asym,
        .group = kind->group,
        .aead = AEAD_AES_256_GCM,
    };
    make_party(&asking, kind);
    make_party(&answering, kind);
    pair_begin(&pair, &terms, &asking, &answering);
    set_up();
    for (int round = 0; round < ROUNDS; round++) {
        const double began = cpu_us();
        for (int i = 0; i < SETUPS_A_ROUND; i++)
            set_up();
        ours[round] = (cpu_us() - began) / SETUPS_A_ROUND;
        bound[round] = bare_setup_us(kind, is_mutual);
        ratio[round] = ours[round] / bound[round];
    }
    pair_end(&pair);
    printf("setup %s %s %.1f %.1f %.3f\n", kind->name, is_mutual ? "mutual" : "one-way",
           median(ours), median(bound), median(ratio));
}

/* ---- secured messages ---- */

static uint8_t space[SPDM_RECORD_SIZE_MAX];
static const uint8_t key_bytes[32] = {1, 2, 3};

/* Sealed and opened by the AEAD alone, under a key that is scheduled once. */
static double bare_record_us(EVP_CIPHER_CTX *seals, EVP_CIPHER_CTX *opens, size_t size)
{
    unsigned char nonce[AEAD_NONCE_SIZE] = {0}, tag[AEAD_TAG_SIZE];
    int written;
    const double began = cpu_us();
    for (int i = 0; i < RECORDS_A_ROUND; i++) {
        memcpy(nonce, &i, sizeof i);
        need(EVP_EncryptInit_ex(seals, NULL, NULL, NULL, nonce) == 1 &&
                 EVP_EncryptUpdate(seals, space, &written, space, (int)size) == 1 &&
                 EVP_EncryptFinal_ex(seals, space + size, &written) == 1 &&
                 EVP_CIPHER_CTX_ctrl(seals, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag) == 1 &&
                 EVP_DecryptInit_ex(opens, NULL, NULL, NULL, nonce) == 1 &&
                 EVP_DecryptUpdate(opens, space, &written, space, (int)size) == 1 &&
                 EVP_CIPHER_CTX_ctrl(opens, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
                 EVP_DecryptFinal_ex(opens, space + size, &written) == 1,
             "the AEAD");
    }
    return (cpu_us() - began) / RECORDS_A_ROUND;
}

static double record_us(struct spdm_record_key *seals, struct spdm_record_key *opens, size_t size)
{
    static const struct spdm_record_form form = {.session_id = 1, .is_encrypted = true};
    slice data;
    const double began = cpu_us();
    for (int i = 0; i < RECORDS_A_ROUND; i++) {
        struct writer writer = writer_over(space, sizeof space);
        const size_t begin = spdm_record_begin(&form, &writer);
        writer.size += size; /* what is sealed lies there already */
        must(spdm_record_seal(seals, &form, &writer, begin, (slice){0}));
        must(spdm_record_open(opens, &form, space, writer.size, &data));
    }
    return (cpu_us() - began) / RECORDS_A_ROUND;
}

static EVP_CIPHER_CTX *bare_context(bool seals)
{
    EVP_CIPHER_CTX *const context = EVP_CIPHER_CTX_new();
    need(context &&
             EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key_bytes, NULL, seals) == 1,
         "a cipher");
    return context;
}

static void measure_records(size_t size)
{
    struct spdm_record_key seals = {0}, opens = {0};
    EVP_CIPHER_CTX *const bare_seals = bare_context(true), *const bare_opens = bare_context(false);
    double ours[ROUNDS], bound[ROUNDS], ratio[ROUNDS];
    must(aead_key_set(&seals.aead, AEAD_AES_256_GCM, SLICE(key_bytes)));
    must(aead_key_set(&opens.aead, AEAD_AES_256_GCM, SLICE(key_bytes)));
    for (int round = 0; round < ROUNDS; round++) {
        ours[round] = record_us(&seals, &opens, size);
        bound[round] = bare_record_us(bare_seals, bare_opens, size);
        ratio[round] = bound[round] / ours[round];
    }
    spdm_record_key_clear(&seals);
    spdm_record_key_clear(&opens);
    EVP_CIPHER_CTX_free(bare_seals);
    EVP_CIPHER_CTX_free(bare_opens);
    printf("record %zu bytes %.2f %.2f %.3f\n", size, median(ours), median(bound), median(ratio));
}

int main(void)
{
    static const size_t sizes[] = {4096, 16384, 65000};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (int is_mutual = 0; is_mutual < 2; is_mutual++)
            measure_setups(&kinds[i], is_mutual);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        measure_records(sizes[i]);
    printf("size connection %zu\nsize session %zu\nsize requester %zu\nsize responder %zu\n",
           sizeof(struct spdm_connection), sizeof(struct spdm_session),
           sizeof(struct spdm_requester), sizeof(struct spdm_responder));
    return 0;
}
