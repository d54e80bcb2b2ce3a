/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How `cix exec` tells the library that it has loaded: there is no other way into a program. */

#define PRELOAD_GATEWAY "CIX_EXEC_GATEWAY" /* the path of the gateway's socket */
#define PRELOAD_CAPTURE "CIX_EXEC_CAPTURE" /* rules, with spaces between; none: all but loopback   \
                                            */
#define PRELOAD_LIBRARY "libcix-exec.so"
