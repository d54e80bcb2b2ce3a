/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A simulated Hygon: its root (HRK), signing key (HSK) and one chip (CEK, PEK), and a CSV guest on
 * it whose reports have the exact format of the firmware, under that private root.
 */

#include "sim/faults.h"
#include "sim/machine.h"
#include "sim/scenery.h"

#include "crypto/key.h"

enum {
    SIM_CSV_ROOT_SIZE = 832,
    SIM_CSV_CERTIFICATE_SIZE = 2084,
    SIM_CSV_SERIAL_SIZE = 14,
    SIM_CSV_DIGEST_SIZE = 32,
    SIM_CSV_REGISTERS = 5,
};

struct sim_csv_vendor {
    struct private_key hrk, hsk, cek, pek;
    uint8_t hrk_certificate[SIM_CSV_ROOT_SIZE], hsk_certificate[SIM_CSV_ROOT_SIZE];
    uint8_t cek_certificate[SIM_CSV_CERTIFICATE_SIZE], pek_certificate[SIM_CSV_CERTIFICATE_SIZE];
    char serial[SIM_CSV_SERIAL_SIZE + 1];
};
void sim_csv_vendor_clear(struct sim_csv_vendor *vendor);

/* A new one, as text to keep; and read back. */
status sim_csv_vendor_make(struct buffer *out_text);
status sim_csv_vendor_read(slice text, struct sim_csv_vendor *out);

/* What Hygon's server answers for the chip: HSK and CEK. */
status sim_csv_hsk_cek(const struct sim_csv_vendor *vendor, struct buffer *out);

struct sim_csv_settings {
    unsigned generation; /* 1, 2 (encrypted registers) or 3 (isolated memory) */
    bool debug;
    bool migratable;
    bool has_registers; /* of the firmware: reports are extended where a guest asks for it */
    uint8_t measurement[SIM_CSV_DIGEST_SIZE];
};
struct sim_csv_settings sim_csv_defaults(void);

/* `vendor` outlives the guest. */
struct sim_csv {
    const struct sim_csv_vendor *vendor;
    struct sim_csv_settings settings;
    uint8_t registers[SIM_CSV_REGISTERS][SIM_CSV_DIGEST_SIZE];
    struct sim_faults faults;
    unsigned delay_ms;
};
status sim_csv_launch(const struct sim_csv_vendor *vendor, const struct sim_csv_settings *settings,
                      struct sim_csv *out);

/* Over 64 bytes and the guest's nonce of 16; extended where the firmware has registers and the
 * guest wants them. */
status sim_csv_report(const struct sim_csv *guest, slice report_data, slice mnonce,
                      bool wants_registers, struct buffer *out_report);

/* /dev/csv-guest; `guest` outlives it. spec: Linux for Hygon, drivers/virt/coco/csv-guest */
struct sim_device sim_csv_device(struct sim_csv *guest);
