/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands under `cix spdm`, which answer like those in cli/commands.h. */

int spdm_dump(int argc, char **argv);
int spdm_requester(int argc, char **argv);
int spdm_responder(int argc, char **argv);
