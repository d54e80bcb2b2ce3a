/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/stage.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILES_OPEN_MAX = 16, CPUINFO_LINES_MAX = 1 << 16 };

/* Every interface that tells a program of a TEE; what a platform shows itself was put there first.
 */
static const char *const interfaces[] = {
    "/dev/sev",
    "/dev/sev-guest",
    "/dev/tdx_guest",
    "/dev/csv-guest",
    "/dev/nsm",
    "/dev/attestation",
    "/dev/sgx",
    "/dev/sgx_enclave",
    "/dev/sgx_provision",
    "/dev/isgx",
    "/dev/tpm0",
    "/dev/tpmrm0",
    "/sys/kernel/config",
    "/sys/firmware/acpi/tables/CCEL",
    "/sys/firmware/acpi/tables/data/CCEL",
    "/sys/devices/virtual/misc/tdx_guest",
    "/sys/kernel/security/ima",
    "/sys/kernel/security/integrity/ima",
    "/sys/kernel/security/tpm0",
    "/var/run/aesmd",
    "/run/aesmd",
    "/etc/tdx-attest.conf",
};

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

/* The supervisor reaps whoever ends, so its number may be free by now. */
static void end_service(pid_t process)
{
    if (waitpid(process, NULL, WNOHANG) != 0)
        return;
    kill(process, SIGKILL);
    while (waitpid(process, NULL, 0) < 0 && errno == EINTR)
        ;
}

void sim_stage_clear(struct sim_stage *stage)
{
    for (size_t i = 0; i < stage->service_count; i++)
        end_service(stage->services[i]);
    if (*stage->folder)
        nftw(stage->folder, remove_one, FILES_OPEN_MAX, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    *stage = (struct sim_stage){0};
}

status sim_stage_open(const struct sim_tsm_settings *settings, struct sim_stage *out)
{
    snprintf(out->folder, sizeof out->folder, "/tmp/cix-sim-XXXXXX");
    if (!mkdtemp(out->folder)) {
        *out->folder = 0;
        return FAIL(UNAVAILABLE, "no temporary folder can be made");
    }
    out->settings = *settings;
    return OK;
}

/* Absolute, or below the stage's folder. */
static status write_target(const struct sim_stage *stage, const char *to,
                           char out[SIM_STAGE_PATH_SIZE])
{
    const bool is_absolute = *to == '/';
    const int size = snprintf(out, SIM_STAGE_PATH_SIZE, "%s%s%s", is_absolute ? "" : stage->folder,
                              is_absolute ? "" : "/", to);
    return size > 0 && size < SIM_STAGE_PATH_SIZE
               ? OK
               : FAIL(EXHAUSTED, "a path of the simulated machine is too long");
}

status sim_stage_device(struct sim_stage *stage, const struct sim_device *device)
{
    if (stage->device_count == SIM_STAGE_DEVICES_MAX)
        return FAIL(EXHAUSTED, "the simulated machine has too many devices");
    stage->devices[stage->device_count++] = *device;
    return OK;
}

status sim_stage_place(struct sim_stage *stage, const char *path, const char *to)
{
    const size_t index = stage->place_count;
    if (index == SIM_STAGE_PLACES_MAX || strlen(path) >= SIM_STAGE_PATH_SIZE)
        return FAIL(EXHAUSTED, "the simulated machine has too many paths, or one too long");
    if (to)
        TRY(write_target(stage, to, stage->targets[index]));
    snprintf(stage->paths[index], SIM_STAGE_PATH_SIZE, "%s", path);
    stage->places[index] =
        (struct sim_place){stage->paths[index], to ? stage->targets[index] : NULL};
    stage->place_count++;
    return OK;
}

status sim_stage_folder(struct sim_stage *stage, const char *path, const char *name)
{
    char folder[SIM_STAGE_PATH_SIZE];
    TRY(write_target(stage, name, folder));
    if (mkdir(folder, 0755) != 0)
        return FAIL(UNAVAILABLE, "a folder of the simulated machine cannot be made");
    return sim_stage_place(stage, path, name);
}

status sim_stage_port(struct sim_stage *stage, uint32_t cid, uint32_t port, const char *to)
{
    const size_t index = stage->port_count;
    if (index == SIM_STAGE_PORTS_MAX)
        return FAIL(EXHAUSTED, "the simulated host has too many ports");
    TRY(write_target(stage, to, stage->port_targets[index]));
    stage->ports[index] = (struct sim_port){cid, port, stage->port_targets[index]};
    stage->port_count++;
    return OK;
}

__attribute__((noreturn)) static void serve_all(int listener, void (*serve)(int, void *),
                                                void *context)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        const int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            continue;
        serve(connection, context);
        close(connection);
    }
}

status sim_stage_service(struct sim_stage *stage, const char *name,
                         void (*serve)(int connection, void *context), void *context)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[SIM_STAGE_PATH_SIZE];
    if (stage->service_count == SIM_STAGE_SERVICES_MAX)
        return FAIL(EXHAUSTED, "the simulated host has too many services");
    TRY(write_target(stage, name, path));
    snprintf(address.sun_path, sizeof address.sun_path, "%.107s", path);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, SOMAXCONN) != 0) {
        close(listener);
        return FAIL(UNAVAILABLE, "a socket of the simulated host cannot be made");
    }
    fflush(NULL);
    const pid_t process = fork();
    if (process == 0)
        serve_all(listener, serve, context);
    close(listener);
    if (process < 0)
        return FAIL(UNAVAILABLE, "a service of the simulated host cannot be started");
    stage->services[stage->service_count++] = process;
    return OK;
}

static status write_file(const char *path, slice content)
{
    FILE *const file = fopen(path, "wxe");
    if (!file)
        return FAIL(UNAVAILABLE, "a file of the simulated machine cannot be made");
    const bool written =
        content.size == 0 || fwrite(content.data, 1, content.size, file) == content.size;
    return fclose(file) == 0 && written
               ? OK
               : FAIL(UNAVAILABLE, "a file of the simulated machine cannot be written");
}

status sim_stage_file(struct sim_stage *stage, const char *path, slice content)
{
    char name[24];
    snprintf(name, sizeof name, "file%zu", stage->place_count);
    TRY(sim_stage_place(stage, path, name));
    return write_file(stage->places[stage->place_count - 1].to, content);
}

status sim_stage_cpu_flag(struct sim_stage *stage, const char *flag)
{
    char *line = NULL;
    size_t capacity = 0;
    status copied = OK;
    SCOPED(buffer) text = {0};
    FILE *const file = fopen("/proc/cpuinfo", "re");
    if (!file)
        return FAIL(UNAVAILABLE, "/proc/cpuinfo cannot be read");
    for (int i = 0; !copied.fault && i < CPUINFO_LINES_MAX; i++) {
        const ssize_t size = getline(&line, &capacity, file);
        if (size <= 0)
            break;
        const bool has_flags = strncmp(line, "flags", 5) == 0 && line[size - 1] == '\n';
        copied = buffer_append(&text,
                               (slice){(const uint8_t *)line, (size_t)size - (has_flags ? 1 : 0)});
        if (!copied.fault && has_flags)
            copied = buffer_append(&text, slice_of_text(" "));
        if (!copied.fault && has_flags)
            copied = buffer_append(&text, slice_of_text(flag));
        if (!copied.fault && has_flags)
            copied = buffer_append(&text, slice_of_text("\n"));
    }
    free(line);
    fclose(file);
    TRY(copied);
    return sim_stage_file(stage, "/proc/cpuinfo", buffer_view(&text));
}

status sim_stage_hide_this_machine(struct sim_stage *stage)
{
    for (size_t i = 0; i < sizeof interfaces / sizeof *interfaces; i++)
        TRY(sim_stage_place(stage, interfaces[i], NULL));
    return OK;
}

struct sim_scenery sim_stage_scenery(const struct sim_stage *stage)
{
    return (struct sim_scenery){
        .devices = stage->devices,
        .device_count = stage->device_count,
        .places = stage->places,
        .place_count = stage->place_count,
        .ports = stage->ports,
        .port_count = stage->port_count,
    };
}
