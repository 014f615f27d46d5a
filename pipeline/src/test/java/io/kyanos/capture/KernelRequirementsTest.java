package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.KernelVersion;
import org.junit.jupiter.api.Test;

class KernelRequirementsTest {

    @Test
    void aRefusalOfAnOldKernelNamesItsVersion() {
        KernelVersion old = KernelVersion.parse("5.9.16");

        assertThat(KernelRequirements.explain(new BpfException("load object socket: EINVAL", 22, "words"), old))
                .hasMessage("load object socket: EINVAL. Hint: this is Linux 5.9.16 (expected: 5.10 or later)")
                .matches(e -> e.errno() == 22 && e.log().equals("words"));
        assertThat(KernelRequirements.explain(new BpfException("load: EPERM. Hint: run as root", 1, ""), old))
                .hasMessage("load: EPERM. Hint: run as root; this is Linux 5.9.16 (expected: 5.10 or later)");
    }

    @Test
    void aRefusalOfARecentKernelStaysAsItIs() {
        BpfException refusal = new BpfException("load object socket: ENOMEM", 12, "");

        assertThat(KernelRequirements.explain(refusal, KernelVersion.parse("5.10.0")))
                .isSameAs(refusal);
    }

    @Test
    void eitherAdministratorMayUseCgroups() {
        assertThat(KernelRequirements.mayUseCgroups(status("000000c000001000"))).isTrue();
        assertThat(KernelRequirements.mayUseCgroups(status("0000000000200000"))).isTrue();
        assertThat(KernelRequirements.mayUseCgroups(status("ffffffffffffffff"))).isTrue();
        assertThat(KernelRequirements.mayUseCgroups(status("000000c000000000"))).isFalse();
        assertThat(KernelRequirements.mayUseCgroups("")).isFalse();
    }

    private static String status(String effective) {
        return "CapPrm:\t000001ffffffffff\nCapEff:\t" + effective + "\nCapBnd:\t000001ffffffffff\n";
    }
}
