/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/capture_guard.h"

#include "codec/json.h"
#include "gateway/capture.h"
#include "net/policy_route.h"

#include <linux/capability.h>
#include <nftables/libnftables.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct policy_route routes = {CAPTURE_MARK, CAPTURE_MARK_MASK, CAPTURE_ROUTES};

static bool may_change_networks(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
    return syscall(SYS_capget, &header, sets) == 0 &&
           sets[CAP_TO_INDEX(CAP_NET_ADMIN)].effective & CAP_TO_MASK(CAP_NET_ADMIN);
}

static status expect_right(struct problem *problem)
{
    return may_change_networks()
               ? OK
               : problem_at(problem, 0,
                            "the packet filter's rules for transparent: need CAP_NET_ADMIN, which "
                            "this process has not");
}

/* One transaction: all of it is done, or none. `out` may be NULL. */
static status run(const char *commands, unsigned flags, struct buffer *out, struct problem *problem)
{
    struct nft_ctx *const context = nft_ctx_new(NFT_CTX_DEFAULT);
    if (!context)
        return problem_at(problem, 0, "the packet filter (nftables) cannot be reached");
    nft_ctx_output_set_flags(context, flags);
    const bool is_ready = nft_ctx_buffer_output(context) == 0 && nft_ctx_buffer_error(context) == 0;
    status done = OK;
    if (!is_ready || nft_run_cmd_from_buffer(context, commands) != 0) {
        const char *const said = is_ready ? nft_ctx_get_error_buffer(context) : "no memory";
        done = problem_at(problem, 0, "the packet filter (nftables) refused: %.*s",
                          (int)strcspn(said, "\n"), said);
    } else if (out) {
        done = buffer_append(out, slice_of_text(nft_ctx_get_output_buffer(context)));
    }
    nft_ctx_free(context);
    return done;
}

static status set_routes(bool is_on, struct problem *problem)
{
    const status set = policy_route_set(&routes, is_on);
    return set.fault ? problem_at(problem, 0, "routing for transparent: %s", set.fault->what) : OK;
}

/* Rules first: what they mark and nothing routes yet is refused. */
status capture_guard_on(const struct config *config, struct problem *problem)
{
    static const uint8_t nul[] = {0};
    SCOPED(buffer) rules = {0};
    if (!config->captured.count)
        return OK;
    TRY(expect_right(problem));
    TRY(capture_rules_write(config, &rules));
    TRY(buffer_append(&rules, SLICE(nul)));
    TRY(run((const char *)rules.data, 0, NULL, problem));
    return set_routes(true, problem);
}

status capture_guard_off(struct problem *problem)
{
    TRY(expect_right(problem));
    TRY(run("add table inet " CAPTURE_TABLE "\ndelete table inet " CAPTURE_TABLE "\n", 0, NULL,
            problem));
    return set_routes(false, problem);
}

/* {"nftables": [ ..., {"counter": {"family", "name", "table", "packets", "bytes"}} ]} */
static void find_counter(const json_t *answer, struct capture_guard *out)
{
    size_t index;
    const json_t *entry;
    json_array_foreach(json_object_get(answer, "nftables"), index, entry)
    {
        const json_t *const counter = json_object_get(entry, "counter");
        const char *const name = json_string_value(json_object_get(counter, "name"));
        const char *const table = json_string_value(json_object_get(counter, "table"));
        if (!name || !table || strcmp(name, CAPTURE_COUNTER) != 0 ||
            strcmp(table, CAPTURE_TABLE) != 0)
            continue;
        out->is_on = true;
        out->refused_packets = (uint64_t)json_integer_value(json_object_get(counter, "packets"));
        out->refused_bytes = (uint64_t)json_integer_value(json_object_get(counter, "bytes"));
    }
}

status capture_guard_show(struct capture_guard *out, struct problem *problem)
{
    SCOPED(buffer) said = {0};
    SCOPED(json) answer = {0};
    struct capture_guard guard = {0};
    TRY(expect_right(problem));
    TRY(run("list counters inet", NFT_CTX_OUTPUT_JSON, &said, problem));
    if (json_read(buffer_view(&said), &answer).fault)
        return problem_at(problem, 0, "the packet filter's answer is no JSON");
    find_counter(answer.root, &guard);
    *out = guard;
    return OK;
}
