/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What simulated CCA platforms and PSA devices say alike. */

#include "codec/cbor.h"
#include "crypto/key.h"

enum { SIM_ARM_INSTANCE_ID_SIZE = 33, SIM_ARM_SECURED = 0x3000 };

void sim_arm_write_bytes(struct writer *writer, int64_t key, slice bytes);
void sim_arm_write_text(struct writer *writer, int64_t key, const char *text);
void sim_arm_write_number(struct writer *writer, int64_t key, int64_t number);

/* Two pieces of firmware, as the claim with this key. */
status sim_arm_write_components(struct writer *writer, int64_t key);

/* A byte that tells its kind, and the hash of the key that signs tokens. */
status sim_arm_instance_id(const struct private_key *key, uint8_t out[SIM_ARM_INSTANCE_ID_SIZE]);
