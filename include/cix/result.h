/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What every call of libcix answers, and the values that calls share. */

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CIX_API __attribute__((visibility("default")))
#define CIX_MUST_USE __attribute__((warn_unused_result))
#else
#define CIX_API
#define CIX_MUST_USE
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Zero is the only success. Outputs are written on CIX_OK and untouched otherwise.
 * Numbers keep their meaning in every later version; later versions may add some.
 */
enum cix_result {
    CIX_OK = 0,
    CIX_TRUNCATED = 1,   /* the input ended too soon */
    CIX_MALFORMED = 2,   /* the input breaks its own format */
    CIX_UNSUPPORTED = 3, /* well formed, but not a version or algorithm we speak */
    CIX_UNEXPECTED = 4,  /* well formed, but not now: the channel is not open, nobody asked */
    CIX_UNAUTHENTIC = 5, /* a signature, MAC or binding did not check */
    CIX_DENIED = 6,      /* authentic, and policy says no */
    CIX_EXHAUSTED = 7,   /* one of our own limits was reached, or memory */
    CIX_UNAVAILABLE = 8, /* a device or file said no */
    CIX_INTERNAL = 9,    /* our bug */
    CIX_INVALID = 10,    /* the caller's: a NULL, or a value outside what is documented */
};

/* "malformed": a word for logs, never NULL. */
CIX_API const char *cix_result_name(enum cix_result result);

/* "0.1.0" */
CIX_API const char *cix_version(void);

/* Borrowed bytes: valid as long as whoever lent them says. `data` may be NULL when size is 0. */
struct cix_slice {
    const uint8_t *data;
    size_t size; /* bytes */
};

/* Two clocks, always the caller's: the wall's for validity, the monotonic one for deadlines. */
struct cix_moment {
    int64_t wall_s;       /* Unix time */
    int64_t monotonic_ms; /* any start; never steps back */
};

enum { CIX_BINDING_SIZE = 64 };

#ifdef __cplusplus
}
#endif
