/* SPDX-License-Identifier: Apache-2.0 */

/* Any configuration at all: refused in words, or such that nothing in it leads out of bounds and
 * nobody is let in whom nothing lets in. */

#include "gateway/ingress.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config config; /* large */

static void check_guard(const struct config_guard *guard)
{
    assert(guard->line > 0);
    assert(memchr(guard->policy_path, 0, sizeof guard->policy_path));
    assert(!guard->policy_path[0] == guard->insecure_skip_appraisal);
}

static void check_endpoint(const struct endpoint *endpoint)
{
    const size_t size = strnlen(endpoint->host, sizeof endpoint->host);
    const bool has_host = endpoint->kind != ENDPOINT_VSOCK;
    const bool has_port = endpoint->kind == ENDPOINT_HOST || endpoint->kind == ENDPOINT_UDP;
    assert(!size == !has_host && size < sizeof endpoint->host && (endpoint->port || !has_port));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem = {0};
    const status read = config_read((slice){data, size}, "/etc/cix", &config, &problem);
    if (read.fault) {
        assert(read.fault->failure != FAILURE_MALFORMED || problem.text[0]);
        assert(memchr(problem.text, 0, sizeof problem.text));
        return 0;
    }
    assert(config.link_count <= CONFIG_LINKS_MAX && config.ingress_count <= CONFIG_INGRESS_MAX);
    assert(config.listen_count <= CONFIG_LISTENS_MAX && config.egress_count <= CONFIG_EGRESS_MAX);
    assert(config.threads <= CONFIG_THREADS_MAX && config.connect_timeout_s);
    assert(!config.listen_count == !(config.egress_count + config.allowed.count));
    for (size_t i = 0; i < config.link_count; i++) {
        check_guard(&config.links[i].verify);
        check_endpoint(&config.links[i].connect);
    }
    for (size_t i = 0; i < config.ingress_count; i++) {
        assert(config.ingress[i].kind && config.ingress[i].link < config.link_count);
        assert(!config.ingress[i].destination[0] == !config.ingress[i].kind->picks_service);
        assert(!config.ingress[i].user[0] == !config.ingress[i].password_path[0]);
        check_endpoint(&config.ingress[i].listen);
    }
    for (size_t i = 0; i < config.egress_count; i++) {
        assert(config.egress[i].service[0]);
        assert(config.egress[i].to_count && config.egress[i].to_count <= EGRESS_BACKENDS_MAX);
        for (size_t k = 0; k < config.egress[i].to_count; k++)
            check_endpoint(&config.egress[i].to[k]);
    }
    if (config.listen_count) {
        check_guard(&config.clients);
        assert(config.attest != ATTEST_UNSAID);
    }
    return 0;
}
