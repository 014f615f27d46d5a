package io.kyanos.packet;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes a pcapng file of packets that never were: such as would have carried the given streams, with headers of IP and
 * TCP or UDP that fit, checksums included. One interface of raw IP, times in nanoseconds. Not thread-safe.
 */
/*
 * What was not captured leaves a hole in the sequence numbers. A stretch of which only the beginning was captured is a
 * packet that was cut: its headers say how long it was, as far as one packet can be.
 */
public final class CaptureWriter implements AutoCloseable {

    /** Of one packet, so that also the header of IPv4 can tell its length. */
    static final int MAX_PAYLOAD_BYTES = 65_535 - 20 - 20;

    private static final int MAX_DATAGRAM_BYTES = 65_535 - 20 - 8;

    private static final int BLOCK_HEAD_BYTES = 8;
    private static final int PACKET_HEAD_BYTES = 28;
    private static final int IP4_BYTES = 20;
    private static final int IP6_BYTES = 40;
    private static final int TCP_BYTES = 20;
    private static final int UDP_BYTES = 8;
    private static final int HOP_LIMIT = 64;
    private static final int TCP_SUM = 16;
    private static final int UDP_SUM = 6;
    private static final int WINDOW = 0xffff;
    private static final int DO_NOT_FRAGMENT = 0x4000;
    private static final int OPTION_RESOLUTION = 9;
    private static final int NANOSECONDS = 9;

    private final OutputStream out;
    private final byte[] block = new byte[PACKET_HEAD_BYTES + IP6_BYTES + TCP_BYTES + MAX_PAYLOAD_BYTES + 8];
    private long writtenBytes;
    private long packets;

    private CaptureWriter(OutputStream out) {
        this.out = out;
    }

    /** Begins a capture. The stream is owned from then on; it should be buffered. */
    public static CaptureWriter open(OutputStream out) throws IOException {
        CaptureWriter writer = new CaptureWriter(out);
        writer.head();
        return writer;
    }

    /** Bytes so far. */
    public long writtenBytes() {
        return writtenBytes;
    }

    /** Packets so far. */
    public long packets() {
        return packets;
    }

    /** Hands what waits to the system. */
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** The three packets that open a connection. */
    void handshake(WrittenFlow flow, boolean localBegins, long timeNanos) throws IOException {
        packet(flow, localBegins, timeNanos, -1, TransportPacket.SYN, block, 0, 0, 0);
        packet(flow, !localBegins, timeNanos, -1, TransportPacket.SYN | TransportPacket.ACK, block, 0, 0, 0);
        packet(flow, localBegins, timeNanos, 0, TransportPacket.ACK, block, 0, 0, 0);
    }

    /**
     * Bytes of a stream, in as many packets as they need.
     *
     * @param length of the stretch from {@code position} on, of which the first {@code captured} bytes are in
     *     {@code array}
     */
    void data(
            WrittenFlow flow,
            boolean isEgress,
            long timeNanos,
            long position,
            int length,
            byte[] array,
            int offset,
            int captured)
            throws IOException {
        for (int done = 0; done < captured; ) {
            int piece = Math.min(MAX_PAYLOAD_BYTES, length - done);
            int there = Math.min(piece, captured - done);
            int flags = TransportPacket.ACK | (done + piece == length ? TransportPacket.PSH : 0);
            packet(flow, isEgress, timeNanos, position + done, flags, array, offset + done, there, piece);
            done += there;
        }
        if (isEgress) {
            flow.localNext = Math.max(flow.localNext, position + length);
        } else {
            flow.remoteNext = Math.max(flow.remoteNext, position + length);
        }
    }

    /** A datagram; of one that is longer than any can be, what fits. */
    void datagram(
            WrittenFlow flow, boolean isEgress, long timeNanos, int length, byte[] array, int offset, int captured)
            throws IOException {
        int fitting = Math.min(length, MAX_DATAGRAM_BYTES);
        packet(flow, isEgress, timeNanos, 0, 0, array, offset, Math.min(captured, fitting), fitting);
    }

    /** The packets that close a connection, in order or by a reset. */
    void end(WrittenFlow flow, boolean localFirst, boolean isReset, long timeNanos, long localEnd, long remoteEnd)
            throws IOException {
        long firstEnd = localFirst ? localEnd : remoteEnd;
        long secondEnd = localFirst ? remoteEnd : localEnd;
        flow.localNext = Math.max(flow.localNext, localEnd);
        flow.remoteNext = Math.max(flow.remoteNext, remoteEnd);
        if (isReset) {
            packet(flow, localFirst, timeNanos, firstEnd, TransportPacket.RST | TransportPacket.ACK, block, 0, 0, 0);
            return;
        }
        int fin = TransportPacket.FIN | TransportPacket.ACK;
        packet(flow, localFirst, timeNanos, firstEnd, fin, block, 0, 0, 0);
        if (localFirst) {
            flow.localNext++;
        } else {
            flow.remoteNext++;
        }
        packet(flow, !localFirst, timeNanos, secondEnd, fin, block, 0, 0, 0);
        if (localFirst) {
            flow.remoteNext++;
        } else {
            flow.localNext++;
        }
        packet(flow, localFirst, timeNanos, firstEnd + 1, TransportPacket.ACK, block, 0, 0, 0);
    }

    /** @param position of the first byte of a segment; -1 of a SYN, which comes before it */
    private void packet(
            WrittenFlow flow,
            boolean isEgress,
            long timeNanos,
            long position,
            int flags,
            byte[] array,
            int offset,
            int captured,
            int length)
            throws IOException {
        int ipHead = flow.isIp6 ? IP6_BYTES : IP4_BYTES;
        int head = flow.isTcp ? TCP_BYTES : UDP_BYTES;
        int ip = PACKET_HEAD_BYTES;
        int transport = ip + ipHead;
        if (captured > 0) {
            System.arraycopy(array, offset, block, transport + head, captured);
        }
        if (flow.isIp6) {
            ip6(flow, isEgress, ip, head + length);
        } else {
            ip4(flow, isEgress, ip, head + length);
        }
        NetworkOrder.put16(block, transport, isEgress ? flow.localPort : flow.remotePort);
        NetworkOrder.put16(block, transport + 2, isEgress ? flow.remotePort : flow.localPort);
        if (flow.isTcp) {
            tcp(flow, isEgress, transport, position, flags);
        } else {
            NetworkOrder.put16(block, transport + 4, UDP_BYTES + length);
        }
        // Of bytes that are not there nobody knows the sum.
        int sum = captured < length ? 0 : transportSum(flow, transport, head + length);
        NetworkOrder.put16(block, transport + (flow.isTcp ? TCP_SUM : UDP_SUM), sum);
        write(flow.notBefore(timeNanos), ipHead + head + captured, ipHead + head + length);
    }

    private void tcp(WrittenFlow flow, boolean isEgress, int at, long position, int flags) {
        int sequence = (isEgress ? flow.localStart : flow.remoteStart) + 1 + (int) position;
        int other = isEgress ? flow.remoteStart : flow.localStart;
        long otherNext = isEgress ? flow.remoteNext : flow.localNext;
        boolean acknowledges = (flags & TransportPacket.ACK) != 0;
        NetworkOrder.put32(block, at + 4, sequence);
        NetworkOrder.put32(block, at + 8, acknowledges ? other + 1 + (int) otherNext : 0);
        block[at + 12] = (TCP_BYTES / 4) << 4;
        block[at + 13] = (byte) flags;
        NetworkOrder.put16(block, at + 14, WINDOW);
        NetworkOrder.put16(block, at + 16, 0);
        NetworkOrder.put16(block, at + 18, 0);
    }

    private void ip4(WrittenFlow flow, boolean isEgress, int at, int payload) {
        NetworkOrder.put16(block, at, 0x4500);
        NetworkOrder.put16(block, at + 2, IP4_BYTES + payload);
        NetworkOrder.put16(block, at + 4, 0);
        NetworkOrder.put16(block, at + 6, DO_NOT_FRAGMENT);
        block[at + 8] = HOP_LIMIT;
        block[at + 9] = (byte) protocol(flow);
        NetworkOrder.put16(block, at + 10, 0);
        System.arraycopy(isEgress ? flow.local : flow.remote, 12, block, at + 12, 4);
        System.arraycopy(isEgress ? flow.remote : flow.local, 12, block, at + 16, 4);
        NetworkOrder.put16(block, at + 10, folded(sum(at, IP4_BYTES)));
    }

    private void ip6(WrittenFlow flow, boolean isEgress, int at, int payload) {
        NetworkOrder.put32(block, at, 0x6000_0000);
        NetworkOrder.put16(block, at + 4, payload);
        block[at + 6] = (byte) protocol(flow);
        block[at + 7] = HOP_LIMIT;
        System.arraycopy(isEgress ? flow.local : flow.remote, 0, block, at + 8, 16);
        System.arraycopy(isEgress ? flow.remote : flow.local, 0, block, at + 24, 16);
    }

    /** With the pseudo header: addresses, protocol and length. */
    private int transportSum(WrittenFlow flow, int at, int length) {
        NetworkOrder.put16(block, at + (flow.isTcp ? TCP_SUM : UDP_SUM), 0);
        int addresses = flow.isIp6 ? 32 : 8;
        int sum = folded(sum(at - addresses, addresses) + protocol(flow) + length + sum(at, length));
        // In a datagram 0 says that there is none.
        return sum == 0 && !flow.isTcp ? 0xffff : sum;
    }

    private static int protocol(WrittenFlow flow) {
        return flow.isTcp ? NetworkLayer.TCP : NetworkLayer.UDP;
    }

    private long sum(int from, int length) {
        long sum = 0;
        int at = from;
        for (; at + 1 < from + length; at += 2) {
            sum += NetworkOrder.u16(block, at);
        }
        return at < from + length ? sum + (NetworkOrder.u8(block, at) << 8) : sum;
    }

    /** RFC 1071. */
    private static int folded(long sum) {
        long folded = sum;
        while (folded >> 16 != 0) {
            folded = (folded & 0xffff) + (folded >> 16);
        }
        return (int) ~folded & 0xffff;
    }

    private void head() throws IOException {
        NetworkOrder.put32(block, 0, PcapngFormat.SECTION_HEADER);
        NetworkOrder.put32(block, 4, 28);
        NetworkOrder.put32(block, 8, PcapngFormat.BYTE_ORDER_MAGIC);
        NetworkOrder.put16(block, 12, 1);
        NetworkOrder.put16(block, 14, 0);
        NetworkOrder.put64(block, 16, -1);
        NetworkOrder.put32(block, 24, 28);
        put(28);
        NetworkOrder.put32(block, 0, PcapngFormat.INTERFACE_DESCRIPTION);
        NetworkOrder.put32(block, 4, 32);
        NetworkOrder.put32(block, 8, LinkLayer.RAW << 16);
        NetworkOrder.put32(block, 12, 0);
        NetworkOrder.put32(block, 16, OPTION_RESOLUTION << 16 | 1);
        NetworkOrder.put32(block, 20, NANOSECONDS << 24);
        NetworkOrder.put32(block, 24, 0);
        NetworkOrder.put32(block, 28, 32);
        put(32);
    }

    private void write(long timeNanos, int captured, int original) throws IOException {
        int padded = (captured + 3) & ~3;
        int length = PACKET_HEAD_BYTES + padded + 4;
        NetworkOrder.put32(block, 0, PcapngFormat.ENHANCED_PACKET);
        NetworkOrder.put32(block, 4, length);
        NetworkOrder.put32(block, BLOCK_HEAD_BYTES, 0);
        NetworkOrder.put64(block, 12, timeNanos);
        NetworkOrder.put32(block, 20, captured);
        NetworkOrder.put32(block, 24, original);
        for (int at = PACKET_HEAD_BYTES + captured; at < PACKET_HEAD_BYTES + padded; at++) {
            block[at] = 0;
        }
        NetworkOrder.put32(block, PACKET_HEAD_BYTES + padded, length);
        put(length);
        packets++;
    }

    private void put(int length) throws IOException {
        out.write(block, 0, length);
        writtenBytes += length;
    }
}
