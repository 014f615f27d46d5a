package io.kyanos.reassembly;

import io.kyanos.packet.TransportPacket;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Flows by what their packets have in common, whichever way they go. Looking up allocates nothing. Not thread-safe. */
/*
 * The hash of a packet is that of its ends, added up, so both directions have the same. It is seeded: who chooses the packets
 * should not choose where they fall.
 */
final class FlowTable {

    private static final int FEWEST = 1024;
    private static final long SPREAD = 0x9e3779b97f4a7c15L;

    private final long seed;
    private @Nullable Flow[] flows = new Flow[FEWEST];
    private int size;

    FlowTable(long seed) {
        this.seed = seed;
    }

    int size() {
        return size;
    }

    int hashOf(TransportPacket packet) {
        long ends = end(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort())
                + end(packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
        return (int) (spread(ends ^ packet.space() ^ packet.transport()) >>> 32);
    }

    @Nullable
    Flow find(TransportPacket packet, int hash) {
        Flow flow = flows[hash & (flows.length - 1)];
        while (flow != null && !(flow.hash == hash && flow.owns(packet))) {
            flow = flow.sibling;
        }
        return flow;
    }

    void add(Flow flow) {
        if (size >= flows.length) {
            grow();
        }
        put(flow);
        size++;
    }

    void remove(Flow flow) {
        int place = flow.hash & (flows.length - 1);
        Flow before = null;
        Flow at = flows[place];
        while (at != flow && at != null) {
            before = at;
            at = at.sibling;
        }
        if (at == null) {
            throw new IllegalStateException("remove a flow that is not there: " + flow.generation());
        }
        if (before == null) {
            flows[place] = flow.sibling;
        } else {
            before.sibling = flow.sibling;
        }
        flow.sibling = null;
        size--;
    }

    private void grow() {
        @Nullable Flow[] all = flows;
        flows = new Flow[all.length * 2];
        for (@Nullable Flow chain : all) {
            Flow flow = chain;
            while (flow != null) {
                Flow following = flow.sibling;
                put(flow);
                flow = following;
            }
        }
        Arrays.fill(all, null);
    }

    private void put(Flow flow) {
        int place = flow.hash & (flows.length - 1);
        flow.sibling = flows[place];
        flows[place] = flow;
    }

    private long end(long high, long low, int port) {
        return spread(spread(high ^ seed) + low + port * SPREAD);
    }

    private static long spread(long value) {
        long mixed = (value ^ (value >>> 32)) * SPREAD;
        return (mixed ^ (mixed >>> 29)) * SPREAD;
    }
}
