/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "evidence/claim_names.h"

/* Every index that a measurement can have: 1 to 254. */
#define SPDM_TEN_INDICES(X, tens)                                                                  \
    X(tens##0)                                                                                     \
    X(tens##1)                                                                                     \
    X(tens##2) X(tens##3) X(tens##4) X(tens##5) X(tens##6) X(tens##7) X(tens##8) X(tens##9)
#define SPDM_INDICES(X)                                                                            \
    X(1)                                                                                           \
    X(2)                                                                                           \
    X(3)                                                                                           \
    X(4)                                                                                           \
    X(5)                                                                                           \
    X(6)                                                                                           \
    X(7)                                                                                           \
    X(8)                                                                                           \
    X(9)                                                                                           \
    SPDM_TEN_INDICES(X, 1)                                                                         \
    SPDM_TEN_INDICES(X, 2)                                                                         \
    SPDM_TEN_INDICES(X, 3)                                                                         \
    SPDM_TEN_INDICES(X, 4)                                                                         \
    SPDM_TEN_INDICES(X, 5)                                                                         \
    SPDM_TEN_INDICES(X, 6)                                                                         \
    SPDM_TEN_INDICES(X, 7)                                                                         \
    SPDM_TEN_INDICES(X, 8)                                                                         \
    SPDM_TEN_INDICES(X, 9)                                                                         \
    SPDM_TEN_INDICES(X, 10)                                                                        \
    SPDM_TEN_INDICES(X, 11)                                                                        \
    SPDM_TEN_INDICES(X, 12)                                                                        \
    SPDM_TEN_INDICES(X, 13)                                                                        \
    SPDM_TEN_INDICES(X, 14)                                                                        \
    SPDM_TEN_INDICES(X, 15)                                                                        \
    SPDM_TEN_INDICES(X, 16)                                                                        \
    SPDM_TEN_INDICES(X, 17)                                                                        \
    SPDM_TEN_INDICES(X, 18)                                                                        \
    SPDM_TEN_INDICES(X, 19)                                                                        \
    SPDM_TEN_INDICES(X, 20)                                                                        \
    SPDM_TEN_INDICES(X, 21)                                                                        \
    SPDM_TEN_INDICES(X, 22)                                                                        \
    SPDM_TEN_INDICES(X, 23)                                                                        \
    SPDM_TEN_INDICES(X, 24)                                                                        \
    X(250)                                                                                         \
    X(251)                                                                                         \
    X(252)                                                                                         \
    X(253)                                                                                         \
    X(254)

extern const struct claim_name spdm_claim_names[];
