package io.kyanos.replay;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.connection.Loss;
import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;
import io.kyanos.packet.CaptureFile;
import io.kyanos.packet.CapturedFrame;
import io.kyanos.packet.PacketDecoder;
import io.kyanos.packet.PacketStatistics.Reason;
import io.kyanos.reassembly.Reassembly;
import io.kyanos.reassembly.ReassemblySettings;
import io.kyanos.record.Side;
import java.io.IOException;
import java.io.InputStream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A packet capture: what its packets show of connections, as events. Its clock is that of the packets, since the epoch. */
public final class PacketCapture implements RecordedEvents {

    /** How its events came. */
    static final String TRANSPORT = "packets";

    private static final String SO_FAR = ". Hint: all that was captured before it has been read.";

    /** What of packets is a loss. What is no TCP or UDP, or was captured twice, is none. */
    private static final Map<Loss, Set<Reason>> LOSSES = Map.of(
            Loss.LINK_TYPE, Set.of(Reason.UNKNOWN_LINK_TYPE, Reason.UNKNOWN_INTERFACE),
            Loss.PACKET_MALFORMED,
                    Set.of(
                            Reason.MALFORMED_LINK,
                            Reason.MALFORMED_NETWORK,
                            Reason.MALFORMED_TUNNEL,
                            Reason.MALFORMED_TRANSPORT,
                            Reason.NESTED_TOO_DEEP),
            Loss.FRAGMENTS, Set.of(Reason.FRAGMENT_INCOMPLETE, Reason.FRAGMENT_OVER_LIMIT),
            Loss.HEAD_CUT, Set.of(Reason.HEAD_CUT),
            Loss.PAYLOAD_CUT, Set.of(Reason.PAYLOAD_CUT));

    private final String name;
    private final CaptureFile file;
    private final CapturedFrame frame = new CapturedFrame();
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketStreams streams;
    private final Reassembly reassembly;
    private volatile List<String> remarks = List.of();
    private volatile Map<Loss, Long> losses = Map.of();
    private boolean exhausted;
    private boolean ended;

    private PacketCapture(String name, CaptureFile file, CaptureFilters filters, ReassemblySettings settings) {
        this.name = name;
        this.file = file;
        streams = new PacketStreams(filters, this::now);
        reassembly = new Reassembly(streams, settings, new SecureRandom().nextLong());
    }

    /**
     * Reads the beginning of a capture, and owns the stream from then on.
     *
     * @param name of the file, for messages
     * @param filters that have been {@linkplain #check checked}
     * @throws io.kyanos.packet.CaptureException if it is no capture, or one that nobody reads
     */
    public static PacketCapture open(InputStream in, String name, CaptureFilters filters, ReassemblySettings settings)
            throws IOException {
        return new PacketCapture(name, CaptureFile.open(in, name), filters, settings);
    }

    /** @throws IllegalArgumentException if the filters ask for what no packet shows */
    static void check(String name, CaptureFilters filters) {
        if (filters.chooseProcesses()) {
            throw new IllegalArgumentException("read packet capture " + name
                    + ": packets do not show processes (expected: no flags that choose them). Hint: --ports,"
                    + " --local-ips and the like choose connections.");
        }
        if (filters.side() == Side.SERVER) {
            throw new IllegalArgumentException("read packet capture " + name
                    + ": side: server (expected: client or all). Hint: of packets, all records are as clients see"
                    + " them; --remote-ports and --remote-ips choose servers.");
        }
    }

    @Override
    public boolean isFiltered() {
        return true;
    }

    @Override
    public long epochOffsetNanos() {
        return 0;
    }

    @Override
    public String transport() {
        return TRANSPORT;
    }

    @Override
    public int payloadCap() {
        return Integer.MAX_VALUE;
    }

    @Override
    public @Nullable Part next() {
        EventBatch full = takeFull();
        while (full == null && !ended) {
            read();
            full = takeFull();
        }
        return full == null ? null : new Part(new ArrayList<>(), full);
    }

    /** Reads one packet, and waits for it where the stream does; once there are none, ends one connection. */
    void read() {
        if (!exhausted) {
            exhausted = !readFrame();
        } else if (!reassembly.endNext()) {
            streams.seal();
            losses = losses();
            ended = true;
        }
    }

    private boolean readFrame() {
        try {
            if (file.next(frame)) {
                decoder.decode(frame, reassembly);
                return true;
            }
            remarks = file.brokenOff()
                    .map(reason -> List.of("read packet capture " + name + ": " + reason + SO_FAR))
                    .orElse(List.of());
        } catch (IOException e) {
            remarks = List.of(e.getMessage() + SO_FAR);
        }
        decoder.finish();
        return false;
    }

    /** Nothing more comes. */
    boolean isEnded() {
        return ended;
    }

    /** A batch that is full; null if none is. */
    @Nullable
    EventBatch takeFull() {
        EventBatch full = streams.takeFull();
        if (full != null) {
            losses = losses();
        }
        return full;
    }

    /** What is made of the packets so far is full. */
    void seal() {
        streams.seal();
    }

    @Override
    public long lostEvents(Channel channel) {
        return 0;
    }

    @Override
    public Map<Loss, Long> withoutRoom() {
        return losses;
    }

    @Override
    public List<String> remarks() {
        return remarks;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException ignored) {
            // It was only read.
        }
    }

    private Map<Loss, Long> losses() {
        Map<Loss, Long> counts = new EnumMap<>(Loss.class);
        LOSSES.forEach((loss, reasons) -> counts.put(
                loss,
                reasons.stream()
                        .mapToLong(reason -> decoder.statistics().count(reason))
                        .sum()));
        counts.put(Loss.FLOWS_FULL, reassembly.statistics().flowsWithoutRoom());
        counts.put(Loss.SEGMENTS_FULL, reassembly.statistics().holesWithoutRoom());
        return Map.copyOf(counts);
    }

    private long now() {
        return reassembly.now();
    }
}
