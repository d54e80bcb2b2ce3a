/* SPDX-License-Identifier: Apache-2.0 */
#include "net/policy_route.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_SIZE_MAX = 256, ANSWER_SIZE_MAX = 4096 };

/* A request as it grows: the header first, then a fixed part, then attributes. */
union request {
    struct nlmsghdr header;
    uint8_t space[REQUEST_SIZE_MAX];
};

static void put(union request *request, const void *bytes, size_t size)
{
    memcpy(request->space + request->header.nlmsg_len, bytes, size);
    request->header.nlmsg_len += (uint32_t)NLMSG_ALIGN(size);
}

static void put_u32(union request *request, uint16_t type, uint32_t value)
{
    const struct rtattr head = {.rta_len = RTA_LENGTH(sizeof value), .rta_type = type};
    put(request, &head, sizeof head);
    put(request, &value, sizeof value);
}

static void begin(union request *request, uint16_t type, bool is_on)
{
    const int on = NLM_F_CREATE | NLM_F_EXCL;
    memset(request, 0, sizeof *request);
    request->header.nlmsg_len = NLMSG_HDRLEN;
    request->header.nlmsg_type = type;
    request->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | (is_on ? on : 0));
}

/* 0, or the errno of the kernel's answer. */
static int ask(int fd, const union request *request)
{
    union {
        struct nlmsghdr header;
        uint8_t space[ANSWER_SIZE_MAX];
    } answer;
    struct nlmsgerr error;
    if (send(fd, request, request->header.nlmsg_len, 0) < 0)
        return errno;
    const ssize_t size = recv(fd, &answer, sizeof answer, 0);
    if (size < 0)
        return errno;
    if ((size_t)size < NLMSG_LENGTH(sizeof error) || answer.header.nlmsg_type != NLMSG_ERROR)
        return EPROTO;
    memcpy(&error, NLMSG_DATA(&answer.header), sizeof error);
    return -error.error;
}

static int set_rule(int fd, const struct policy_route *route, uint8_t family, bool is_on)
{
    union request request;
    const struct fib_rule_hdr rule = {.family = family, .action = FR_ACT_TO_TBL};
    begin(&request, is_on ? RTM_NEWRULE : RTM_DELRULE, is_on);
    put(&request, &rule, sizeof rule);
    put_u32(&request, FRA_PRIORITY, route->table);
    put_u32(&request, FRA_TABLE, route->table);
    put_u32(&request, FRA_FWMARK, route->mark);
    put_u32(&request, FRA_FWMASK, route->mask);
    return ask(fd, &request);
}

static int set_route(int fd, const struct policy_route *route, uint8_t family, bool is_on)
{
    union request request;
    const struct rtmsg local = {.rtm_family = family,
                                .rtm_protocol = RTPROT_STATIC,
                                .rtm_scope = RT_SCOPE_HOST,
                                .rtm_type = RTN_LOCAL};
    begin(&request, is_on ? RTM_NEWROUTE : RTM_DELROUTE, is_on);
    put(&request, &local, sizeof local);
    put_u32(&request, RTA_TABLE, route->table);
    put_u32(&request, RTA_OIF, if_nametoindex("lo"));
    return ask(fd, &request);
}

static status judge(int error, bool is_on)
{
    if (!error || (is_on && error == EEXIST) || (!is_on && (error == ENOENT || error == ESRCH)))
        return OK;
    if (error == EPERM)
        return FAIL(DENIED, "policy routing needs CAP_NET_ADMIN");
    if (error == ENETDOWN || error == ENODEV)
        return FAIL(UNAVAILABLE, "the interface lo is down");
    return FAIL(UNAVAILABLE, "the kernel refused a rule of policy routing");
}

static status set_family(int fd, const struct policy_route *route, uint8_t family, bool is_on)
{
    const int ruled = set_rule(fd, route, family, is_on);
    if (ruled == EAFNOSUPPORT || ruled == EOPNOTSUPP)
        return family == AF_INET6 ? OK : FAIL(UNAVAILABLE, "the kernel has no policy routing");
    TRY(judge(ruled, is_on));
    return judge(set_route(fd, route, family, is_on), is_on);
}

status policy_route_set(const struct policy_route *route, bool is_on)
{
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return FAIL(UNAVAILABLE, "the kernel has no netlink");
    status done = set_family(fd, route, AF_INET, is_on);
    if (!done.fault)
        done = set_family(fd, route, AF_INET6, is_on);
    close(fd);
    return done;
}
