/* SPDX-License-Identifier: Apache-2.0 */
#include "net/datagrams.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Room for the one control message that each datagram has. */
union control {
    struct cmsghdr align;
    uint8_t space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static bool ask_for_local_addresses(int fd, sa_family_t family)
{
    const int on = 1;
    return family == AF_INET6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0
                              : setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0;
}

status datagrams_listen(const struct address *address, int *out_fd)
{
    const int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno == EMFILE || errno == ENFILE
                   ? FAIL(EXHAUSTED, "out of descriptors")
                   : FAIL(UNAVAILABLE, "this machine does not speak that address family");
    if (!ask_for_local_addresses(fd, address->any.sa_family) ||
        bind(fd, &address->any, address->size) < 0) {
        const int error = errno;
        close(fd);
        return error == EADDRINUSE ? FAIL(UNAVAILABLE, "the port is in use by another program")
               : error == EACCES   ? FAIL(UNAVAILABLE, "not permitted: ports below 1024 need "
                                                         "CAP_NET_BIND_SERVICE")
                                   : FAIL(UNAVAILABLE, "not an address of this machine");
    }
    *out_fd = fd;
    return OK;
}

/* ---- receiving ---- */

static void take_local(struct msghdr *message, struct local_address *out)
{
    *out = (struct local_address){.family = AF_UNSPEC};
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        struct in_pktinfo v4;
        struct in6_pktinfo v6;
        if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO) {
            memcpy(&v4, CMSG_DATA(at), sizeof v4);
            *out = (struct local_address){.family = AF_INET, .v4 = v4.ipi_spec_dst};
        } else if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_PKTINFO) {
            memcpy(&v6, CMSG_DATA(at), sizeof v6);
            *out = (struct local_address){
                .family = AF_INET6, .v6 = v6.ipi6_addr, .interface = v6.ipi6_ifindex};
        }
    }
}

status datagram_receive(int fd, uint8_t *space, size_t capacity, size_t *out_size,
                        struct address *out_from, struct local_address *out_at)
{
    struct iovec bytes = {space, capacity};
    union control control;
    struct address from = {.is_udp = true};
    struct msghdr message = {.msg_name = &from.path,
                             .msg_namelen = sizeof from.path,
                             .msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    const ssize_t size = recvmsg(fd, &message, 0);
    if (size < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK
                   ? FAIL(UNEXPECTED, "no datagram waits")
                   : FAIL(UNAVAILABLE, "an earlier datagram was not taken");
    from.size = message.msg_namelen;
    take_local(&message, out_at);
    *out_size = (size_t)size;
    *out_from = from;
    return OK;
}

/* ---- sending ---- */

static size_t put_local(struct msghdr *message, const struct local_address *from)
{
    struct cmsghdr *const at = CMSG_FIRSTHDR(message);
    if (from->family == AF_INET) {
        const struct in_pktinfo v4 = {.ipi_spec_dst = from->v4};
        at->cmsg_level = IPPROTO_IP;
        at->cmsg_type = IP_PKTINFO;
        at->cmsg_len = CMSG_LEN(sizeof v4);
        memcpy(CMSG_DATA(at), &v4, sizeof v4);
        return CMSG_SPACE(sizeof v4);
    }
    const struct in6_pktinfo v6 = {.ipi6_addr = from->v6, .ipi6_ifindex = from->interface};
    at->cmsg_level = IPPROTO_IPV6;
    at->cmsg_type = IPV6_PKTINFO;
    at->cmsg_len = CMSG_LEN(sizeof v6);
    memcpy(CMSG_DATA(at), &v6, sizeof v6);
    return CMSG_SPACE(sizeof v6);
}

status datagram_send(int fd, slice bytes, const struct address *to,
                     const struct local_address *from)
{
    struct iovec part = {(void *)bytes.data, bytes.size};
    union control control = {0};
    struct address name = *to;
    struct msghdr message = {
        .msg_name = &name.path, .msg_namelen = to->size, .msg_iov = &part, .msg_iovlen = 1};
    if (from->family != AF_UNSPEC) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        message.msg_controllen = put_local(&message, from);
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? FAIL(UNAVAILABLE, "the datagram was not taken")
                                                   : OK;
}
