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

/** Messages of one stream, parts of which lie between those of others, as in HTTP/2 and AMQP. */
class OverlappingMessagesTest {

    private final Books books = new Books(new MemoryBudget(1 << 20), new MemoryBudget(1 << 20));
    private final List<FramedMessage> messages = new ArrayList<>();
    private final Way way = new Way(
            "parts",
            new PartsParser(),
            new ParseStage.Messages() {
                @Override
                public void message(FramedMessage message) {
                    messages.add(message);
                }

                @Override
                public void lost() {}

                @Override
                public boolean upgraded(String to) {
                    return false;
                }
            },
            books,
            new Account(books),
            new ConnectionSettings(
                    List.of(), Set.of(), Detail.NONE, 1024, 1024, 16, 1, 1 << 20, Duration.ofSeconds(1), 0),
            true,
            false);
    private long position;
    private long now;

    @Test
    void eachIsTimedByItsOwnFirstByteWhateverEndsBeforeIt() {
        call("a+");
        call("b+");
        call("a.b.");
        call("b!");
        call("a!");

        assertThat(described()).containsExactly("b 2-10, first 20-21, last 41", "a 0-12, first 10-11, last 51");
    }

    @Test
    void oneThatASingleCallFramesBeginsThere() {
        call("a+");
        call("c*a.d*");
        call("a!");

        assertThat(described())
                .containsExactly(
                        "c 2-4, first 20-21, last 21", "d 6-8, first 20-21, last 21", "a 0-10, first 10-11, last 31");
    }

    @Test
    void oneThatIsCutInItsFirstPartBeginsAtItsFirstByte() {
        call("a+b");
        call("+");
        call("b!a!");

        assertThat(described()).containsExactly("b 2-6, first 10-11, last 31", "a 0-8, first 10-11, last 31");
    }

    @Test
    void oneThatIsDroppedIsOverAndItsKeyIsFree() {
        call("a+");
        call("b+");
        call("a-");
        call("a*");
        call("b!");

        assertThat(described()).containsExactly("a 6-8, first 40-41, last 41", "b 2-10, first 20-21, last 51");
    }

    @Test
    void callsAfterAnOpenMessageAreForgottenButNotItsTimes() {
        call("a+");
        for (int i = 0; i < 1000; i++) {
            call("b+b.b!");
        }
        call("a!");

        assertThat(messages).hasSize(1001);
        assertThat(described()).last().isEqualTo("a 0-6004, first 10-11, last 10021");
        assertThat(described()).element(500).isEqualTo("b 3002-3008, first 5020-5021, last 5021");
    }

    private void call(String text) {
        now += 10;
        byte[] all = text.getBytes(StandardCharsets.ISO_8859_1);
        way.data(EventEncoder.read(
                EventEncoder.data(now, now + 1, 7, 1, 3, Direction.EGRESS, position, all, all.length)));
        position += all.length;
    }

    private List<String> described() {
        return messages.stream()
                .map(framed -> framed.message().operation() + " " + framed.start() + "-" + framed.end() + ", first "
                        + framed.firstEnteredAt() + "-" + framed.firstExitedAt() + ", last " + framed.lastExitedAt())
                .toList();
    }

    /** A part is the letter of its message and {@code +} for the first, {@code !} for the last, {@code *} for both, {@code -} to drop it. */
    private static final class PartsParser implements Parser {

        @Override
        public void parse(ByteView view, ParseResult result) {
            if (view.length() < 2) {
                result.needMore();
                return;
            }
            byte letter = view.byteAt(0);
            switch (view.byteAt(1)) {
                case '+' -> {
                    result.begins(0, letter);
                    result.skipped(2, 0);
                }
                case '!', '*' -> {
                    result.ends(letter);
                    result.message(new Part(Character.toString(letter)), 2);
                }
                case '-' -> {
                    result.ends(letter);
                    result.skipped(2, 0);
                }
                default -> result.skipped(2, 0);
            }
        }

        @Override
        public void lost(ParseResult result) {
            result.invalid("lost");
        }

        @Override
        public void ended(ParseResult result) {
            result.invalid("ended");
        }

        @Override
        public int resync(ByteView view, int from) {
            return view.length();
        }
    }

    private record Part(String operation) implements Message {
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
        public long wireBytes() {
            return 2;
        }

        @Override
        public void attributes(AttributeVisitor visitor) {}

        @Override
        public String text() {
            return "";
        }
    }
}
