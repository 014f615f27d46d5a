package io.kyanos.reassembly;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import org.junit.jupiter.api.Test;

class ReassemblyTest {

    private final Wire wire = new Wire();
    private final Heard heard = wire.heard;

    /** A connection whose client begins at 101 and whose server at 501. */
    private Wire opened() {
        return wire.client("S", 100, 0, "").server("SA", 500, 101, "").client("A", 101, 501, "");
    }

    @Test
    void tellsBytesInOrderOfBothDirections() {
        opened().client("PA", 101, 501, "get").server("PA", 501, 104, "one").client("PA", 104, 504, "get2");

        assertThat(heard.order).containsExactly(">0 get", "<0 one", ">3 get2");
        assertThat(heard.opened).singleElement().satisfies(flow -> {
            assertThat(flow.localPort()).isEqualTo(Wire.CLIENT_PORT);
            assertThat(flow.isClientKnown()).isTrue();
            assertThat(flow.isFromBeginning()).isTrue();
        });
    }

    @Test
    void isNoConnectionBeforeItsFirstByte() {
        opened().client("FA", 101, 501, "").server("FA", 501, 102, "").client("A", 102, 502, "");

        assertThat(heard.opened).isEmpty();
        assertThat(heard.ends).isEmpty();
    }

    @Test
    void waitsForWhatComesBefore() {
        opened().client("PA", 104, 501, "two").client("PA", 101, 501, "one");

        assertThat(heard.order).containsExactly(">0 one", ">3 two");
        assertThat(heard.bytes.get(1).at()).isEqualTo(heard.bytes.get(0).at());
    }

    @Test
    void tellsWhatComesTwiceOnce() {
        opened().client("PA", 101, 501, "one").client("PA", 101, 501, "one").client("PA", 102, 501, "neX");

        assertThat(heard.order).containsExactly(">0 one", ">3 X");
    }

    @Test
    void keepsTheFirstOfOverlappingBytes() {
        opened().client("A", 103, 501, "cd")
                .client("A", 107, 501, "gh")
                .client("A", 102, 501, "XXXXefXXi")
                .client("PA", 101, 501, "a");

        assertThat(heard.order).containsExactly(">0 a", ">1 X", ">2 cd", ">4 Xe", ">6 gh", ">8 Xi");
    }

    @Test
    void leavesOutAHoleThatThePeerHasAcknowledged() {
        opened().client("PA", 104, 501, "two")
                .server("A", 501, 107, "")
                .waits(200)
                .server("PA", 501, 107, "answer");

        assertThat(heard.order).containsExactly(">3 two", "<0 answer");
    }

    /** There is always something late, but nothing is late for long. */
    @Test
    void givesEachAcknowledgedHoleItsTime() {
        opened();
        for (int i = 0; i < 20; i++) {
            int sequence = 101 + 2 * i;
            wire.client("PA", sequence + 1, 501, "b")
                    .server("A", 501, sequence + 4, "")
                    .waits(30)
                    .client("PA", sequence, 501, "a");
        }

        assertThat(heard.bytes).hasSize(40);
    }

    @Test
    void waitsForAnUnacknowledgedHole() {
        opened().client("PA", 104, 501, "two")
                .server("A", 501, 101, "")
                .waits(3000)
                .server("A", 501, 101, "");
        assertThat(heard.order).isEmpty();

        wire.client("PA", 101, 501, "one");
        assertThat(heard.order).containsExactly(">0 one", ">3 two");
    }

    @Test
    void givesUpAHoleThatNobodyFills() {
        opened().client("PA", 104, 501, "two").waits(11_000).client("A", 107, 501, "");

        assertThat(heard.order).containsExactly(">3 two");
    }

    @Test
    void putsAnAnswerThatWasCapturedFirstBehindItsQuestion() {
        opened().server("PA", 501, 104, "answer").client("PA", 101, 501, "ask");

        assertThat(heard.order).containsExactly(">0 ask", "<0 answer");
    }

    @Test
    void tellsAnAnswerWhoseQuestionWasNotCaptured() {
        opened().server("PA", 501, 104, "answer").waits(200).client("A", 104, 507, "");

        assertThat(heard.order).containsExactly("<0 answer");
    }

    @Test
    void passesOverWhatSnaplenHasCut() {
        opened().give(true, "PA", 101, 501, "0123456789", 4).client("PA", 111, 501, "next");

        assertThat(heard.order).containsExactly(">0 0123+6", ">10 next");
    }

    @Test
    void goesOnWhereSequenceNumbersWrap() {
        wire.client("S", -3, 0, "").server("SA", -2, -2, "");
        wire.client("PA", -2, -1, "abcd").server("PA", -1, 2, "xyz").client("PA", 2, 2, "ef");

        assertThat(heard.order).containsExactly(">0 abcd", "<0 xyz", ">4 ef");
    }

    @Test
    void countsPositionsBeyondFourGigabytes() {
        opened();
        byte[] block = new byte[1 << 20];
        int sequence = 101;
        for (int i = 0; i < 4100; i++) {
            wire.reassembly.on(Wire.packet(wire.now(), true, Wire.CLIENT_PORT, 6, "PA", sequence, 501, block, 0));
            sequence += block.length;
            heard.bytes.clear();
            heard.order.clear();
        }
        wire.client("PA", sequence, 501, "end");

        assertThat(heard.bytes)
                .singleElement()
                .satisfies(end -> assertThat(end.position()).isEqualTo(4100L << 20));
    }

    @Test
    void closesWhenBothEndsHaveFinished() {
        opened().client("PA", 101, 501, "ask")
                .server("FPA", 501, 104, "answer")
                .client("FA", 104, 508, "")
                .server("A", 508, 105, "");

        assertThat(heard.ends)
                .containsExactly(new Heard.End(1, 3, 6, EventDecoder.CLOSE_NORMAL, EventDecoder.END_PEER));
    }

    @Test
    void staysOpenWhileOneEndHasNotFinished() {
        opened().client("FPA", 101, 501, "ask").server("PA", 501, 105, "answer").server("PA", 507, 105, "more");

        assertThat(heard.ends).isEmpty();
        assertThat(heard.order).containsExactly(">0 ask", "<0 answer", "<6 more");
    }

    @Test
    void takesNothingBehindTheEnd() {
        opened().client("FPA", 101, 501, "ask").client("PA", 104, 501, "late").client("PA", 102, 501, "skXX");

        assertThat(heard.order).containsExactly(">0 ask");
    }

    @Test
    void takesNothingBehindTheEndOfWhatWaited() {
        opened().client("PA", 104, 501, "twothree").client("FA", 107, 501, "").client("PA", 101, 501, "one");

        assertThat(heard.order).containsExactly(">0 one", ">3 two");
    }

    @Test
    void closesAtAReset() {
        opened().client("PA", 101, 501, "ask").server("RA", 501, 104, "").server("RA", 501, 104, "");

        assertThat(heard.ends).containsExactly(new Heard.End(1, 3, 0, EventDecoder.CLOSE_RESET, EventDecoder.END_PEER));
    }

    @Test
    void doesNotBelieveAResetOutsideTheWindow() {
        opened().client("PA", 101, 501, "ask")
                .server("A", 501, 104, "")
                .client("R", 50, 0, "")
                .client("PA", 104, 501, "more");

        assertThat(heard.ends).isEmpty();
        assertThat(heard.order).containsExactly(">0 ask", ">3 more");
    }

    @Test
    void takesTheHoleBeforeAnEndForLostIfThePeerHasIt() {
        opened().client("PA", 101, 501, "ask")
                .server("FA", 507, 104, "")
                .client("FA", 104, 508, "")
                .waits(200)
                .server("A", 508, 105, "");
        wire.waits(200).fromPort(1).client("S", 1, 1, "");

        assertThat(heard.ends)
                .containsExactly(new Heard.End(1, 3, 6, EventDecoder.CLOSE_NORMAL, EventDecoder.END_PEER));
    }

    @Test
    void opensAnewWhenPortsAreReused() {
        opened().client("PA", 101, 501, "ask");
        wire.client("S", 9000, 0, "").server("SA", 7000, 9001, "").client("PA", 9001, 7001, "ask2");

        assertThat(heard.ends)
                .containsExactly(new Heard.End(1, 3, 0, EventDecoder.CLOSE_UNSEEN, EventDecoder.END_UNKNOWN));
        assertThat(heard.opened).hasSize(2);
        assertThat(heard.order).containsExactly(">0 ask", ">0 ask2");
    }

    @Test
    void opensAnewAfterTheEnd() {
        opened().client("FPA", 101, 501, "ask").server("FA", 501, 105, "").client("A", 105, 502, "");
        wire.client("FPA", 101, 501, "ask");
        wire.client("S", 9000, 0, "").server("SA", 7000, 9001, "").client("PA", 9001, 7001, "ask2");

        assertThat(heard.ends).hasSize(1);
        assertThat(heard.order).containsExactly(">0 ask", ">0 ask2");
    }

    @Test
    void takesARepeatedSynForWhatItIs() {
        wire.client("S", 100, 0, "")
                .client("S", 100, 0, "")
                .server("SA", 500, 101, "")
                .server("SA", 500, 101, "");
        wire.client("PA", 101, 501, "ask")
                .client("S", 100, 0, "")
                .server("SA", 500, 101, "")
                .client("PA", 104, 501, "more");

        assertThat(heard.order).containsExactly(">0 ask", ">3 more");
        assertThat(heard.ends).isEmpty();
    }

    @Test
    void takesTheSenderOfTheFirstSynForTheClientWhereBothOpen() {
        wire.client("S", 100, 0, "")
                .server("S", 500, 0, "")
                .client("SA", 100, 501, "")
                .server("SA", 500, 101, "");
        wire.client("PA", 101, 501, "ask").server("PA", 501, 104, "answer");

        assertThat(heard.order).containsExactly(">0 ask", "<0 answer");
        assertThat(heard.opened)
                .singleElement()
                .satisfies(flow -> assertThat(flow.localPort()).isEqualTo(Wire.CLIENT_PORT));
    }

    @Test
    void takesDataInASyn() {
        wire.client("S", 100, 0, "ask").server("SA", 500, 104, "").client("PA", 104, 501, "more");

        assertThat(heard.order).containsExactly(">0 ask", ">3 more");
    }

    @Test
    void knowsTheClientByTheAnswerToItsSyn() {
        wire.server("SA", 500, 101, "")
                .client("A", 101, 501, "")
                .server("PA", 501, 101, "greeting")
                .client("PA", 101, 509, "ask");

        assertThat(heard.order).containsExactly("<0 greeting", ">0 ask");
        assertThat(heard.opened.get(0).isFromBeginning()).isTrue();
    }

    @Test
    void beginsInTheMiddle() {
        wire.server("PA", 7000, 300, "answer").client("PA", 300, 7006, "ask");

        assertThat(heard.order).containsExactly("<0 answer", ">0 ask");
        assertThat(heard.opened).singleElement().satisfies(flow -> {
            assertThat(flow.localPort()).isEqualTo(Wire.CLIENT_PORT);
            assertThat(flow.isClientKnown()).isFalse();
            assertThat(flow.isFromBeginning()).isFalse();
        });
    }

    @Test
    void takesNoNoticeOfProbes() {
        opened().client("PA", 101, 501, "ask")
                .client("A", 103, 501, "")
                .client("A", 103, 501, "k")
                .server("A", 501, 104, "")
                .client("PA", 104, 501, "x")
                .client("PA", 104, 501, "x")
                .client("PA", 105, 501, "yz");

        assertThat(heard.order).containsExactly(">0 ask", ">3 x", ">4 yz");
    }

    @Test
    void saysWhereNothingShowsAnEnd() {
        opened().client("A", 101, 501, "one").client("PA", 104, 501, "two").client("PA", 107, 501, "new");

        assertThat(heard.bytes).extracting(Heard.Bytes::continued).containsExactly(false, true, false);
    }

    @Test
    void handsOnWhatWaitsAtTheEnd() {
        opened().client("PA", 104, 501, "two").server("PA", 501, 107, "answer").ends();

        assertThat(heard.order).containsExactly(">3 two", "<0 answer");
        assertThat(heard.ends).isEmpty();
        assertThat(wire.reassembly.flows()).isZero();
        assertThat(wire.reassembly.heldBytes()).isZero();
    }

    @Test
    void endsTheLongestIdleWhenThereIsNoRoom() {
        Wire narrow = new Wire(new ReassemblySettings(2, 1 << 20, 1 << 20));
        for (int port = 1; port <= 4; port++) {
            narrow.fromPort(40000 + port).client("S", 100, 0, "").client("PA", 101, 501, "ask");
        }

        assertThat(narrow.heard.ends)
                .containsExactly(
                        new Heard.End(1, 3, 0, EventDecoder.CLOSE_UNSEEN, EventDecoder.END_UNKNOWN),
                        new Heard.End(2, 3, 0, EventDecoder.CLOSE_UNSEEN, EventDecoder.END_UNKNOWN));
        assertThat(narrow.reassembly.statistics().flowsWithoutRoom()).isEqualTo(2);
        assertThat(narrow.reassembly.flows()).isEqualTo(2);
    }

    @Test
    void givesUpHolesWhenTooMuchWaits() {
        Wire narrow = new Wire(new ReassemblySettings(2, 1000, 1 << 20));
        narrow.client("S", 100, 0, "").server("SA", 500, 101, "");
        for (int i = 1; i <= 9; i++) {
            narrow.client("PA", 101 + 10 * i, 501, "0123456789");
        }

        assertThat(narrow.heard.order).isNotEmpty().first().isEqualTo(">10 0123456789");
        assertThat(narrow.reassembly.statistics().holesWithoutRoom()).isEqualTo(1);
        assertThat(narrow.reassembly.heldBytes()).isLessThanOrEqualTo(1000);
    }

    @Test
    void forgetsWhatHasEnded() {
        opened().client("FPA", 101, 501, "ask").server("FA", 501, 105, "").client("A", 105, 502, "");
        wire.waits(31_000).fromPort(7).client("S", 1, 0, "");

        assertThat(wire.reassembly.flows()).isEqualTo(1);
    }

    @Test
    void isAsLargeAsWhatIsOpenHoweverMuchHasBeen() {
        for (int port = 1; port <= 20_000; port++) {
            wire.fromPort(20_000 + port);
            opened().client("FPA", 101, 501, "ask")
                    .server("FPA", 501, 105, "answer")
                    .client("A", 105, 508, "");

            assertThat(wire.reassembly.flows()).isLessThanOrEqualTo(64);
        }
        wire.ends();

        assertThat(heard.ends).hasSize(20_000);
        assertThat(wire.reassembly.statistics().flowsWithoutRoom()).isZero();
        assertThat(wire.reassembly.flows()).isZero();
    }

    @Test
    void tellsNothingOfWhatNobodyWants() {
        heard.wanted = false;
        opened().client("PA", 101, 501, "ask").server("PA", 501, 104, "one").server("PA", 507, 104, "three");
        wire.client("FA", 104, 504, "").server("FA", 512, 105, "").client("A", 105, 513, "");

        assertThat(heard.order).isEmpty();
        assertThat(heard.ends).isEmpty();
        assertThat(wire.reassembly.heldBytes()).isZero();
    }

    @Test
    void endsDatagramsThatHaveFallenSilent() {
        wire.datagram(true, "query")
                .datagram(false, "answer")
                .waits(20_000)
                .fromPort(41000)
                .datagram(true, "other");

        assertThat(heard.order).containsExactly(">0 query", "<0 answer", ">0 other");
        assertThat(heard.ends)
                .containsExactly(new Heard.End(1, 5, 6, EventDecoder.CLOSE_TIMEOUT, EventDecoder.END_UNKNOWN));
    }

    @Test
    void neverGoesBackInTime() {
        opened().client("PA", 101, 501, "one").waits(-50).client("PA", 104, 501, "two");

        assertThat(heard.bytes).extracting(Heard.Bytes::direction).containsOnly(Direction.EGRESS);
        assertThat(heard.bytes.get(1).at()).isEqualTo(heard.bytes.get(0).at());
    }
}
