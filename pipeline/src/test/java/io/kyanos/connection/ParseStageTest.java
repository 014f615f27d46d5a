package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventEncoder;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ParseStageTest {

    private static final int MAX_BUFFERED = 1024;

    private final Books books = new Books(new MemoryBudget(1 << 20), new MemoryBudget(1 << 20));
    private final List<String> log = new ArrayList<>();
    private final Way way = way(true);
    private long position;
    private boolean takenOver;

    @Test
    void framesMessagesThatFollowEachOther() {
        feed("3abc1x");

        assertThat(log).containsExactly("0-4", "4-6");
        assertThat(books.streamBytes(Fate.PARSED)).isEqualTo(6);
    }

    @Test
    void keepsTheBeginningOfAMessageUntilItsEndComes() {
        feed("3a");
        assertThat(books.buffered().usedBytes()).isPositive();
        feed("bc");

        assertThat(log).containsExactly("0-4");
        assertThat(books.buffered().usedBytes()).isZero();
    }

    @Test
    void passesOverABodyThatComesInPartsAndWithGaps() {
        feed("P2abc");
        position += 1990;
        feed("1234567" + "1x");

        assertThat(log).containsExactly("0-2002 truncated", "2002-2004");
        assertThat(books.streamBytes(Fate.PASSED_OVER)).isEqualTo(2000);
        assertThat(books.streamBytes(Fate.GAP_LOST)).isZero();
    }

    @Test
    void findsTheNextMessageAfterBytesThatAreNone() {
        feed("1x??2ab");

        assertThat(log).containsExactly("0-2", "lost", "lost", "4-7");
        assertThat(books.unparsedBytes()).containsEntry(new Books.Key("toy", "no_digit"), 1L);
        assertThat(books.streamBytes(Fate.UNPARSED)).isEqualTo(2);
    }

    @Test
    void findsTheNextMessageAfterAGapThatBreaksFraming() {
        feed("5ab");
        position += 10;
        feed("..1x");

        assertThat(log).containsExactly("lost", "lost", "15-17");
        assertThat(books.streamBytes(Fate.GAP_LOST)).isEqualTo(10);
        assertThat(books.unparsedBytes()).containsEntry(new Books.Key("toy", "gap"), 3L);
    }

    @Test
    void beginsWithASearchWhereNoMessageIsKnownToBegin() {
        Way middle = way(false);

        middle.data(EventEncoder.read(EventEncoder.data(1, 1, 7, 1, 3, Direction.EGRESS, 0, bytes("..1x"), 4)));

        assertThat(log).containsExactly("lost", "2-4");
    }

    @Test
    void givesUpAMessageThatExceedsItsBound() {
        feed("B");
        feed("x".repeat(MAX_BUFFERED));

        assertThat(log).contains("lost").doesNotContain("0-");
        assertThat(books.buffered().usedBytes()).isZero();
        assertThat(books.unparsedBytes()).containsKey(new Books.Key("toy", "overflow"));
    }

    @Test
    void stopsAskingAParserThatMakesNoProgress() {
        feed("S1x");

        assertThat(books.unparsedBytes()).containsEntry(new Books.Key("toy", "no_progress"), 1L);
        assertThat(log).contains("1-3");
    }

    @Test
    void countsBytesThatComeTwiceOnce() {
        feed("1x1y");
        position = 1;
        feed("x1y1z");

        assertThat(log).containsExactly("0-2", "2-4", "4-6");
        assertThat(books.lateBytes()).isEqualTo(3);
        assertThat(books.streamBytes(Fate.PARSED)).isEqualTo(6);
    }

    @Test
    void leavesTheStreamToTheProtocolThatTakesOver() {
        feed("1xUabc");
        position += 5;
        feed("def");

        assertThat(log).containsExactly("0-2", "upgraded to other");
        assertThat(way.end()).isEqualTo(14);
        assertThat(books.streamBytes(Fate.PARSED)).isEqualTo(3);
        assertThat(books.streamBytes(Fate.UPGRADED)).isEqualTo(11);
        assertThat(books.unparsedBytes()).isEmpty();
    }

    @Test
    void readsOnWithTheParserThatTakesOver() {
        takenOver = true;
        feed("1xUP2");
        position += 2000;
        feed("2yy");

        assertThat(log).containsExactly("0-2", "upgraded to other", "3-2005 truncated", "2005-2008");
        assertThat(books.streamBytes(Fate.UPGRADED)).isZero();
    }

    @Test
    void keepsAMessageOpenUntilItsEndIsProven() {
        feed("O1a");
        position += 10;
        feed("what is left of it");
        feed("1x2xx");
        assertThat(log).isEmpty();

        feed("M!2bb");

        assertThat(log).containsExactly("0-38 truncated", "38-41");
        assertThat(books.streamBytes(Fate.GAP_LOST)).isEqualTo(10);
        assertThat(books.streamBytes(Fate.PASSED_OVER)).isEqualTo(2 + 18 + 5 + 2);
        assertThat(books.streamBytes(Fate.PARSED)).isEqualTo(1 + 3);
    }

    @Test
    void searchesForNothingInsideACallAfterAnOpenMessage() {
        feed("O1a");
        position += 10;
        feed("rest");
        way.turnEnds();

        feed("more of it 1x2xx");
        way.data(EventEncoder.read(
                EventEncoder.continued(EventEncoder.data(1, 1, 7, 1, 3, Direction.EGRESS, position, bytes("2yy"), 3))));
        position += 3;
        feed("1z");

        assertThat(log).containsExactly("0-17 truncated", "lost", "36-38");
        assertThat(books.streamBytes(Fate.PASSED_OVER)).isEqualTo(2 + 4 + 16 + 3);
        assertThat(books.unparsedBytes()).isEmpty();
    }

    @Test
    void givesOutWhatIsKnownOfAMessageOnceAndLeavesOutItsEnd() {
        feed("P2" + "a".repeat(500));
        way.giveSoFarSince(1);
        assertThat(log).isEmpty();

        way.giveSoFarSince(2);
        assertThat(log).containsExactly("0-502 truncated");
        way.giveSoFarSince(2);

        feed("b".repeat(1500) + "1x");
        assertThat(log).containsExactly("0-502 truncated", "2002-2004");
    }

    @Test
    void endsAnOpenMessageWithItsTurnOrItsDirection() {
        feed("O1a");
        position += 10;
        feed("rest");
        assertThat(way.isOpen()).isTrue();

        way.turnEnds();
        assertThat(log).containsExactly("0-17 truncated", "lost");
        assertThat(way.isOpen()).isFalse();

        feed("O");
        position += 10;
        feed("rest");
        way.ended(32, true, true);

        assertThat(log).last().isEqualTo("17-32 truncated");
    }

    @Test
    void doesNotCountBytesLeftOutOfACallAsLost() {
        feed("P2");
        byte[] all = bytes("x".repeat(2000) + "1y");
        way.data(EventEncoder.read(EventEncoder.data(1, 1, 7, 1, 3, Direction.EGRESS, 2, all, 1000)));
        position = 2004;
        feed("1z");

        assertThat(log).first().isEqualTo("0-2002");
        assertThat(log).last().isEqualTo("2004-2006");
    }

    @Test
    void countsWhatFailsInARowUntilSomethingIsUnderstood() {
        feed("????");
        assertThat(way.unparsedInARow()).isEqualTo(4);

        feed("1x");
        assertThat(way.unparsedInARow()).isZero();
    }

    @Test
    void countsWhatIsLeftAtTheEnd() {
        feed("5ab");

        way.ended(8, true, true);

        assertThat(books.unparsedBytes()).containsEntry(new Books.Key("toy", "gap"), 3L);
        assertThat(books.streamBytes(Fate.GAP_LOST)).isEqualTo(5);
        assertThat(way.end()).isEqualTo(8);
        assertThat(books.buffered().usedBytes()).isZero();
    }

    private void feed(String text) {
        byte[] all = bytes(text);
        way.data(EventEncoder.read(EventEncoder.data(1, 1, 7, 1, 3, Direction.EGRESS, position, all, all.length)));
        position += all.length;
    }

    private Way way(boolean atBoundary) {
        ConnectionSettings settings = new ConnectionSettings(
                List.of(), Set.of(), Detail.NONE, 1024, MAX_BUFFERED, 16, 1, 1 << 20, 16, Duration.ofSeconds(1), 0);
        ParseStage.Messages messages = new ParseStage.Messages() {
            @Override
            public void message(FramedMessage message) {
                log.add(message.start() + "-" + message.end() + (message.truncated() ? " truncated" : ""));
            }

            @Override
            public void lost() {
                log.add("lost");
            }

            @Override
            public boolean upgraded(String to) {
                log.add("upgraded to " + to);
                if (takenOver) {
                    way.takeOver("other", new ToyParser(), this);
                }
                return takenOver;
            }
        };
        return new Way("toy", new ToyParser(), messages, books, new Account(books), settings, atBoundary, false);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private record ToyMessage(long wireBytes) implements Message {
        @Override
        public String operation() {
            return "toy";
        }

        @Override
        public String resource() {
            return "";
        }

        @Override
        public String status() {
            return "";
        }

        @Override
        public Outcome outcome() {
            return Outcome.OK;
        }

        @Override
        public void attributes(AttributeVisitor visitor) {}

        @Override
        public String text() {
            return "";
        }
    }

    /**
     * A digit and so many bytes are a message; {@code P} and a digit are one whose body is so many thousand bytes. {@code B}
     * never has enough, {@code S} makes no progress, {@code U} is an upgrade. {@code O} begins a message that never ends by
     * itself, but for an exclamation mark once it is open.
     */
    private static final class ToyParser implements Parser {

        private long body;
        private long bodyPassed;
        private boolean endless;
        private boolean open;
        private long openBytes;

        @Override
        public void parse(ByteView view, ParseResult result) {
            if (endless) {
                result.needMore();
                return;
            }
            if (body > 0) {
                result.message(new ToyMessage(2 + body), 0);
                body = 0;
                return;
            }
            byte first = view.byteAt(0);
            if (first == 'O') {
                result.begins(0);
                endless = true;
                openBytes = 1;
                result.skipped(1, 0);
            } else if (first == 'B') {
                result.needMore();
            } else if (first == 'S') {
                result.skipped(0, 0);
            } else if (first == 'U') {
                result.upgraded(null, 1, "other");
            } else if (first == 'P' && view.length() > 1) {
                result.begins(0);
                body = (view.byteAt(1) - '0') * 1000L;
                bodyPassed = 0;
                result.skipped(2, body);
            } else if (first == 'P') {
                result.needMore();
            } else if (first < '0' || first > '9') {
                result.invalid("no_digit");
            } else if (view.length() < 1 + first - '0') {
                result.needMore();
            } else {
                result.message(new ToyMessage(1 + first - '0'), 1 + first - '0');
            }
        }

        @Override
        public void passed(ByteView bytes) {
            bodyPassed += bytes.length();
            openBytes += bytes.length();
        }

        @Override
        public void missed(long bytes) {
            openBytes += bytes;
        }

        @Override
        public int provenEnd(ByteView view) {
            int mark = view.indexOf((byte) '!', 0, view.length());
            return mark < 0 ? -1 : mark + 1;
        }

        @Override
        public boolean isInMessage() {
            return body > 0;
        }

        @Override
        public void soFar(ParseResult result) {
            result.message(new ToyMessage(2 + bodyPassed), 0);
        }

        @Override
        public void lost(ParseResult result) {
            if (endless) {
                if (open) {
                    result.message(new ToyMessage(openBytes), 0);
                } else {
                    result.skipped(0, ParseResult.UNTIL_NEXT);
                }
                endless = !open;
                open = !open;
                return;
            }
            body = 0;
            result.invalid("lost");
        }

        @Override
        public void ended(ParseResult result) {
            lost(result);
        }

        @Override
        public int resync(ByteView view, int from) {
            int at = from;
            while (at < view.length() && !mayBegin(view, at)) {
                at++;
            }
            return at;
        }

        private static boolean mayBegin(ByteView view, int at) {
            byte first = view.byteAt(at);
            return first == 'O' || (first >= '0' && first <= '9');
        }
    }
}
