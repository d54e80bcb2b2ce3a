/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The configuration file as commands find it, and complain about it. */

#include "codec/yaml.h"

#define CONFIG_FILE "/etc/cix/cix.yaml"

/* On standard error: "cix check: FILE: line 7: ...". A problem without a line names its file. */
void config_complain(const char *command, const char *path, const struct problem *problem);
