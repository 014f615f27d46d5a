package io.kyanos.cli;

import io.kyanos.Capture;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.SelfStatistics;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** The command as a process of its own, on records that are made up: what signals and pipes do is seen from outside. */
final class OnFakeCapture {

    /** How many records are seen. */
    static final String RECORDS = "records";

    /** Set where the capture is to say "stopping" and never be done with it. */
    static final String STUBBORN = "stubborn";

    /** Set where the capture cannot be linked; to the method that is missing. */
    static final String UNLINKED = "unlinked";

    private OnFakeCapture() {}

    public static void main(String[] args) {
        Assembly assembly = new Assembly(
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                false,
                Map.of(),
                ZoneOffset.UTC,
                Interrupts.OF_PROCESS,
                (system, config, request) -> capture(),
                Assembly.settingsReadersOfAllModules());
        System.exit(Main.run(assembly, args));
    }

    private static Capture capture() {
        String missing = System.getProperty(UNLINKED);
        if (missing != null) {
            throw new UnsatisfiedLinkError(missing);
        }
        TrafficRecord record = TestRecords.http().build();
        List<TrafficRecord> batch = Collections.nCopies(Integer.getInteger(RECORDS, 1), record);
        FakeCapture capture = new FakeCapture(List.of(batch), new Lossless());
        return Boolean.getBoolean(STUBBORN) ? new Stubborn(capture) : capture;
    }

    private record Stubborn(Capture capture) implements Capture {

        @Override
        public Source<List<TrafficRecord>, NotUsed> records() {
            return capture.records();
        }

        @Override
        public SelfStatistics statistics() {
            return capture.statistics();
        }

        @Override
        public String unhealthyReason() {
            return capture.unhealthyReason();
        }

        @Override
        public CompletionStage<Done> stop() {
            System.err.println("stopping");
            return new CompletableFuture<>();
        }
    }
}
