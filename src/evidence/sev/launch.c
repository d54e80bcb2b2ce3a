/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sev/launch.h"

#include "codec/writer.h"
#include "crypto/key.h"
#include "evidence/sev/report.h"

enum { MEASURED_SIZE = 56, CONTEXT = 0x04 };

status sev_launch_measure(const struct sev_launch *launch, slice tik, struct digest *out)
{
    uint8_t space[MEASURED_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    slice measured;
    if (launch->digest.size != SEV_DIGEST_SIZE || launch->mnonce.size != SEV_LAUNCH_NONCE_SIZE ||
        tik.size != SEV_TIK_SIZE)
        return FAIL(MALFORMED, "a launch digest has 32 bytes, its nonce and the TIK 16 each");
    write_u8(&writer, CONTEXT);
    write_u8(&writer, launch->api_major);
    write_u8(&writer, launch->api_minor);
    write_u8(&writer, launch->build);
    write_le32(&writer, launch->policy);
    write_bytes(&writer, launch->digest);
    write_bytes(&writer, launch->mnonce);
    TRY(writer_finish(&writer, &measured));
    return hmac(HASH_SHA256, tik, measured, out);
}

status sev_launch_verify(const struct sev_launch *launch, slice tik, slice measurement)
{
    struct digest expected;
    TRY(sev_launch_measure(launch, tik, &expected));
    return equal_in_constant_time((slice){expected.data, expected.size}, measurement)
               ? OK
               : FAIL(UNAUTHENTIC, "the measurement is of another launch, or of another secret");
}
