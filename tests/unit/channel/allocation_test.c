/* SPDX-License-Identifier: Apache-2.0 */

/* What a channel does when memory runs out, wherever that is. */

#include "peers.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__

/* R1 */
TEST(the_failure_of_any_allocation_opens_nothing_that_should_not_and_leaks_nothing)
{
    the_world();
    SKIP(1, "the sanitizer keeps malloc for itself");
}

#else

/* In front of the C library's, for us and for OpenSSL alike. */
#define SEEN_BY_ALL __attribute__((visibility("default")))
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static long until_failure = -1; /* -1: none will fail */
static bool has_failed;
static long held; /* allocations that were not given back */

static bool fails(void)
{
    if (until_failure < 0 || until_failure-- > 0)
        return false;
    has_failed = true;
    return true;
}

static void *count(void *memory)
{
    held += memory != NULL;
    return memory;
}

SEEN_BY_ALL void *malloc(size_t size)
{
    return fails() ? NULL : count(__libc_malloc(size));
}

SEEN_BY_ALL void *calloc(size_t members, size_t size)
{
    return fails() ? NULL : count(__libc_calloc(members, size));
}

SEEN_BY_ALL void *realloc(void *memory, size_t size)
{
    if (fails())
        return NULL;
    void *const grown = __libc_realloc(memory, size);
    held += grown && !memory;
    return grown;
}

SEEN_BY_ALL void free(void *memory)
{
    held -= memory != NULL;
    __libc_free(memory);
}

/* Both ends from the beginning to a word said each way; whatever fails fails. */
static void live(struct peers *peers)
{
    const status client = channel_open(&peers->client.context, ROLE_CLIENT, PURPOSE_LINK, start,
                                       &peers->client.channel);
    const status server = channel_open(&peers->server.context, ROLE_SERVER, PURPOSE_NONE, start,
                                       &peers->server.channel);
    if (client.fault || server.fault)
        return;
    exchange(peers);
    const status asked = say(&peers->client, slice_of_text("question"));
    exchange(peers);
    (void)asked.fault;
}

/* The simulated guests allocate as well; what they cannot make is no evidence. */
static void prepare_quietly(struct peers *peers)
{
    prepare(peers);
    make_mutual(peers);
    peers->client.evidence_may_fail = peers->server.evidence_may_fail = true;
}

/* True when an allocation did fail. */
static bool live_until(long failing_allocation)
{
    struct peers peers;
    prepare_quietly(&peers);
    has_failed = false;
    until_failure = failing_allocation;
    live(&peers);
    until_failure = -1;
    /* A frame comes only out of an open channel, and only what was said. */
    EXPECT(peers.server.frame_count == 0 || saw(&peers.server, CHANNEL_OPEN) == 1);
    EXPECT(peers.server.frame_bytes == 0 || peers.server.frame_bytes == 8);
    part(&peers);
    return has_failed;
}

/* R1: OpenSSL keeps the texts of its last errors, and little else. */
TEST(the_failure_of_any_allocation_opens_nothing_that_should_not_and_leaks_nothing)
{
    enum { OPENSSL_KEEPS = 64 };
    EXPECT(!live_until(-1)); /* fills the caches */
    const long before = held;
    long failures = 0;
    /* The first ones all, then fewer; SPDM's handshake has more of them. */
    const long spread = PEERS_KIND == CHANNEL_TLS ? 400 : 40;
    while (live_until(failures + failures * failures / spread))
        failures++;
    EXPECT(failures > 300);
    EXPECT(held <= before + OPENSSL_KEEPS);
    if (held > before + OPENSSL_KEEPS)
        printf("  %ld allocations were not given back\n", held - before);
}

#endif
