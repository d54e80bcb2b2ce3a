/* SPDX-License-Identifier: Apache-2.0 */

/* What evidence needs, by the addresses that vendors document. */

#include "collateral/wants.h"
#include "samples.h"

static const struct sources here = {.kds = "https://kds/",
                                    .pcs = "https://pcs",
                                    .intel_root_crl = "https://crl/root",
                                    .hygon = "https://hygon",
                                    .android = "https://android/status"};

static bool wants(const struct wants *wants, const char *source)
{
    for (size_t i = 0; i < wants->count; i++)
        if (strcmp(wants->items[i].source, source) == 0)
            return true;
    printf("  nobody wants %s\n", source);
    return false;
}

static struct wants wants_of(const char *id)
{
    struct wants wants = {0};
    SCOPED(sample) sample = sample_open(id);
    const slice evidence = buffer_view(&sample.evidence);
    EXPECT_OK(wants_of_evidence(&here, platform_of(evidence), evidence, &wants));
    return wants;
}

TEST(a_report_needs_its_chips_certificate_its_chain_and_its_products_list)
{
    if (samples_are_absent("real reports"))
        return;
    SCOPED(wants) turin = wants_of("snp/turin-v5-vcek");
    EXPECT(turin.count == 3 && !turin.lacking);
    EXPECT(wants(&turin, "https://kds/vcek/v1/Turin/cert_chain"));
    EXPECT(wants(&turin, "https://kds/vcek/v1/Turin/crl"));
    EXPECT(wants(&turin, "https://kds/vcek/v1/Turin/0910b4f884ff4ba9"
                         "?fmcSPL=01&blSPL=03&teeSPL=02&snpSPL=05&ucodeSPL=97"));
    SCOPED(wants) vlek = wants_of("snp/milan-v3-vlek-vmpl1");
    EXPECT(vlek.count == 2 && vlek.lacking);
    EXPECT(wants(&vlek, "https://kds/vlek/v1/Milan/cert_chain"));
}

TEST(a_report_that_does_not_say_its_product_has_alternatives)
{
    if (samples_are_absent("real reports"))
        return;
    SCOPED(wants) both = wants_of("snp/milan-v2-vcek-cmc");
    size_t alternatives = 0;
    for (size_t i = 0; i < both.count; i++)
        alternatives += both.items[i].either == 1;
    EXPECT(both.count == 6 && alternatives == 2);
}

TEST(a_quote_needs_the_collateral_of_its_kind_of_tee)
{
    if (samples_are_absent("real quotes"))
        return;
    SCOPED(wants) tdx = wants_of("tdx/v5-oe");
    EXPECT(tdx.count == 4);
    EXPECT(wants(&tdx, "https://pcs/tdx/certification/v4/tcb?fmspc=00806f050000"));
    EXPECT(wants(&tdx, "https://pcs/tdx/certification/v4/qe/identity"));
    EXPECT(wants(&tdx, "https://pcs/sgx/certification/v4/pckcrl?ca=platform&encoding=der"));
    EXPECT(wants(&tdx, "https://crl/root"));
    SCOPED(wants) sgx = wants_of("sgx/mobilecoin");
    EXPECT(sgx.count == 4);
    EXPECT(wants(&sgx, "https://pcs/sgx/certification/v4/tcb?fmspc=00906ed50000"));
    EXPECT(wants(&sgx, "https://pcs/sgx/certification/v4/pckcrl?ca=processor&encoding=der"));
}

TEST(an_azure_vm_needs_what_the_hardware_below_it_does)
{
    if (samples_are_absent("evidence of Azure"))
        return;
    SCOPED(buffer) evidence = {0};
    SCOPED(wants) needed = {0};
    char folder[PATH_SIZE], type[64];
    path_join(samples_root(), "azure-snp/milan-live", folder);
    SCOPED(buffer) file = file_read(folder, "evidence.json");
    EXPECT_OK(evidence_unwrap(buffer_view(&file), &evidence, type));
    EXPECT_OK(wants_of_evidence(&here, platform_of(buffer_view(&evidence)), buffer_view(&evidence),
                                &needed));
    EXPECT(needed.count >= 3);
    EXPECT(wants(&needed, "https://kds/vcek/v1/Milan/cert_chain"));
}

TEST(nothing_is_wanted_twice)
{
    SCOPED(wants) twice = {0};
    static const uint8_t fmspc[FMSPC_SIZE] = {0, 0x90, 0x6e, 0xd5, 0, 0};
    EXPECT_OK(wants_of_fmspc(&here, fmspc, &twice));
    EXPECT_OK(wants_of_fmspc(&here, fmspc, &twice));
    EXPECT(twice.count == 7);
    EXPECT_OK(wants_of_product(&here, SNP_GENOA, &twice));
    EXPECT_OK(wants_of_product(&here, SNP_GENOA, &twice));
    EXPECT(twice.count == 10);
}
