/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How `cix exec` tells the library that it has loaded: there is no other way into a program. */

#define PRELOAD_LIBRARY "libcix-exec.so"
/* The path of the gateway's socket. */
#define PRELOAD_GATEWAY "CIX_EXEC_GATEWAY"
/* Rules, with spaces between; without any: all but this machine's own addresses. */
#define PRELOAD_CAPTURE "CIX_EXEC_CAPTURE"
