/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a configuration file says (docs/configuration.md), as values; nothing is opened or started.
 * Whatever is unknown, contradictory or left open where safety hangs on it is an error that names
 * the line.
 */

#include "channel/channel.h"
#include "codec/yaml.h"
#include "link/lane.h"
#include "proxy/allow.h"

enum {
    CONFIG_NAME_SIZE_MAX = 64,
    CONFIG_PATH_SIZE_MAX = 512,
    CONFIG_LINKS_MAX = 64,
    CONFIG_INGRESS_MAX = 256,
    CONFIG_EGRESS_MAX = 256,
    EGRESS_BACKENDS_MAX = 16,
    FLOW_IDLE_DEFAULT_S = 60,
    CONFIG_DEVICES_MAX = 8,
    CONFIG_LISTENS_MAX = 16,
    CONFIG_THREADS_MAX = 64,
};

struct ingress_kind; /* gateway/ingress.h */

/* How the peer is judged. */
struct config_guard {
    char policy_path[CONFIG_PATH_SIZE_MAX]; /* empty: only with insecure_skip_appraisal */
    bool insecure_skip_appraisal;
    uint32_t reattest_s; /* 0: never again */
    int line;
};

struct config_link {
    char name[CONFIG_NAME_SIZE_MAX];
    enum channel_kind kind;
    struct endpoint connect;
    struct config_guard verify;
    int line;
};

struct config_ingress {
    const struct ingress_kind *kind;
    struct endpoint listen;
    size_t link;                                  /* index */
    char destination[STREAM_DESTINATION_MAX + 1]; /* empty: the application says */
    size_t capture_first, capture_count;          /* of the configuration's `captured` */
    char from_interface[CONFIG_NAME_SIZE_MAX];    /* empty: any; else nothing of this machine */
    char from_user[CONFIG_NAME_SIZE_MAX];         /* empty: any; else this machine's alone */
    uint32_t idle_s;                              /* of datagrams: after which a flow ends */
    bool is_told_by_proxy;           /* who connects, in a header of the PROXY protocol */
    char user[CONFIG_NAME_SIZE_MAX]; /* empty: anybody of this machine */
    char password_path[CONFIG_PATH_SIZE_MAX];
    int line;
};

struct config_egress {
    char service[CONFIG_NAME_SIZE_MAX];
    struct endpoint to[EGRESS_BACKENDS_MAX];
    size_t to_count;
    bool is_datagrams;     /* all of them UDP */
    uint32_t idle_s;       /* after which a flow of datagrams ends */
    uint32_t health_s;     /* between two checks; 0: none */
    bool tells_by_proxy_2; /* who connects, in a header of the PROXY protocol */
    int line;
};

struct config_listen {
    enum channel_kind kind;
    struct endpoint endpoint;
    int line;
};

enum config_attest { ATTEST_UNSAID, ATTEST_NONE, ATTEST_AUTO, ATTEST_NAMED };

struct config {
    struct config_link links[CONFIG_LINKS_MAX];
    size_t link_count;
    struct config_ingress ingress[CONFIG_INGRESS_MAX];
    size_t ingress_count;
    struct config_listen listens[CONFIG_LISTENS_MAX];
    size_t listen_count;
    struct config_egress egress[CONFIG_EGRESS_MAX];
    size_t egress_count;
    struct allow_list captured; /* what transparent ingresses take, one's after another's */
    struct allow_list allowed;  /* addresses that clients may reach beside the services */

    struct config_guard clients;
    enum config_attest attest;
    char attest_platform[CONFIG_NAME_SIZE_MAX];
    char devices[CONFIG_DEVICES_MAX][CONFIG_NAME_SIZE_MAX]; /* platforms that we vouch for */
    size_t device_count;
    char tsm_root[CONFIG_PATH_SIZE_MAX];    /* empty: the kernel's place */
    char tcti[CONFIG_PATH_SIZE_MAX];        /* empty: tpm2-tss's own choice */
    char spdm_device[CONFIG_PATH_SIZE_MAX]; /* empty: there is none */

    char key_path[CONFIG_PATH_SIZE_MAX]; /* empty: a key made at start, known to nobody else */
    char certificate_path[CONFIG_PATH_SIZE_MAX];
    char control_socket[CONFIG_PATH_SIZE_MAX]; /* empty: none */
    size_t threads;                            /* 0: one for each processor */
    uint32_t connect_timeout_s;
    uint32_t drain_s;
};

#define CONFIG_CONTROL_SOCKET "/run/cix/control.sock"

/*
 * `folder` is where relative paths start: the file's own. MALFORMED, and `out_problem` says which
 * line and what to write instead, otherwise. `out` is large: keep it off the stack.
 */
status config_read(slice yaml, const char *folder, struct config *out, struct problem *out_problem);
