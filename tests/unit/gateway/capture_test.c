/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/capture.h"

#include "test.h"

#define LINK "links:\n  cloud:\n    connect: tls://10.0.0.2:7443\n    verify: { policy: db.yaml }\n"

static struct config config; /* large */

/* The rules of the ingresses in `yaml`, as text. */
static const char *rules_of(const char *yaml)
{
    static char text[64 << 10];
    struct problem problem = {0};
    SCOPED(buffer) rules = {0};
    EXPECT_OK(config_read(slice_of_text(yaml), ".", &config, &problem));
    EXPECT_OK(capture_rules_write(&config, &rules));
    EXPECT(rules.size < sizeof text);
    memcpy(text, rules.data, rules.size);
    text[rules.size] = 0;
    return text;
}

static bool is_before(const char *text, const char *first, const char *then)
{
    const char *const at = strstr(text, first), *const after = strstr(text, then);
    return at && after && at < after;
}

static size_t times(const char *text, const char *line)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, line)); at++)
        count++;
    return count;
}

TEST(without_a_transparent_ingress_there_are_no_rules)
{
    SCOPED(buffer) rules = {0};
    struct problem problem = {0};
    EXPECT_OK(config_read(slice_of_text(LINK), ".", &config, &problem));
    EXPECT_OK(capture_rules_write(&config, &rules));
    EXPECT(!rules.size);
}

/* P25 */
TEST(the_table_is_replaced_in_one_transaction)
{
    const char *const text =
        rules_of(LINK "ingress:\n  - transparent: \"[::]:15001\"\n    to: cloud\n"
                      "    capture: { to: [ \"10.0.0.0/8:80\" ] }\n");
    static const char head[] =
        "add table inet cix\ndelete table inet cix\ntable inet cix {\n  counter bypass { }\n";
    EXPECT(strncmp(text, head, sizeof head - 1) == 0);
    EXPECT(is_before(
        text, "tproxy ip to :15001 accept",
        "meta mark & 0xffffff00 == 0x1c1c0100 counter name bypass reject with tcp reset"));
    EXPECT(is_before(text, "hook postrouting",
                     "oifname != \"lo\" meta mark & 0xffffff00 == 0x1c1c0100 "
                     "goto refused"));
    EXPECT(is_before(text, "meta mark & 0xffffff00 == 0x1c1c0000 return", "jump beginning"));
}

/* P24 */
TEST(a_network_is_captured_by_TCP_and_closed_for_whatever_else)
{
    const char *const text = rules_of(
        LINK "ingress:\n  - transparent: \"[::]:15001\"\n    to: cloud\n"
             "    capture: { to: [ \"10.0.0.0/8:80,8000-8999\", \"[2001:db8::]/32:*\" ] }\n");
    static const char *const lines[] = {
        "    ip daddr 10.0.0.0/8 tcp dport 80-80 meta mark set 0x1c1c0100 return\n",
        "    ip daddr 10.0.0.0/8 tcp dport 8000-8999 meta mark set 0x1c1c0100 return\n",
        "    ip6 daddr 2001:db8::/32 tcp dport 1-65535 meta mark set 0x1c1c0100 return\n",
        "    ip daddr 10.0.0.0/8 meta l4proto { udp, udplite, sctp, dccp } th dport 80-80 goto "
        "refused\n",
        "    ip6 daddr 2001:db8::/32 meta l4proto != { tcp, udp, udplite, sctp, dccp } goto "
        "refused\n",
        "    ip daddr 10.0.0.0/8 ip frag-off & 0x1fff != 0 goto refused\n",
        "    ip6 daddr 2001:db8::/32 exthdr frag exists goto refused\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        EXPECT(times(text, lines[i]) == 2); /* for what passes, and for what begins here */
    EXPECT(is_before(text, lines[2], lines[3]));
    EXPECT(strstr(text, "meta nfproto ipv4 meta l4proto tcp tproxy ip to :15001 accept") &&
           strstr(text, "meta nfproto ipv6 meta l4proto tcp tproxy ip6 to :15001 accept"));
}

TEST(each_ingress_has_a_mark_and_takes_from_whom_it_says)
{
    const char *const text = rules_of(
        LINK "ingress:\n  - { listen: \"tcp://127.0.0.1:1\", to: cloud/db }\n"
             "  - { transparent: \"127.0.0.1:2\", to: cloud, capture: { to: [ \"10.0.0.0/8:80\" ], "
             "from: { user: alice } } }\n"
             "  - { transparent: \"[::1]:3\", to: cloud, capture: { to: [ \"[::]/0:443\" ], "
             "from: { interface: eth0.7 } } }\n");
    const char *const alice = "    meta skuid \"alice\" ip daddr 10.0.0.0/8 tcp dport 80-80 meta "
                              "mark set 0x1c1c0101 return\n";
    const char *const passing =
        "    iifname \"eth0.7\" ip6 daddr ::/0 tcp dport 443-443 meta mark set "
        "0x1c1c0102 return\n";
    EXPECT(times(text, alice) == 1 && is_before(text, "chain beginning {", alice));
    EXPECT(times(text, passing) == 1 && is_before(text, passing, "chain beginning {"));
    EXPECT(strstr(text, "meta mark 0x1c1c0101 meta nfproto ipv4 meta l4proto tcp tproxy ip to "
                        "127.0.0.1:2 accept"));
    EXPECT(strstr(text, "meta mark 0x1c1c0102 meta nfproto ipv6 meta l4proto tcp tproxy ip6 to "
                        "[::1]:3 accept"));
    EXPECT(times(text, "tproxy") == 2 && !strstr(text, "0x1c1c0100 meta"));
}

static const struct mistake {
    const char *ingress, *told;
} mistakes[] = {
    {"{ transparent: \"[::]:1\", to: cloud }", "capture"},
    {"{ transparent: \"[::]:1\", to: cloud/db, capture: { to: [ \"10.0.0.0/8:80\" ] } }",
     "write LINK alone"},
    {"{ transparent: \"here:1\", to: cloud, capture: { to: [ \"10.0.0.0/8:80\" ] } }",
     "write an address"},
    {"{ transparent: \"[::]:1\", to: cloud, capture: { to: [ \"db.example:80\" ] } }",
     "to addresses"},
    {"{ transparent: \"[::]:1\", to: cloud, capture: { to: [ \"udp://10.0.0.1:53\" ] } }",
     "to addresses"},
    {"{ transparent: \"[::]:1\", to: cloud, capture: { to: [ \"10.0.0.1/8:53\" ] } }",
     "beyond its prefix"},
    {"{ transparent: \"[::]:1\", to: cloud, capture: { to: [ \"10.0.0.1\" ] } }", "no ports"},
    {"{ transparent: \"[::]:1\", to: cloud, capture: { to: [] } }", "to: write"},
    {"{ transparent: \"127.0.0.1:1\", to: cloud, capture: { to: [ \"[::1]:5\" ] } }",
     "IPv4 and IPv6"},
    {"{ transparent: \"[::1]:1\", to: cloud, capture: { to: [ \"10.0.0.1:5\" ] } }",
     "IPv4 and IPv6"},
    {"{ listen: \"tcp://h:1\", to: cloud/db, capture: { to: [ \"10.0.0.1:5\" ] } }",
     "transparent: alone"},
    {"{ transparent: \"[::]:1\", to: cloud, capture: { too: [ \"10.0.0.1:5\" ] } }", "'too'"},
    {"{ transparent: \"[::]:1\", to: cloud, capture: { to: [ \"10.0.0.1:5\" ], from: { user: a, "
     "interface: b } } }",
     "two entries"},
    {"{ transparent: \"[::]:1\", to: cloud, capture: { to: [ \"10.0.0.1:5\" ], from: {} } }",
     "from: write"},
    {"{ transparent: \"[::]:1\", to: cloud, capture: { to: [ \"10.0.0.1:5\" ], from: { user: 'a\" "
     "accept' } } }",
     "letters, digits"},
    {"{ transparent: \"[::]:1\", socks5: \"h:1\", to: cloud }", "two entries"},
};

TEST(mistakes_are_told_with_what_to_write)
{
    char yaml[1024];
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct problem problem = {0};
        snprintf(yaml, sizeof yaml, LINK "ingress:\n  - %s\n", mistakes[i].ingress);
        EXPECT_FAIL(MALFORMED, config_read(slice_of_text(yaml), ".", &config, &problem));
        EXPECT(problem.line == 6 && strstr(problem.text, mistakes[i].told));
        if (!strstr(problem.text, mistakes[i].told))
            printf("%s: line %d: %s\n", mistakes[i].ingress, problem.line, problem.text);
    }
}
