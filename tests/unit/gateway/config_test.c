/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/config.h"

#include "gateway/ingress.h"

#include "test.h"

/* A gateway beside the clients, and one inside the TEE. */
#define LINK "links:\n  cloud:\n    connect: tls://10.0.0.2:7443\n    verify: { policy: db.yaml }\n"
#define INGRESS "ingress:\n  - listen: tcp://127.0.0.1:5432\n    to: cloud/db\n"
#define SERVER                                                                                     \
    "listen: [ tls://0.0.0.0:7443 ]\nattest: none\nclients: any\n"                                 \
    "egress:\n  - service: db\n    to: tcp://127.0.0.1:5432\n"

static struct config config; /* large */

static status read(const char *yaml, struct problem *problem)
{
    *problem = (struct problem){0};
    memset(&config, 0xee, sizeof config);
    return config_read(slice_of_text(yaml), "/etc/cix", &config, problem);
}

TEST(the_example_beside_the_clients_is_read)
{
    struct problem problem;
    EXPECT_OK(read("links:\n"
                   "  cloud:\n"
                   "    connect: \"tls://10.0.0.2:7443\"\n"
                   "    verify: { policy: db.yaml }\n"
                   "    reattest: 5m\n"
                   "  lab:\n"
                   "    connect: \"tls://[::1]:1\"\n"
                   "    verify: { policy: /abs/lab.yaml, reattest: 2h }\n"
                   "ingress:\n"
                   "  - listen: \"tcp://127.0.0.1:5432\"\n"
                   "    to: \"cloud/db\"\n"
                   "  - { listen: \"tcp://127.0.0.1:5433\", to: lab/db-2 }\n"
                   "control_socket: run/cix.sock\n"
                   "threads: 3\n"
                   "connect_timeout: 7s\n"
                   "drain: 0\n",
                   &problem));
    EXPECT(config.link_count == 2 && config.ingress_count == 2);
    EXPECT(strcmp(config.links[0].name, "cloud") == 0 &&
           strcmp(config.links[0].connect.host, "10.0.0.2") == 0 &&
           config.links[0].connect.port == 7443 && config.links[0].verify.reattest_s == 300);
    EXPECT(strcmp(config.links[0].verify.policy_path, "/etc/cix/db.yaml") == 0);
    EXPECT(strcmp(config.links[1].connect.host, "::1") == 0 &&
           strcmp(config.links[1].verify.policy_path, "/abs/lab.yaml") == 0 &&
           config.links[1].verify.reattest_s == 7200);
    EXPECT(config.ingress[0].link == 0 && config.ingress[1].link == 1);
    EXPECT(strcmp(config.ingress[1].destination, "db-2") == 0 &&
           config.ingress[1].listen.port == 5433 && config.ingress[1].kind == ingress_kind_at(0));
    EXPECT(strcmp(config.control_socket, "/etc/cix/run/cix.sock") == 0);
    EXPECT(config.threads == 3 && config.connect_timeout_s == 7 && config.drain_s == 0);
    EXPECT(config.attest == ATTEST_UNSAID && !config.clients.line);
}

TEST(the_example_inside_the_TEE_is_read)
{
    struct problem problem;
    EXPECT_OK(read("listen: [ \"tls://0.0.0.0:7443\", \"tls://[::]:7444\" ]\n"
                   "attest: auto\n"
                   "clients: { policy: strict.yaml }\n"
                   "egress:\n"
                   "  - service: db\n"
                   "    to: \"tcp://db.internal:5432\"\n"
                   "identity: { key: key.pem, certificate: /pki/cert.pem }\n"
                   "tsm_root: sim\n"
                   "control_socket: none\n",
                   &problem));
    EXPECT(config.listen_count == 2 && config.egress_count == 1);
    EXPECT(config.attest == ATTEST_AUTO && !config.control_socket[0]);
    EXPECT(strcmp(config.clients.policy_path, "/etc/cix/strict.yaml") == 0 &&
           config.clients.reattest_s == 3600 && !config.clients.insecure_skip_appraisal);
    EXPECT(strcmp(config.egress[0].service, "db") == 0 &&
           strcmp(config.egress[0].to[0].host, "db.internal") == 0);
    EXPECT(strcmp(config.key_path, "/etc/cix/key.pem") == 0 &&
           strcmp(config.certificate_path, "/pki/cert.pem") == 0 &&
           strcmp(config.tsm_root, "/etc/cix/sim") == 0);
    EXPECT(config.threads == 0 && config.drain_s == 30 && config.connect_timeout_s == 10);
}

TEST(clients_any_is_the_one_way_in_without_a_policy)
{
    struct problem problem;
    EXPECT_OK(read(SERVER, &problem));
    EXPECT(config.clients.insecure_skip_appraisal && !config.clients.policy_path[0]);
    EXPECT(strcmp(config.control_socket, CONFIG_CONTROL_SOCKET) == 0);
}

TEST(every_way_in_and_out_is_read)
{
    struct problem problem;
    EXPECT_OK(read(LINK "ingress:\n  - { listen: \"unix:///run/db\", to: cloud/db }\n"
                        "  - { listen: \"vsock://4294967295:99\", to: cloud/db }\n"
                        "  - socks5: \"[::1]:1080\"\n    to: cloud\n    user: alice\n"
                        "    password_file: secret\n"
                        "listen: [ tls://h:1 ]\nattest: none\nclients: any\negress:\n"
                        "  - { service: db, to: \"unix:///run/postgres\" }\n"
                        "  - allow: [ \"10.0.0.0/8:80\", \"*.example:443\" ]\n"
                        "  - allow: [ \"[::1]:22\" ]\n",
                   &problem));
    EXPECT(config.ingress[0].listen.kind == ENDPOINT_UNIX);
    EXPECT(strcmp(config.ingress[0].listen.host, "/run/db") == 0);
    EXPECT(config.ingress[1].listen.kind == ENDPOINT_VSOCK);
    EXPECT(config.ingress[1].listen.context == UINT32_MAX && config.ingress[1].listen.port == 99);
    EXPECT(strcmp(config.ingress[2].kind->key, "socks5") == 0 && !config.ingress[2].destination[0]);
    EXPECT(strcmp(config.ingress[2].user, "alice") == 0);
    EXPECT(config.egress[0].to[0].kind == ENDPOINT_UNIX && config.allowed.count == 3);
}

/* P22 */
TEST(localhost_is_not_every_address_of_this_machine)
{
    struct problem problem;
    EXPECT_OK(read(LINK "ingress:\n  - listen: tcp://10.0.0.5:5432\n    to: cloud/db\n"
                        "listen: [ tls://0.0.0.0:7443 ]\nattest: none\nclients: any\n"
                        "egress:\n  - service: db\n    to: tcp://localhost:5432\n",
                   &problem));
}

static const struct mistake {
    const char *yaml;
    int line;
    const char *told;
} mistakes[] = {
    /* C1 */
    {"", 0, "nothing to do: write links: or listen:"},
    {"# nothing\n", 0, "nothing to do"},
    {"[]\n", 0, "nothing to do"},
    {"threads: 2\n", 0, "nothing to do"},
    /* C2 */
    {LINK "reattst: 5m\n", 5, "unknown key 'reattst'"},
    {"links:\n  cloud:\n    conect: tls://h:1\n", 3, "did you mean 'connect'"},
    {"links:\n  c:\n    connect: tls://h:1\n    verify: { polcy: x }\n", 4, "'policy'"},
    {LINK "ingress:\n  - listen: tcp://h:1\n    to: cloud/db\n    tls: true\n", 8, "'tls'"},
    {"egress:\n  - service: db\n    too: tcp://h:1\n", 3, "'too'"},
    {SERVER "identity: { key: a, cert: b }\n", 7, "'cert'"},
    /* C3 */
    {LINK "threads: 1\nthreads: 2\n", 6, "threads"},
    {"links:\n  a: { connect: tls://h:1, verify: { policy: x } }\n"
     "  a: { connect: tls://h:2, verify: { policy: x } }\n",
     3, "a"},
    {"listen: [ tls://h:1 ]\nattest: none\nclients: any\negress:\n"
     "  - { service: db, to: tcp://h:2 }\n  - { service: db, to: tcp://h:3 }\n",
     6, "service 'db' is there twice"},
    {LINK INGRESS "  - listen: tcp://127.0.0.1:5432\n    to: cloud/other\n", 8, "line 6"},
    {"links:\n  c:\n    connect: tls://h:1\n    verify: { policy: x, reattest: 1m }\n"
     "    reattest: 5m\n",
     5, "said twice"},
    /* C4 */
    {"links: cloud\n", 1, "write NAME: with connect: and verify: below it"},
    {"links: {}\n", 1, "write NAME:"},
    {"links:\n  cloud: tls://h:1\n", 2, "write connect: and verify: below it"},
    {LINK "ingress: { listen: tcp://h:1 }\n", 5, "write a list"},
    {LINK "ingress:\n  - tcp://h:1\n", 6, "write listen: and to:"},
    {LINK "threads: many\n", 5, "threads"},
    {LINK "threads: \"2\"\n", 5, "threads"},
    {LINK "drain: soon\n", 5, "drain"},
    {SERVER "identity: key.pem\n", 7, "write { key: FILE, certificate: FILE }"},
    {"links:\n  c:\n    connect: tls://h:1\n    verify: strict\n", 4, "write { policy: FILE }"},
    {"links:\n  c:\n    connect: tls://h:1\n    verify: { insecure_skip_appraisal: yes }\n", 4,
     "true or false"},
    {"listen: tls://h:1\n", 1, "write [ \"tls://host:port\" ]"},
    {"listen: [ ]\n", 1, "write [ \"tls://host:port\" ]"},
    /* C5 */
    {LINK "threads: 0\n", 5, "write 1 to 64"},
    {LINK "threads: 65\n", 5, "threads"},
    {LINK "connect_timeout: 0\n", 5, "write 1s to 300s"},
    {LINK "connect_timeout: 1h\n", 5, "write 1s to 300s"},
    {LINK "drain: 2d\n", 5, "write 0s to 86400s"},
    {LINK "    reattest: 8d\n", 5, "write 1s to 604800s"},
    {"links:\n  c:\n    connect: tls://h:0\n    verify: { policy: x }\n", 3, "port 0"},
    {"links:\n  c:\n    connect: tls://h:65536\n    verify: { policy: x }\n", 3, "1 to 65535"},
    {"links:\n  c:\n    connect: h:7443\n    verify: { policy: x }\n", 3, "write tls://host:port"},
    {"links:\n  c:\n    connect: tcp://h:1\n    verify: { policy: x }\n", 3,
     "write tls://host:port"},
    {"links:\n  c:\n    connect: tls://h\n    verify: { policy: x }\n", 3, "no port"},
    {"links:\n  c:\n    connect: spdm://h:0\n    verify: { policy: x }\n", 3, "port 0"},
    {"links:\n  c:\n    connect: spdm://::1\n    verify: { policy: x }\n", 3, "in brackets"},
    {"listen: [ spdm://, tls://h:1 ]\n", 1, "not a host"},
    {"listen: [ tls://h:1, spd://h:1 ]\n", 1, "write tls://host:port"},
    {"links:\n  \"a b\":\n    connect: tls://h:1\n    verify: { policy: x }\n", 2, "is not a name"},
    {"links:\n  \"a/b\":\n    connect: tls://h:1\n    verify: { policy: x }\n", 2, "is not a name"},
    {LINK "ingress:\n  - listen: quic://127.0.0.1:53\n    to: cloud/db\n", 6, "tcp://host:port"},
    {LINK "ingress:\n  - { listen: udp://h:1, to: cloud/db, proxy_protocol: true }\n", 6,
     "of streams alone"},
    {LINK "ingress:\n  - { listen: tcp://h:1, to: cloud/db, idle: 5s }\n", 6, "for datagrams"},
    {SERVER "  - { service: b, to: [ tcp://h:1, udp://h:1 ] }\n", 7, "two services"},
    {SERVER "  - { service: b, to: udp://h:1, health: 5s }\n", 7, "not for datagrams"},
    {SERVER "  - { service: b, to: udp://h:1, proxy_protocol: v2 }\n", 7, "not for datagrams"},
    {LINK "ingress:\n  - listen: tcp://127.0.0.1\n    to: cloud/db\n", 6, "no port"},
    {LINK "ingress:\n  - listen: tcp://127.0.0.1:53\n    to: cloud\n", 7, "write LINK/SERVICE"},
    {LINK "ingress:\n  - listen: tcp://127.0.0.1:53\n    to: cloud/\n", 7, "write LINK/SERVICE"},
    {LINK "ingress:\n  - listen: tcp://127.0.0.1:53\n    to: clod/db\n", 7, "no link 'clod'"},
    {LINK "ingress:\n  - listen: tcp://127.0.0.1:53\n", 6, "'to:' is missing"},
    {LINK "ingress:\n  - to: cloud/db\n", 6, "'listen:' is missing"},
    {LINK "control_socket: \"\"\n", 5, "control_socket"},
    {SERVER "tsm_root:\n", 7, "tsm_root"},
    {"listen: [ tls://h:1 ]\nattest: snq\n", 2, "attest: 'snq'"},
    /* C6, C9: nobody decides by leaving something out */
    {"links:\n  cloud:\n    connect: tls://h:1\n", 2, "'verify:' is missing"},
    {"links:\n  cloud:\n    verify: { policy: x }\n", 2, "'connect:' is missing"},
    {"links:\n  cloud:\n    connect: tls://h:1\n    verify: { reattest: 5m }\n", 4,
     "without a policy nobody is let in"},
    {"links:\n  cloud:\n    connect: tls://h:1\n    verify: { insecure_skip_appraisal: false }\n",
     4, "without a policy nobody is let in"},
    {"links:\n  cloud:\n    connect: tls://h:1\n    verify: {}\n", 4, "verify"},
    {"listen: [ tls://h:1 ]\nattest: none\negress: [ { service: a, to: tcp://h:2 } ]\n", 1,
     "listen: without clients"},
    {"listen: [ tls://h:1 ]\nclients: any\negress: [ { service: a, to: tcp://h:2 } ]\n", 1,
     "listen: without attest"},
    {"listen: [ tls://h:1 ]\nattest: none\nclients: any\n", 1, "listen: without egress"},
    {LINK "egress: [ { service: a, to: tcp://h:2 } ]\n", 5, "egress: without listen"},
    {"listen: [ tls://h:1 ]\nclients: all\n", 2, "write any, or { policy: FILE }"},
    {"listen: [ tls://h:1 ]\nclients: { reattest: 1m }\n", 2, "without a policy"},
    /* C10: a dangerous knob says so in its name, and not beside what it turns off */
    {"links:\n  cloud:\n    connect: tls://h:1\n"
     "    verify: { policy: x, insecure_skip_appraisal: true }\n",
     4, "contradict each other"},
    /* C12: what is not in this version, or not any more */
    {LINK "ingress:\n  - listen: sctp://h:1\n    to: cloud/db\n", 6, "write tcp://host:port"},
    /* what may be reached, and by whom */
    {"listen: [ tls://h:1 ]\nattest: none\nclients: any\negress:\n  - allow: [ 10.0.0.0/8 ]\n", 5,
     "write host:ports"},
    {"listen: [ tls://h:1 ]\nattest: none\nclients: any\negress:\n  - allow: []\n", 5, "write ["},
    {"listen: [ tls://h:1 ]\nattest: none\nclients: any\negress:\n"
     "  - { allow: [ \"10.0.0.0/8:80\" ], service: x }\n",
     5, "'service'"},
    {LINK "ingress:\n  - socks5: h:1\n    to: cloud/db\n", 7, "write LINK alone"},
    {LINK "ingress:\n  - socks5: h\n    to: cloud\n", 6, "no port"},
    {LINK "ingress:\n  - socks5: h:1\n    to: clod\n", 7, "links: has no link 'clod'"},
    {LINK "ingress:\n  - socks5: h:1\n    listen: tcp://h:1\n    to: cloud\n", 6, "two entries"},
    {LINK "ingress:\n  - socks5: h:1\n    to: cloud\n    user: a\n", 8, "go together"},
    {LINK "ingress:\n  - { listen: tcp://h:1, to: cloud/db, user: a, password_file: b }\n", 6,
     "does not know logins"},
    {LINK "ingress:\n  - { http: \"h:1\", to: cloud, proxy_protocol: true }\n", 6,
     "of streams alone"},
    {LINK "ingress:\n  - { listen: tcp://h:1, to: cloud/db, proxy_protocol: v1 }\n", 6, "true"},
    {SERVER "  - { service: b, to: [] }\n", 7, "write ["},
    {SERVER "  - { service: b, to: [ tcp://h:1, tcp://h:1 ] }\n", 7, "there twice"},
    {SERVER "  - { service: b, to: tcp://h:1, health: 0s }\n", 7, "write 1s to"},
    {SERVER "  - { service: b, to: tcp://h:1, proxy_protocol: v1 }\n", 7, "write v2"},
    {LINK "ingress:\n  - listen: unix://socket\n    to: cloud/db\n", 6, "absolute path"},
    {LINK "ingress:\n  - listen: vsock://2\n    to: cloud/db\n", 6, "vsock:cid:port"},
    /* P22 */
    {LINK INGRESS "listen: [ tls://0.0.0.0:7443 ]\nattest: none\nclients: any\n"
                  "egress:\n  - service: db\n    to: tcp://localhost:5432\n",
     12, "leads back into the ingress of line 6"},
    {LINK INGRESS "listen: [ tls://0.0.0.0:7443 ]\nattest: none\nclients: any\n"
                  "egress:\n  - service: db\n    to: tcp://0.0.0.0:5432\n",
     12, "leads back into the ingress of line 6"},
    {"links:\n  me:\n    connect: tls://127.0.0.1:7443\n    verify: { policy: x }\n" SERVER, 2,
     "connects to this gateway itself"},
    {"links:\n  me:\n    connect: tls://10.1.2.3:7443\n    verify: { policy: x }\n"
     "listen: [ tls://10.1.2.3:7443 ]\nattest: none\nclients: any\n"
     "egress: [ { service: a, to: tcp://h:2 } ]\n",
     2, "connects to this gateway itself"},
};

/* C1, C2, C3, C4, C5, C6, C9, C10, C12, P22 */
TEST(what_is_wrong_is_told_with_its_line_and_what_to_write)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const struct mistake *const mistake = &mistakes[i];
        struct problem problem;
        const status got = read(mistake->yaml, &problem);
        const bool told = got.fault && got.fault->failure == FAILURE_MALFORMED &&
                          problem.line == mistake->line && strstr(problem.text, mistake->told);
        if (!told)
            printf("  %zu: '%s' told: line %d: %s\n", i, mistake->yaml, problem.line, problem.text);
        EXPECT(told);
    }
}

/* C7 */
TEST(a_byte_order_mark_and_DOS_line_ends_do_no_harm_and_bytes_that_are_no_text_are_refused)
{
    struct problem problem;
    EXPECT_OK(read("\xef\xbb\xbf" LINK, &problem));
    EXPECT_OK(read("links:\r\n  c:\r\n    connect: tls://h:1\r\n    verify: { policy: x }\r\n",
                   &problem));
    EXPECT_FAIL(MALFORMED, read("links: \xff\xfe\n", &problem));
    EXPECT(problem.line == 1);
}

/* Nothing falls back to TLS: who asks for SPDM gets it. */
TEST(links_over_spdm_are_read_with_their_usual_port)
{
    static const char yaml[] =
        "links:\n  a: { connect: \"spdm://h\", verify: { policy: x } }\n"
        "  b: { connect: \"spdm://[2001:db8::1]\", verify: { policy: x } }\n"
        "  c: { connect: \"spdm://h:1\", verify: { policy: x } }\n"
        "  d: { connect: \"tls://h:1\", verify: { policy: x } }\n"
        "listen: [ spdm://0.0.0.0, tls://0.0.0.0:7443 ]\nattest: none\nclients: any\n"
        "egress: [ { service: a, to: tcp://h:2 } ]\n";
    struct problem problem;
    EXPECT_OK(read(yaml, &problem));
    EXPECT(config.links[0].kind == CHANNEL_SPDM && config.links[0].connect.port == 4194);
    EXPECT(config.links[1].kind == CHANNEL_SPDM && config.links[1].connect.port == 4194 &&
           strcmp(config.links[1].connect.host, "2001:db8::1") == 0);
    EXPECT(config.links[2].kind == CHANNEL_SPDM && config.links[2].connect.port == 1);
    EXPECT(config.links[3].kind == CHANNEL_TLS);
    EXPECT(config.listens[0].kind == CHANNEL_SPDM && config.listens[0].endpoint.port == 4194);
    EXPECT(config.listens[1].kind == CHANNEL_TLS);
}

static void repeat(char *out, size_t capacity, const char *begin, const char *format, int count)
{
    size_t size = (size_t)snprintf(out, capacity, "%s", begin);
    for (int i = 0; i < count; i++)
        size += (size_t)snprintf(out + size, capacity - size, format, i, i + 1);
    EXPECT(size < capacity);
}

TEST(too_many_of_anything_is_refused_and_the_most_is_not)
{
    static char yaml[64 << 10];
    struct problem problem;
    const char *const link = "  l%d: { connect: \"tls://h:%d\", verify: { policy: x } }\n";
    repeat(yaml, sizeof yaml, "links:\n", link, CONFIG_LINKS_MAX);
    EXPECT_OK(read(yaml, &problem));
    repeat(yaml, sizeof yaml, "links:\n", link, CONFIG_LINKS_MAX + 1);
    EXPECT_FAIL(MALFORMED, read(yaml, &problem));
    EXPECT(problem.line == CONFIG_LINKS_MAX + 2 && strstr(problem.text, "more than 64"));

    const char *const ingress = "  - { to: cloud/s%d, listen: \"tcp://h:%d\" }\n";
    repeat(yaml, sizeof yaml, LINK "ingress:\n", ingress, CONFIG_INGRESS_MAX + 1);
    EXPECT_FAIL(MALFORMED, read(yaml, &problem));
    EXPECT(strstr(problem.text, "more than 256"));

    const char *const egress = "  - { service: s%d, to: \"tcp://h:%d\" }\n";
    repeat(yaml, sizeof yaml, "egress:\n", egress, CONFIG_EGRESS_MAX + 1);
    EXPECT_FAIL(MALFORMED, read(yaml, &problem));
    EXPECT(strstr(problem.text, "more than 256"));

    const char *const listen = "  - \"tls://h%d:%d\"\n";
    repeat(yaml, sizeof yaml, "listen:\n", listen, CONFIG_LISTENS_MAX + 1);
    EXPECT_FAIL(MALFORMED, read(yaml, &problem));
    EXPECT(strstr(problem.text, "more than 16"));
}

TEST(names_and_paths_have_their_limits)
{
    static char yaml[8192];
    char name[CONFIG_NAME_SIZE_MAX + 2], path[CONFIG_PATH_SIZE_MAX + 2];
    struct problem problem;
    memset(name, 'n', sizeof name);
    name[CONFIG_NAME_SIZE_MAX - 1] = 0;
    snprintf(yaml, sizeof yaml, "links:\n  %s: { connect: \"tls://h:1\", verify: { policy: x } }\n",
             name);
    EXPECT_OK(read(yaml, &problem));
    snprintf(yaml, sizeof yaml,
             "links:\n  n%s: { connect: \"tls://h:1\", verify: { policy: x } }\n", name);
    EXPECT_FAIL(MALFORMED, read(yaml, &problem));
    memset(path, 'p', sizeof path);
    path[CONFIG_PATH_SIZE_MAX - 1] = 0;
    snprintf(yaml, sizeof yaml, LINK "tsm_root: %s\n", path); /* the folder comes before it */
    EXPECT_FAIL(MALFORMED, read(yaml, &problem));
    EXPECT(problem.line == 5);
}

TEST(a_configuration_cut_anywhere_is_read_or_refused_in_words)
{
    static const char whole[] = LINK INGRESS SERVER "identity: { key: a, certificate: b }\n"
                                                    "drain: 5s\nthreads: 2\n";
    struct problem problem;
    EXPECT_FAIL(MALFORMED, read(whole, &problem)); /* 5432 leads back */
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        problem = (struct problem){0};
        const status got =
            config_read((slice){(const uint8_t *)whole, size}, ".", &config, &problem);
        EXPECT(!got.fault || problem.text[0]);
    }
}
