/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/memory.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/uio.h>

enum { CHUNK_SIZE = 256 }; /* divides every page, so no chunk crosses into one that is not there */

/* The thread may have been killed, and its number be somebody else's by now. */
static int still_calls(const struct sim_memory *memory)
{
    return seccomp_notify_id_valid(memory->listener, memory->call_id) == 0 ? 0 : -EFAULT;
}

int sim_memory_read(const struct sim_memory *memory, uint64_t address, void *out, size_t size)
{
    const struct iovec ours = {out, size};
    const struct iovec theirs = {(void *)(uintptr_t)address, size};
    if (size && process_vm_readv(memory->thread, &ours, 1, &theirs, 1, 0) != (ssize_t)size)
        return -EFAULT;
    return still_calls(memory);
}

int sim_memory_write(const struct sim_memory *memory, uint64_t address, slice bytes)
{
    const struct iovec ours = {(void *)(uintptr_t)bytes.data, bytes.size};
    const struct iovec theirs = {(void *)(uintptr_t)address, bytes.size};
    const int gone = still_calls(memory);
    if (gone)
        return gone;
    if (bytes.size &&
        process_vm_writev(memory->thread, &ours, 1, &theirs, 1, 0) != (ssize_t)bytes.size)
        return -EFAULT;
    return 0;
}

int sim_memory_read_text(const struct sim_memory *memory, uint64_t address, char *out, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const size_t to_boundary = CHUNK_SIZE - (size_t)((address + done) % CHUNK_SIZE);
        const size_t part = to_boundary < size - done ? to_boundary : size - done;
        const int error = sim_memory_read(memory, address + done, out + done, part);
        if (error)
            return error;
        if (memchr(out + done, 0, part))
            return 0;
        done += part;
    }
    return -ENAMETOOLONG;
}
