package io.kyanos.event;

import static io.kyanos.event.NameSource.MAIN_CLASS;
import static io.kyanos.event.NameSource.SCRIPT;
import static io.kyanos.event.NameSource.SYSTEMD_UNIT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FoundNamesTest {

    private static final EventDecoder EVENT =
            EventEncoder.read(EventEncoder.process(EventDecoder.KIND_EXEC, 5, 7, 1, "java", "java", "java"));

    @Test
    void followTheirEventWhichStaysAsItIs() {
        FoundNames names =
                FoundNames.of(Map.of(MAIN_CLASS, "Shop", SYSTEMD_UNIT, "shöp", SCRIPT, "\uD83D\uDE00a".repeat(40)));

        EventDecoder read = EventEncoder.read(names.behind(EVENT));

        assertThat(read.processTgid()).isEqualTo(7);
        assertThat(read.startedAs()).isEqualTo("java");
        assertThat(read.foundNames().by(MAIN_CLASS)).isEqualTo("Shop");
        assertThat(read.foundNames().by(SYSTEMD_UNIT)).isEqualTo("shöp");
        assertThat(read.foundNames().by(SCRIPT)).isEqualTo("\uD83D\uDE00a".repeat(21));
        assertThat(read.foundNames().by(NameSource.PROGRAM)).isEmpty();
    }

    @Test
    void anEventWithoutThemHasNone() {
        assertThat(EVENT.foundNames().isEmpty()).isTrue();
    }

    @Test
    void aReaderThatDoesNotKnowASourceReadsTheOthers() {
        byte[] event = FoundNames.of(Map.of(MAIN_CLASS, "Shop", SCRIPT, "a.py")).behind(EVENT);
        event[EventDecoder.PROCESS_SIZE] = 99;

        assertThat(EventEncoder.read(event).foundNames().by(SCRIPT)).isEqualTo("a.py");
    }

    @Test
    void whatIsDamagedIsReadAsNothingOrAsANameThatCanBeShown() {
        byte[] whole = FoundNames.of(Map.of(MAIN_CLASS, "Shop", SCRIPT, "a.py")).behind(EVENT);
        Random random = new Random(7);
        for (int run = 0; run < 20_000; run++) {
            byte[] event = Arrays.copyOf(
                    whole, EventDecoder.PROCESS_SIZE + random.nextInt(whole.length - EventDecoder.PROCESS_SIZE + 1));
            if (random.nextBoolean()) {
                event = whole.clone();
                event[EventDecoder.PROCESS_SIZE + random.nextInt(whole.length - EventDecoder.PROCESS_SIZE)] =
                        (byte) random.nextInt();
            }
            EventDecoder decoder = new EventDecoder();
            assertThat(decoder.wrap(event, 0, event.length)).isTrue();

            String name = decoder.foundNames().by(MAIN_CLASS);

            assertThat(name.isEmpty() || FoundNames.shown(name).isPresent()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "4711", "---", "a\nb", "a\u001b[31m", "a\u202eb", "a\u2028b", "a\uFFFDb", "a\uD800"})
    void aNameCanBeShown(String text) {
        assertThat(FoundNames.shown(text)).isEmpty();
    }

    @Test
    void aNameIsCut() {
        assertThat(FoundNames.shown(" my app.py ")).contains("my app.py");
        assertThat(FoundNames.shown("x".repeat(100))).contains("x".repeat(63));
        assertThat(FoundNames.shown("x".repeat(62) + "\uD83D\uDE00")).contains("x".repeat(62));
    }
}
