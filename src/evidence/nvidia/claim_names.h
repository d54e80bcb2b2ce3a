/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What NVIDIA's evidence can claim: docs/claims.md. */

#include "evidence/claim_names.h"

/* The measurement blocks, by index. */
#define NVIDIA_BLOCKS(X)                                                                           \
    NVIDIA_BLOCKS_TO_4(X, )                                                                        \
    NVIDIA_BLOCKS_TO_9(X, )                                                                        \
    NVIDIA_TEN_BLOCKS(X, 1)                                                                        \
    NVIDIA_TEN_BLOCKS(X, 2)                                                                        \
    NVIDIA_TEN_BLOCKS(X, 3)                                                                        \
    NVIDIA_TEN_BLOCKS(X, 4)                                                                        \
    NVIDIA_TEN_BLOCKS(X, 5)                                                                        \
    X(60) NVIDIA_BLOCKS_TO_4(X, 6)
#define NVIDIA_TEN_BLOCKS(X, ten) X(ten##0) NVIDIA_BLOCKS_TO_4(X, ten) NVIDIA_BLOCKS_TO_9(X, ten)
#define NVIDIA_BLOCKS_TO_4(X, ten) X(ten##1) X(ten##2) X(ten##3) X(ten##4)
#define NVIDIA_BLOCKS_TO_9(X, ten) X(ten##5) X(ten##6) X(ten##7) X(ten##8) X(ten##9)

extern const struct claim_name nvidia_claim_names[];
