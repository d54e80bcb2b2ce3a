/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which cryptographic library this process runs with: "OpenSSL 3.0.15 3 Sep 2024". */
const char *crypto_library_version(void);
