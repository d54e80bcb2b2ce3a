/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/allow.h"

#include "test.h"

static void list_of(const char *const *rules, size_t count, struct allow_list *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        EXPECT_OK(allow_rule_read(rules[i], &out->rules[i]));
        out->count++;
    }
}

static bool lets(const struct allow_list *list, const char *to, const char *address)
{
    struct endpoint endpoint, number;
    struct address found;
    EXPECT_OK(endpoint_read(to, false, &endpoint));
    EXPECT_OK(endpoint_read(address, false, &number));
    EXPECT_OK(endpoint_number(&number, &found));
    return allow_asks(list, &endpoint) && allow_address(list, &endpoint, &found);
}

TEST(a_network_is_reached_at_its_ports)
{
    static const char *const rules[] = {"10.0.0.0/8:80,443,8000-8999", "[2001:db8::]/33:22",
                                        "192.0.2.7:*"};
    static struct allow_list list;
    list_of(rules, 3, &list);
    EXPECT(lets(&list, "10.1.2.3:80", "10.1.2.3:80"));
    EXPECT(lets(&list, "10.255.255.255:8999", "10.255.255.255:8999"));
    EXPECT(!lets(&list, "10.1.2.3:81", "10.1.2.3:81"));
    EXPECT(!lets(&list, "10.1.2.3:9000", "10.1.2.3:9000"));
    EXPECT(!lets(&list, "11.1.2.3:80", "11.1.2.3:80"));
    EXPECT(lets(&list, "[2001:db8:7fff::1]:22", "[2001:db8:7fff::1]:22"));
    EXPECT(!lets(&list, "[2001:db8:8000::1]:22", "[2001:db8:8000::1]:22"));
    EXPECT(lets(&list, "192.0.2.7:1", "192.0.2.7:1"));
    EXPECT(!lets(&list, "192.0.2.6:1", "192.0.2.6:1"));
}

TEST(an_IPv4_address_inside_IPv6_is_that_IPv4_address)
{
    static const char *const rules[] = {"[::]/0:443", "*.example:443"};
    static struct allow_list list;
    list_of(rules, 1, &list);
    EXPECT(!lets(&list, "[::ffff:10.0.0.1]:443", "[::ffff:10.0.0.1]:443"));
    list_of(rules + 1, 1, &list);
    EXPECT(!lets(&list, "a.example:443", "[::ffff:127.0.0.1]:443"));
    EXPECT(lets(&list, "a.example:443", "[::ffff:192.0.2.1]:443"));
}

TEST(a_name_is_reached_as_it_is_written_and_below_a_star)
{
    static const char *const rules[] = {"db.example:5432", "*.web.example:443"};
    static struct allow_list list;
    list_of(rules, 2, &list);
    EXPECT(lets(&list, "DB.example:5432", "192.0.2.1:5432"));
    EXPECT(!lets(&list, "x.db.example:5432", "192.0.2.1:5432"));
    EXPECT(!lets(&list, "db.example.net:5432", "192.0.2.1:5432"));
    EXPECT(lets(&list, "a.b.web.example:443", "192.0.2.1:443"));
    EXPECT(!lets(&list, "web.example:443", "192.0.2.1:443"));
    EXPECT(!lets(&list, "evilweb.example:443", "192.0.2.1:443"));
    EXPECT(!lets(&list, "192.0.2.1:443", "192.0.2.1:443")); /* a name's rule is not its address's */
}

/* P21 */
TEST(no_name_leads_to_neighbours_that_no_rule_of_their_own_lets_in)
{
    static const char *const special[] = {"127.0.0.1:443",
                                          "0.0.0.0:443",
                                          "169.254.169.254:443",
                                          "224.0.0.1:443",
                                          "255.255.255.255:443",
                                          "[::1]:443",
                                          "[::]:443",
                                          "[fe80::1]:443",
                                          "[ff02::1]:443",
                                          "[::ffff:169.254.169.254]:443",
                                          "[::7f00:1]:443"};
    static const char *const rules[] = {"*.example:443", "127.0.0.0/8:443"};
    static struct allow_list list;
    list_of(rules, 1, &list);
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        EXPECT(!lets(&list, "a.example:443", special[i]));
    list_of(rules, 2, &list);
    EXPECT(lets(&list, "a.example:443", "127.0.0.1:443"));
    EXPECT(lets(&list, "any.name:443", "127.0.0.1:443")); /* where it leads is allowed */
}

TEST(a_rule_is_about_TCP_unless_it_says_UDP)
{
    static const char *const rules[] = {"udp://10.0.0.53:53", "tcp://10.0.0.54:53", "10.0.0.55:53"};
    static struct allow_list list;
    list_of(rules, 3, &list);
    EXPECT(lets(&list, "udp:10.0.0.53:53", "udp:10.0.0.53:53"));
    EXPECT(!lets(&list, "10.0.0.53:53", "10.0.0.53:53"));
    EXPECT(lets(&list, "10.0.0.54:53", "10.0.0.54:53") &&
           lets(&list, "10.0.0.55:53", "10.0.0.55:53"));
    EXPECT(!lets(&list, "udp:10.0.0.55:53", "udp:10.0.0.55:53"));
}

TEST(nothing_is_allowed_that_no_rule_names)
{
    static struct allow_list list;
    EXPECT(!lets(&list, "10.0.0.1:80", "10.0.0.1:80"));
    EXPECT(!lets(&list, "a.example:80", "10.0.0.1:80"));
}

TEST(a_rule_that_means_nothing_is_refused)
{
    static const char *const wrong[] = {"",
                                        "10.0.0.0/8",
                                        "10.0.0.0/8:",
                                        "10.0.0.0/33:80",
                                        "10.0.0.0/:80",
                                        "10.0.0.1/8:80",
                                        "10.0.0.0/8:0",
                                        "10.0.0.0/8:65536",
                                        "10.0.0.0/8:80-79",
                                        "10.0.0.0/8:80,",
                                        "10.0.0.0/8:http",
                                        "10.0.0.0/8:80 ",
                                        "[::]/129:80",
                                        "[::ffff:10.0.0.0]/104:80",
                                        "[::ffff:10.0.0.1]:80",
                                        "example/8:80",
                                        "*:80",
                                        "a*.example:80",
                                        "*.*.example:80",
                                        ":80",
                                        "10.0.0.0/8/8:80",
                                        "10.0.0.0/-1:80",
                                        "a b:80",
                                        "[fe80::1%lo]:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct allow_rule rule = {.prefix = 99};
        const status read = allow_rule_read(wrong[i], &rule);
        if (!read.fault)
            printf("  '%s' was taken\n", wrong[i]);
        EXPECT(read.fault && rule.prefix == 99);
    }
    struct allow_rule rule;
    EXPECT_FAIL(EXHAUSTED,
                allow_rule_read("10.0.0.0/8:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", &rule));
}
