/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/supervisor.h"

#include "sim/calls.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_SUCH_COMMAND = 127, CANNOT_BE_SUPERVISED = 126, EXIT_SIGNAL_BASE = 128 };
enum { POLLED_LISTENER, POLLED_SIGNALS, POLLED_OPENED };

struct supervision {
    struct sim_calls calls;
    struct seccomp_notif *request;
    pid_t child;
    int signals;
    bool has_ended, was_told_to_end;
    int how; /* it ended, as of waitpid */
};

/* In the child */

/* The listener's number travels with one byte, since a message cannot be empty. */
static bool send_descriptor(int socket, int file)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    char byte = '!';
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof file);
    memcpy(CMSG_DATA(head), &file, sizeof file);
    return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

/* From here on, calls in the scenery wait until the supervisor has our listener. */
static int become_supervised(const struct sim_scenery *scenery)
{
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int listener = -1;
    if (filter && sim_calls_filter(scenery, filter) == 0 && seccomp_load(filter) == 0)
        listener = seccomp_notify_fd(filter);
    seccomp_release(filter);
    return listener;
}

__attribute__((noreturn)) static void run_child(const struct sim_scenery *scenery,
                                                const struct sim_program *program, int socket,
                                                const sigset_t *mask)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would answer any more */
    sigprocmask(SIG_SETMASK, mask, NULL);
    const int listener = become_supervised(scenery);
    if (listener < 0 || !send_descriptor(socket, listener))
        _exit(CANNOT_BE_SUPERVISED);
    (void)seccomp_reset(NULL, 0); /* closes it; else the library would take it for the next one's */
    close(socket);
    const int result = program->run(program->context);
    fflush(NULL);
    _exit(result);
}

/* In the supervisor */

static int receive_descriptor(int socket)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    char byte;
    int file = -1;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t size;
    while ((size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    const struct cmsghdr *const head = size == 1 ? CMSG_FIRSTHDR(&message) : NULL;
    if (head && head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN(sizeof file))
        memcpy(&file, CMSG_DATA(head), sizeof file);
    return file;
}

/* Those of its children that it left behind are ours to reap: a zombie still counts as a user. */
static void reap(struct supervision *supervision)
{
    int how;
    pid_t ended;
    while ((ended = waitpid(-1, &how, WNOHANG)) > 0)
        if (ended == supervision->child) {
            supervision->has_ended = true;
            supervision->how = how;
        }
}

static void handle_signals(struct supervision *supervision)
{
    struct signalfd_siginfo info;
    while (read(supervision->signals, &info, sizeof info) == sizeof info) {
        const int number = (int)info.ssi_signo;
        if (number == SIGCHLD || number == SIGINT) /* a terminal's interrupt reaches it, too */
            continue;
        supervision->was_told_to_end = true;
        if (!supervision->has_ended)
            kill(supervision->child, number);
    }
    reap(supervision);
}

static void handle_call(struct supervision *supervision)
{
    memset(supervision->request, 0, sizeof *supervision->request);
    if (seccomp_notify_receive(supervision->calls.listener, supervision->request) == 0)
        sim_calls_answer(&supervision->calls, supervision->request);
}

static void serve(struct supervision *supervision)
{
    struct sim_calls *const calls = &supervision->calls;
    struct pollfd polled[POLLED_OPENED + SIM_OPENED_MAX];
    while (!supervision->has_ended || !supervision->was_told_to_end) {
        const size_t opened = calls->opened_count;
        polled[POLLED_LISTENER] = (struct pollfd){calls->listener, POLLIN, 0};
        polled[POLLED_SIGNALS] = (struct pollfd){supervision->signals, POLLIN, 0};
        for (size_t i = 0; i < opened; i++) /* only whether it hung up */
            polled[POLLED_OPENED + i] = (struct pollfd){calls->opened[i].ours, 0, 0};
        if (poll(polled, (nfds_t)(POLLED_OPENED + opened), -1) < 0)
            continue;
        for (size_t i = opened; i > 0; i--)
            if (polled[POLLED_OPENED + i - 1].revents)
                sim_calls_forget(calls, i - 1);
        if (polled[POLLED_SIGNALS].revents)
            handle_signals(supervision);
        if (polled[POLLED_LISTENER].revents & POLLIN)
            handle_call(supervision);
        else if (polled[POLLED_LISTENER].revents)
            return; /* nobody is left who could call */
    }
}

static void wait_for_child(struct supervision *supervision)
{
    if (supervision->has_ended)
        return;
    while (waitpid(supervision->child, &supervision->how, 0) < 0 && errno == EINTR)
        ;
    supervision->has_ended = true;
}

static status supervise(struct supervision *supervision, int *out_exit)
{
    struct seccomp_notif_resp *unused = NULL; /* the library allocates both or none */
    if (seccomp_notify_alloc(&supervision->request, &unused) != 0) {
        kill(supervision->child, SIGKILL);
        wait_for_child(supervision);
        return FAIL(EXHAUSTED, "no memory for the supervisor");
    }
    serve(supervision);
    wait_for_child(supervision);
    while (supervision->calls.opened_count)
        sim_calls_forget(&supervision->calls, 0);
    seccomp_notify_free(supervision->request, unused);
    *out_exit = WIFEXITED(supervision->how) ? WEXITSTATUS(supervision->how)
                                            : EXIT_SIGNAL_BASE + WTERMSIG(supervision->how);
    return OK;
}

/* With the signals blocked, and `before` as they were. */
static status launch(const struct sim_scenery *scenery, const struct sim_program *program,
                     const sigset_t *before, struct supervision *supervision)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return FAIL(UNAVAILABLE, "no socket for the supervisor");
    fflush(NULL);
    supervision->child = fork();
    if (supervision->child == 0) {
        close(ends[0]);
        run_child(scenery, program, ends[1], before);
    }
    close(ends[1]);
    supervision->calls.listener = supervision->child < 0 ? -1 : receive_descriptor(ends[0]);
    close(ends[0]);
    if (supervision->calls.listener >= 0)
        return OK;
    if (supervision->child > 0)
        wait_for_child(supervision);
    return FAIL(UNAVAILABLE, "the kernel does not let programs be supervised (seccomp user "
                             "notification, Linux 5.14 or later, and not inside another one)");
}

status sim_supervise(const struct sim_scenery *scenery, const struct sim_program *program,
                     int *out_exit)
{
    struct supervision supervision = {.calls.scenery = scenery};
    sigset_t handled, before;
    sigemptyset(&handled);
    sigaddset(&handled, SIGCHLD);
    sigaddset(&handled, SIGINT);
    sigaddset(&handled, SIGTERM);
    sigaddset(&handled, SIGHUP);
    sigprocmask(SIG_BLOCK, &handled, &before);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    supervision.signals = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
    status done = FAIL(UNAVAILABLE, "signals cannot be handled");
    if (supervision.signals >= 0) {
        done = launch(scenery, program, &before, &supervision);
        if (!done.fault) {
            done = supervise(&supervision, out_exit);
            close(supervision.calls.listener);
        }
        close(supervision.signals);
    }
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return done;
}

static int run_command(void *context)
{
    char **const argv = context;
    execvp(argv[0], argv);
    fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
    return NO_SUCH_COMMAND;
}

status sim_supervise_command(const struct sim_scenery *scenery, char **argv, int *out_exit)
{
    const struct sim_program program = {run_command, argv};
    return sim_supervise(scenery, &program, out_exit);
}
