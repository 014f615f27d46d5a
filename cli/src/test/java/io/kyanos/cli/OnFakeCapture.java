package io.kyanos.cli;

import io.kyanos.record.TestRecords;
import io.kyanos.sink.MetricsSettings;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** The command as a process of its own, on records that are made up: what signals and pipes do is seen from outside. */
final class OnFakeCapture {

    private OnFakeCapture() {}

    public static void main(String[] args) {
        Assembly assembly = new Assembly(
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                false,
                Map.of(),
                ZoneOffset.UTC,
                Interrupts.OF_PROCESS,
                (system, config, request) ->
                        new FakeCapture(List.of(List.of(TestRecords.http().build())), new Lossless()),
                List.of(Settings::of, MetricsSettings::of));
        System.exit(Main.run(assembly, args));
    }
}
