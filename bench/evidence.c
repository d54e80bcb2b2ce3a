/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How many evidences of one platform a core verifies in a second when it knows their chain, and how
 * many signatures of which kind each costs: what `openssl speed` can be asked about.
 *
 *   cix-bench-evidence PLATFORM EVIDENCE REPORT-DATA UNIX-TIME TRUST ENDORSEMENTS...
 *
 * An empty REPORT-DATA or TRUST is none; UNIX-TIME 0 is now.
 */

#include "codec/text.h"
#include "evidence/platform.h"
#include "gateway/load.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROUNDS = 5,
    ROUND_MS = 400,
    BETWEEN_LOOKS_AT_THE_CLOCK = 16,
    FILE_SIZE_MAX = 1 << 20,
    TYPE_SIZE = 64
};

static void must(status result, const char *what)
{
    if (!result.fault)
        return;
    fprintf(stderr, "bench: %s: %s\n", what, result.fault->what);
    exit(1);
}

/* ---- what is counted: stands in front of OpenSSL's ---- */

static struct tally {
    const char *name; /* as `openssl speed` calls it */
    const char *type; /* as OpenSSL's keys say they are */
    int bits;
    unsigned long count;
} tallies[] = {
    {"ecdsap256", "EC", 256, 0}, {"ecdsap384", "EC", 384, 0}, {"ecdsap521", "EC", 521, 0},
    {"sm2", "SM2", 256, 0},      {"rsa2048", "RSA", 2048, 0}, {"rsa3072", "RSA", 3072, 0},
    {"rsa4096", "RSA", 4096, 0},
};
enum { TALLIES = sizeof tallies / sizeof *tallies };

static void count(const EVP_PKEY *key)
{
    for (size_t i = 0; key && i < TALLIES; i++)
        if (tallies[i].bits == EVP_PKEY_get_bits(key) && EVP_PKEY_is_a(key, tallies[i].type))
            tallies[i].count++;
}

int EVP_PKEY_verify(EVP_PKEY_CTX *context, const unsigned char *signature, size_t signature_size,
                    const unsigned char *digest, size_t digest_size)
{
    static int (*real)(EVP_PKEY_CTX *, const unsigned char *, size_t, const unsigned char *,
                       size_t);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "EVP_PKEY_verify");
    count(EVP_PKEY_CTX_get0_pkey(context));
    return real(context, signature, signature_size, digest, digest_size);
}

int EVP_DigestVerify(EVP_MD_CTX *context, const unsigned char *signature, size_t signature_size,
                     const unsigned char *message, size_t size)
{
    static int (*real)(EVP_MD_CTX *, const unsigned char *, size_t, const unsigned char *, size_t);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestVerify");
    count(EVP_PKEY_CTX_get0_pkey(EVP_MD_CTX_get_pkey_ctx(context)));
    return real(context, signature, signature_size, message, size);
}

/* OpenSSL's own calls do not come by those above. */
int X509_verify(X509 *certificate, EVP_PKEY *key)
{
    static int (*real)(X509 *, EVP_PKEY *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "X509_verify");
    count(key);
    return real(certificate, key);
}

int X509_CRL_verify(X509_CRL *crl, EVP_PKEY *key)
{
    static int (*real)(X509_CRL *, EVP_PKEY *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "X509_CRL_verify");
    count(key);
    return real(crl, key);
}

/* ---- what is timed ---- */

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void verify(const struct platform *platform, const struct verification *request)
{
    static struct facts facts; /* large */
    memset(&facts, 0, sizeof facts);
    must(platform->verify(request, &facts), platform->name);
    if (facts_authentic(&facts))
        return;
    for (size_t i = 0; i < facts.check_count; i++)
        if (facts.checks[i].result == CHECK_FAIL)
            fprintf(stderr, "bench: %s: %s\n", platform->name, facts.checks[i].reason);
    exit(1);
}

static double rate_of_round(const struct platform *platform, const struct verification *request,
                            unsigned long *out_count)
{
    const int64_t began = cpu_ns();
    int64_t taken = 0;
    unsigned long done = 0;
    do {
        for (int i = 0; i < BETWEEN_LOOKS_AT_THE_CLOCK; i++)
            verify(platform, request);
        done += BETWEEN_LOOKS_AT_THE_CLOCK;
        taken = cpu_ns() - began;
    } while (taken < ROUND_MS * INT64_C(1000000));
    *out_count += done;
    return (double)done * 1e9 / (double)taken;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* "snp 1784.2 ecdsap384=1" */
static void measure(const struct platform *platform, const struct verification *request)
{
    double rates[ROUNDS];
    unsigned long done = 0;
    verify(platform, request); /* from now on it knows the chain */
    for (size_t i = 0; i < TALLIES; i++)
        tallies[i].count = 0;
    for (int round = 0; round < ROUNDS; round++)
        rates[round] = rate_of_round(platform, request, &done);
    qsort(rates, ROUNDS, sizeof *rates, compare);
    printf("%s %.1f", platform->name, rates[ROUNDS / 2]);
    for (size_t i = 0; i < TALLIES; i++)
        if (tallies[i].count)
            printf(" %s=%.3g", tallies[i].name, (double)tallies[i].count / (double)done);
    putchar('\n');
}

static struct buffer evidence_of(const char *path)
{
    char type[TYPE_SIZE];
    struct problem problem = {0};
    struct buffer evidence = {0};
    SCOPED(buffer) file = {0};
    must(file_load(path, FILE_SIZE_MAX, &file, &problem), path);
    must(evidence_unwrap(buffer_view(&file), &evidence, type), path);
    return evidence;
}

int main(int argc, char **argv)
{
    static struct endorsements endorsements; /* large */
    struct problem problem = {0};
    SCOPED(buffer) report_data = {0};
    if (argc < 6)
        return 64;
    const struct platform *const platform = platform_named(argv[1]);
    struct buffer evidence = evidence_of(argv[2]);
    const int64_t at_s = strtoll(argv[4], NULL, 10);
    if (*argv[3])
        must(hex_read(slice_of_text(argv[3]), &report_data), "report data");
    if (*argv[5])
        must(trust_load(argv[5], &endorsements, &problem), argv[5]);
    for (int i = 6; i < argc; i++)
        must(endorsements_load(argv[i], &endorsements, &problem), argv[i]);
    if (!platform)
        return 64;
    measure(platform, &(struct verification){.evidence = buffer_view(&evidence),
                                             .binding = buffer_view(&report_data),
                                             .endorsements = &endorsements,
                                             .now_s = at_s ? at_s : time(NULL)});
    buffer_clear(&evidence);
    endorsements_clear(&endorsements);
    return 0;
}
