/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "gateway/state.h"
#include "sim.h"

#include <sys/resource.h>
#include <sys/un.h>
#include <sys/wait.h>

TEST(bytes_go_both_ways)
{
    SCOPED(world) world = {0};
    world_begin(&world, 2);
    struct pair pair = join(&world);
    EXPECT(writes(pair.app, "question") && reads(pair.service, "question"));
    EXPECT(writes(pair.service, "answer") && reads(pair.app, "answer"));
    part(&pair);
}

/* N8 */
TEST(what_an_application_sends_before_its_end_arrives_and_the_other_way_stays_open)
{
    SCOPED(world) world = {0};
    world_begin(&world, 1);
    struct pair pair = join(&world);
    EXPECT(writes(pair.app, "last"));
    shutdown(pair.app, SHUT_WR);
    EXPECT(reads(pair.service, "last") && ends_cleanly(pair.service));
    EXPECT(writes(pair.service, "still") && reads(pair.app, "still"));
    EXPECT(writes(pair.service, "here") && reads(pair.app, "here"));
    close(pair.service);
    EXPECT(ends_cleanly(pair.app));
    close(pair.app);
}

/* N8 */
TEST(a_service_may_end_first)
{
    SCOPED(world) world = {0};
    world_begin(&world, 1);
    struct pair pair = join(&world);
    EXPECT(writes(pair.service, "banner"));
    shutdown(pair.service, SHUT_WR);
    EXPECT(reads(pair.app, "banner") && ends_cleanly(pair.app));
    EXPECT(writes(pair.app, "thanks") && reads(pair.service, "thanks"));
    close(pair.app);
    EXPECT(ends_cleanly(pair.service));
    close(pair.service);
}

TEST(an_application_that_closes_and_is_written_to_is_known_to_be_gone)
{
    SCOPED(world) world = {0};
    world_begin(&world, 1);
    struct pair pair = join(&world);
    close(pair.app);
    EXPECT(ends_cleanly(pair.service)); /* as TCP: a close looks like an end at first */
    bool failed = false;
    for (int i = 0; i < 100 && !failed; i++) {
        failed = !writes(pair.service, "anybody?");
        usleep(20000);
    }
    EXPECT(failed);
    close(pair.service);
}

TEST(a_reset_of_the_application_reaches_the_service)
{
    SCOPED(world) world = {0};
    world_begin(&world, 2);
    struct pair pair = join(&world);
    EXPECT(writes(pair.app, "before") && reads(pair.service, "before"));
    socket_abort(pair.app);
    EXPECT(ends_with_error(pair.service));
    close(pair.service);
}

TEST(a_reset_of_the_service_reaches_the_application)
{
    SCOPED(world) world = {0};
    world_begin(&world, 2);
    struct pair pair = join(&world);
    EXPECT(writes(pair.service, "before") && reads(pair.app, "before"));
    socket_abort(pair.service);
    EXPECT(ends_with_error(pair.app));
    close(pair.app);
}

/* N12 */
TEST(a_service_that_is_not_there_is_a_reset)
{
    SCOPED(world) world = {0};
    world_begin(&world, 1);
    struct pair pair = join(&world);
    close(world.listener);
    const int app = connect_to(world.ingress_port);
    EXPECT(ends_with_error(app));
    EXPECT(writes(pair.app, "others") && reads(pair.service, "others"));
    close(app);
    part(&pair);
    world.listener = listen_somewhere();
}

/* ---- back-pressure ---- */

static void fill(uint8_t *bytes, size_t size, uint64_t offset)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((offset + i) * 2654435761U >> 13);
}

/* Writes until nobody takes more for a while, or ever; how much was taken. */
static uint64_t write_until_blocked(int fd)
{
    uint8_t bytes[8192];
    uint64_t size = 0;
    for (;;) {
        fill(bytes, sizeof bytes, size);
        const ssize_t taken = send(fd, bytes, sizeof bytes, MSG_NOSIGNAL);
        struct pollfd wanted = {.fd = fd, .events = POLLOUT};
        if (taken > 0)
            size += (uint64_t)taken;
        else if ((taken < 0 && errno != EAGAIN) || poll(&wanted, 1, 500) != 1)
            return size;
    }
}

static bool reads_exactly(int fd, uint64_t size)
{
    uint8_t got[65536], expected[65536];
    for (uint64_t at = 0; at < size;) {
        const size_t most = size - at < sizeof got ? (size_t)(size - at) : sizeof got;
        const ssize_t more = read_once(fd, got, most);
        if (more <= 0)
            return false;
        fill(expected, (size_t)more, at);
        if (memcmp(got, expected, (size_t)more) != 0)
            return false;
        at += (uint64_t)more;
    }
    return true;
}

/* N9 */
TEST(a_slow_reader_holds_its_own_sender_back_and_nobody_else)
{
    SCOPED(world) world = {0};
    world_begin(&world, 1);
    struct pair slow = join(&world), quick = join(&world);
    const uint64_t down = write_until_blocked(slow.service);
    const uint64_t up = write_until_blocked(slow.app);
    EXPECT(down > STREAM_WINDOW && up > STREAM_WINDOW);
    EXPECT(down < 32 << 20 && up < 32 << 20); /* the kernel's buffers and one window */
    EXPECT(writes(quick.app, "ping") && reads(quick.service, "ping"));
    EXPECT(writes(quick.service, "pong") && reads(quick.app, "pong"));
    EXPECT(reads_exactly(slow.app, down));
    EXPECT(reads_exactly(slow.service, up));
    shutdown(slow.service, SHUT_WR);
    EXPECT(ends_cleanly(slow.app));
    part(&slow);
    part(&quick);
}

/* N9: what is held for one client's slow services takes nothing away from another client's. */
TEST(a_client_with_many_slow_services_loses_its_own_streams_and_nobody_elses)
{
    enum { SLOW = 8 };
    SCOPED(world) world = {0};
    world_prepare(&world, 1);
    start_server(&world);
    /* Credit comes back in halves of a window: a blocked stream holds half a window or more. */
    world.server->gateway->held_size_max = (size_t)SLOW / 2 * (STREAM_WINDOW / 2);
    start_client(&world);
    struct world other = world; /* another client of the same server */
    other.ingress_port = free_port();
    start_client(&other);
    struct pair modest = join(&other), greedy[SLOW];
    int lost = 0;
    for (int i = 0; i < SLOW; i++) {
        greedy[i] = join(&world);
        write_until_blocked(greedy[i].app);
    }
    const uint64_t size = write_until_blocked(modest.app);
    for (int tries = 0; tries < 50 && lost < SLOW / 2; tries++) {
        usleep(100000);
        lost = 0;
        for (int i = 0; i < SLOW; i++)
            lost += poll(&(struct pollfd){.fd = greedy[i].app, .events = POLLIN}, 1, 0) == 1;
    }
    EXPECT(lost >= SLOW / 2 && lost < SLOW);
    EXPECT(size > STREAM_WINDOW && reads_exactly(modest.service, size));
    for (int i = 0; i < SLOW; i++)
        part(&greedy[i]);
    part(&modest);
    finish(&other.client, true);
}

/* N9: the end comes after everything that was held. */
TEST(a_slow_reader_gets_all_and_then_the_end)
{
    SCOPED(world) world = {0};
    world_begin(&world, 1);
    struct pair pair = join(&world);
    const uint64_t size = write_until_blocked(pair.service);
    close(pair.service);
    EXPECT(reads_exactly(pair.app, size) && ends_cleanly(pair.app));
    close(pair.app);
}

struct transfer {
    int fd;
    uint64_t size;
};

static void *send_all(void *argument)
{
    const struct transfer *const transfer = argument;
    uint8_t bytes[65536];
    for (uint64_t at = 0; at < transfer->size;) {
        const uint64_t left = transfer->size - at;
        const size_t size = left < sizeof bytes ? (size_t)left : sizeof bytes;
        fill(bytes, size, at);
        const ssize_t taken = send(transfer->fd, bytes, size, MSG_NOSIGNAL);
        if (taken > 0)
            at += (uint64_t)taken;
        else if (poll(&(struct pollfd){.fd = transfer->fd, .events = POLLOUT}, 1, -1) != 1)
            break; /* however long the others take */
    }
    shutdown(transfer->fd, SHUT_WR);
    return NULL;
}

TEST(many_streams_both_ways_at_once_lose_nothing)
{
    enum { PAIRS = 6, SIZE = 24 << 20 };
    SCOPED(world) world = {0};
    world_begin(&world, 2);
    struct pair pairs[PAIRS];
    struct transfer transfers[2 * PAIRS];
    pthread_t threads[2 * PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        pairs[i] = join(&world);
        transfers[2 * i] = (struct transfer){pairs[i].app, SIZE};
        transfers[2 * i + 1] = (struct transfer){pairs[i].service, SIZE + 12345};
        for (int k = 2 * i; k < 2 * i + 2; k++)
            EXPECT(pthread_create(&threads[k], NULL, send_all, &transfers[k]) == 0);
    }
    for (int i = 0; i < PAIRS; i++) {
        EXPECT(reads_exactly(pairs[i].service, SIZE) && ends_cleanly(pairs[i].service));
        EXPECT(reads_exactly(pairs[i].app, SIZE + 12345) && ends_cleanly(pairs[i].app));
    }
    for (int i = 0; i < 2 * PAIRS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < PAIRS; i++)
        part(&pairs[i]);
}

TEST(connections_come_and_go_without_a_trace)
{
    SCOPED(world) world = {0};
    world_begin(&world, 2);
    for (int i = 0; i < 300; i++) {
        struct pair pair = join(&world);
        EXPECT(writes(pair.app, "request") && reads(pair.service, "request"));
        EXPECT(writes(pair.service, "response"));
        close(pair.service);
        EXPECT(reads(pair.app, "response") && ends_cleanly(pair.app));
        close(pair.app);
    }
}

/* ---- ends that are no ends ---- */

/* P11 */
TEST(when_the_clients_gateway_ends_both_see_an_error)
{
    SCOPED(world) world = {0};
    world_begin(&world, 1);
    struct pair pair = join(&world);
    EXPECT(writes(pair.app, "in the middle") && reads(pair.service, "in the middle"));
    finish(&world.client, true);
    EXPECT(ends_with_error(pair.app));
    EXPECT(ends_with_error(pair.service));
    part(&pair);
}

/* P11 */
TEST(when_the_services_gateway_ends_both_see_an_error)
{
    SCOPED(world) world = {0};
    world_begin(&world, 2);
    struct pair pair = join(&world);
    EXPECT(writes(pair.service, "in the middle") && reads(pair.app, "in the middle"));
    finish(&world.server, true);
    EXPECT(ends_with_error(pair.app));
    EXPECT(ends_with_error(pair.service));
    part(&pair);
}

TEST(a_link_that_was_lost_is_made_again)
{
    SCOPED(world) world = {0};
    world_begin(&world, 2);
    struct pair pair = join(&world);
    finish(&world.server, true);
    EXPECT(ends_with_error(pair.app));
    part(&pair);
    start_server(&world);
    const int app = connect_to(world.ingress_port); /* waits for the link */
    const int service = accept_from(world.listener);
    EXPECT(service >= 0 && writes(app, "again") && reads(service, "again"));
    close(app);
    close(service);
}

/* P26 */
TEST(an_application_waits_for_a_link_for_a_bounded_time)
{
    SCOPED(world) world = {0};
    world_begin(&world, 1);
    finish(&world.server, true);
    const int app = connect_to(world.ingress_port);
    EXPECT(writes(app, "nobody there"));
    EXPECT(ends_with_error(app)); /* after connect_timeout: 5s */
    close(app);
}

TEST(draining_lets_streams_end_and_takes_no_new_ones)
{
    SCOPED(world) world = {0};
    world_begin(&world, 2);
    struct pair pair = join(&world);
    gateway_stop(world.client->gateway);
    usleep(300000);
    const struct address ingress = loopback(world.ingress_port);
    int refused = -1;
    EXPECT_OK(socket_connect(&ingress, &refused));
    EXPECT(wait_for(refused, POLLOUT));
    EXPECT_FAIL(UNAVAILABLE, socket_outcome(refused));
    close(refused);
    EXPECT(writes(pair.app, "the rest") && reads(pair.service, "the rest"));
    part(&pair);
    finish(&world.client, false); /* it has nobody left to serve */
}

TEST(a_service_that_drains_lets_streams_end)
{
    SCOPED(world) world = {0};
    world_begin(&world, 1);
    struct pair pair = join(&world);
    gateway_stop(world.server->gateway);
    usleep(300000);
    EXPECT(writes(pair.app, "the rest") && reads(pair.service, "the rest"));
    part(&pair);
    finish(&world.server, false);
}

TEST(draining_ends_when_its_time_is_over)
{
    SCOPED(world) world = {0};
    world_begin(&world, 1);
    struct pair pair = join(&world);
    gateway_stop(world.client->gateway);
    finish(&world.client, false); /* after drain: 5s */
    EXPECT(ends_with_error(pair.app) && ends_with_error(pair.service));
    part(&pair);
}

/* ---- limits ---- */

static int count_ended(const int *sockets, int count)
{
    int ended = 0;
    for (int i = 0; i < count; i++)
        ended += poll(&(struct pollfd){.fd = sockets[i], .events = POLLIN}, 1, 0) == 1;
    return ended;
}

/* Every lane of the world's own link is up, so that none of them needs a place of the unproved. */
static bool lanes_are_up(struct world *world, size_t count)
{
    struct gateway *const gateway = world->server->gateway;
    for (int tries = 0; tries < 100; tries++) {
        size_t lanes = 0;
        for (size_t i = 0; i < gateway->shard_count; i++)
            lanes += atomic_load(&gateway->shards[i].lane_count);
        pthread_mutex_lock(&gateway->half_open.lock);
        const size_t unproved = gateway->half_open.total;
        pthread_mutex_unlock(&gateway->half_open.lock);
        if (lanes == count && unproved == 0)
            return true;
        usleep(100000);
    }
    return false;
}

/* N11: whoever proved nothing has few places; those who have are not touched. */
TEST(a_source_has_a_bounded_number_of_connections_that_proved_nothing)
{
    enum { MORE = HALF_OPEN_PER_SOURCE_MAX + 16 };
    SCOPED(world) world = {0};
    world_begin(&world, 2);
    struct pair pair = join(&world);
    EXPECT(lanes_are_up(&world, 2));
    int silent[MORE];
    int turned_away = 0;
    for (int i = 0; i < MORE; i++)
        silent[i] = connect_to(world.link_port);
    for (int tries = 0; tries < 100 && turned_away < 16; tries++) {
        usleep(100000);
        turned_away = count_ended(silent, MORE);
    }
    usleep(300000); /* and no more than these */
    EXPECT(count_ended(silent, MORE) == 16);
    EXPECT(writes(pair.app, "unhurt") && reads(pair.service, "unhurt"));
    for (int i = 0; i < MORE; i++)
        close(silent[i]);
    part(&pair);
}

#if defined(__SANITIZE_THREAD__)
#define SKIP_WITHOUT_FORK() SKIP(1, "threads after a fork confuse ThreadSanitizer")
#else
#define SKIP_WITHOUT_FORK()
#endif

/* The gateways in a process of their own, which has few descriptors. */
static pid_t start_with_few_descriptors(struct world *world)
{
    const struct rlimit few = {96, 96};
    fflush(stdout);
    const pid_t gateways = fork();
    if (gateways != 0)
        return gateways;
    if (setrlimit(RLIMIT_NOFILE, &few) == 0) {
        start_server(world);
        start_client(world);
        sleep(60);
    }
    _exit(1);
}

/* R3 */
TEST(without_descriptors_newcomers_are_shed_and_the_others_stay)
{
    SKIP_WITHOUT_FORK();
    enum { MANY = 150 };
    struct world world = {0};
    world_prepare(&world, 2);
    const pid_t gateways = start_with_few_descriptors(&world);
    sleep(1);
    struct pair pair = join(&world);
    int apps[MANY], shed = 0;
    for (int i = 0; i < MANY; i++)
        apps[i] = connect_to(world.ingress_port);
    for (int tries = 0; tries < 100 && shed <= 50; tries++, shed = 0) {
        usleep(100000);
        for (int i = 0; i < MANY; i++)
            shed += poll(&(struct pollfd){.fd = apps[i], .events = POLLIN}, 1, 0) == 1;
        if (shed > 50)
            break;
    }
    EXPECT(shed > 50); /* all of them, when those that came in found nothing left to go out with */
    EXPECT(writes(pair.app, "kept") && reads(pair.service, "kept"));
    EXPECT(writes(pair.service, "too") && reads(pair.app, "too"));
    for (int i = 0; i < MANY; i++)
        close(apps[i]);
    for (struct pollfd more = {.fd = world.listener, .events = POLLIN}; poll(&more, 1, 300) == 1;)
        close(accept_from(world.listener));
    struct pair later = join(&world);
    EXPECT(writes(later.app, "recovered") && reads(later.service, "recovered"));
    part(&later);
    part(&pair);
    kill(gateways, SIGKILL);
    EXPECT(waitpid(gateways, NULL, 0) == gateways);
    close(world.listener);
}

static int ask_at(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return connect(fd, (const struct sockaddr *)&address, sizeof address);
}

/* No descriptor is left from here on. What the limit was is the answer. */
static struct rlimit leave_no_descriptor(void)
{
    struct rlimit before;
    EXPECT(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int lowest_free = open("/dev/null", O_RDONLY);
    close(lowest_free);
    const struct rlimit none = {(rlim_t)lowest_free, before.rlim_max};
    EXPECT(setrlimit(RLIMIT_NOFILE, &none) == 0);
    return before;
}

static int64_t processor_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* R3, S3 */
TEST(whoever_asks_for_the_status_without_descriptors_waits_and_nothing_spins)
{
    char path[64], yaml[512], byte;
    snprintf(path, sizeof path, "/tmp/cix-gateway-test-%ld.sock", (long)getpid());
    snprintf(yaml, sizeof yaml,
             "listen: [ \"" WORLD_SCHEME
             "://127.0.0.1:%u\" ]\nattest: none\nclients: any\nthreads: 1\n"
             "control_socket: %s\negress: [ { service: db, to: \"tcp://127.0.0.1:1\" } ]\n",
             free_port(), path);
    struct side *side = start(yaml);
    const int first = socket(AF_UNIX, SOCK_STREAM, 0);
    const int asks = socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT(ask_at(first, path) == 0);
    EXPECT(read_once(first, &byte, 1) == 1); /* the loop runs */
    close(first);
    usleep(100000); /* and has closed its end too */
    const struct rlimit before = leave_no_descriptor();
    EXPECT(ask_at(asks, path) == 0);
    const int64_t used_before_ms = processor_ms();
    usleep(500000);
    EXPECT(processor_ms() - used_before_ms < 100);
    EXPECT(poll(&(struct pollfd){.fd = asks, .events = POLLIN}, 1, 0) == 0);
    EXPECT(setrlimit(RLIMIT_NOFILE, &before) == 0);
    EXPECT(read_once(asks, &byte, 1) == 1 && byte == '{');
    close(asks);
    finish(&side, true);
}

/* P11: a process that dies says nothing, and its sockets must not sound like an end. */
TEST(when_a_gateways_process_is_killed_both_see_an_error)
{
    SKIP_WITHOUT_FORK();
    struct world world = {0};
    world_prepare(&world, 2);
    const pid_t gateways = start_with_few_descriptors(&world);
    sleep(1);
    struct pair pair = join(&world);
    EXPECT(writes(pair.service, "in the middle") && reads(pair.app, "in the middle"));
    kill(gateways, SIGKILL);
    EXPECT(waitpid(gateways, NULL, 0) == gateways);
    EXPECT(ends_with_error(pair.app) && ends_with_error(pair.service));
    part(&pair);
    close(world.listener);
}

/* ---- what is said at the start ---- */

static void put(const char *path, slice content)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    EXPECT(fd >= 0 && write(fd, content.data, content.size) == (ssize_t)content.size);
    close(fd);
}

/* Runs a gateway until it serves, and takes what it logged meanwhile. */
static void log_of_a_start(const char *yaml, char *out, size_t size)
{
    int ends[2];
    EXPECT(pipe(ends) == 0);
    log_set(ends[1], LOG_FORM_TEXT, LOG_LEVEL_INFO);
    struct side *side = start(yaml);
    usleep(100000);
    finish(&side, true);
    log_set(STDERR_FILENO, LOG_FORM_TEXT, LOG_LEVEL_ERROR);
    close(ends[1]);
    const ssize_t got = read(ends[0], out, size - 1);
    out[got < 0 ? 0 : got] = 0;
    close(ends[0]);
}

/* E15 */
TEST(a_root_beside_the_vendors_is_a_warning_at_start_one_line_for_each_guard)
{
    SCOPED(sim_state) state = {0};
    SCOPED(buffer) root = {0};
    char folder[] = "/tmp/cix-loud-test-XXXXXX", path[64], yaml[512], log[8192];
    EXPECT(mkdtemp(folder));
    EXPECT_OK(sim_state_for_tests(1767225600, &state));
    EXPECT_OK(certificate_der(&state.intel_root, &root));
    snprintf(path, sizeof path, "%s/root.der", folder);
    put(path, buffer_view(&root));
    snprintf(path, sizeof path, "%s/policy.yaml", folder);
    put(path, slice_of_text("trust: root.der\naccept: [ { platform: tdx, "
                            "insecure_any_measurement: true, insecure_any_instance: true } ]\n"));
    snprintf(yaml, sizeof yaml,
             "listen: [ \"" WORLD_SCHEME
             "://127.0.0.1:%u\" ]\nattest: none\nclients: { policy: %s }\n"
             "threads: 1\ncontrol_socket: none\ndrain: 1s\n"
             "egress: [ { service: db, to: \"tcp://127.0.0.1:1\" } ]\n",
             free_port(), path);
    log_of_a_start(yaml, log, sizeof log);
    char name[COMMON_NAME_SIZE_MAX];
    certificate_common_name(&state.intel_root, name);
    const char *const line = strstr(log, "trusts-other-roots where=clients roots=");
    EXPECT(strstr(log, " warning trusts-other-roots "));
    EXPECT(name[0] && line && strstr(line, name));
    EXPECT(line && !strstr(line + 1, "trusts-other-roots"));
    snprintf(path, sizeof path, "rm -rf %s", folder);
    EXPECT(system(path) == 0);
}
