package io.kyanos.packet;

/**
 * A segment of TCP or a datagram of UDP, in place. A reused flyweight: valid during one call of a {@link TransportSink}.
 * Not thread-safe.
 */
public final class TransportPacket {

    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;

    /** The upper half of every IPv4 address, and the first half of the lower one: {@code ::ffff:a.b.c.d}. */
    private static final long IPV4_LOW = 0xffff_0000_0000L;

    private static final byte[] NOTHING = {};

    byte[] array = NOTHING;
    int payloadOffset;
    int captured;
    int length;
    long timeNanos;
    int interfaceNumber;
    int transport;
    long sourceHigh;
    long sourceLow;
    long destinationHigh;
    long destinationLow;
    int sourcePort;
    int destinationPort;
    long space;
    int ipId;
    int hopLimit;
    int sequence;
    int acknowledgement;
    int flags;
    int window;

    TransportPacket() {}

    /** When its frame was captured, or the one with its last fragment, since the epoch. */
    public long timeNanos() {
        return timeNanos;
    }

    /** {@link io.kyanos.event.EventDecoder#TRANSPORT_TCP} or {@link io.kyanos.event.EventDecoder#TRANSPORT_UDP}. */
    public int transport() {
        return transport;
    }

    /** The first eight bytes of the source address; IPv4 as {@code ::ffff:a.b.c.d}. */
    public long sourceHigh() {
        return sourceHigh;
    }

    /** The last eight bytes. */
    public long sourceLow() {
        return sourceLow;
    }

    public long destinationHigh() {
        return destinationHigh;
    }

    public long destinationLow() {
        return destinationLow;
    }

    /** Puts the 16 bytes of the source address, in network order. */
    public void copySource(byte[] target, int offset) {
        NetworkOrder.put64(target, offset, sourceHigh);
        NetworkOrder.put64(target, offset + Long.BYTES, sourceLow);
    }

    /** As {@link #copySource}. */
    public void copyDestination(byte[] target, int offset) {
        NetworkOrder.put64(target, offset, destinationHigh);
        NetworkOrder.put64(target, offset + Long.BYTES, destinationLow);
    }

    public int sourcePort() {
        return sourcePort;
    }

    public int destinationPort() {
        return destinationPort;
    }

    /**
     * Tells networks apart that may use the same addresses: of the innermost tunnel that says so its kind and its VNI or
     * key, 0 where there is none. VLANs do not count: the same packet may be seen with its tag and without.
     */
    public long space() {
        return space;
    }

    /** Tells apart where packets were captured, as far as the file says. */
    public int interfaceNumber() {
        return interfaceNumber;
    }

    /** The identification of IPv4; 0 where there is none. */
    public int ipId() {
        return ipId;
    }

    public int hopLimit() {
        return hopLimit;
    }

    /** Of the first byte of payload, or of the SYN; of TCP only, as are the following. */
    public int sequence() {
        return sequence;
    }

    public int acknowledgement() {
        return acknowledgement;
    }

    /** Bits: {@link #FIN} to {@link #ACK}, and others. */
    public int flags() {
        return flags;
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The receive window as it is in the head, not scaled. */
    public int window() {
        return window;
    }

    public byte[] array() {
        return array;
    }

    /** Where the payload begins in {@link #array}. */
    public int payloadOffset() {
        return payloadOffset;
    }

    /** Bytes of payload that are in {@link #array}. */
    public int captured() {
        return captured;
    }

    /** Bytes of payload that the packet had; more than {@link #captured} where the capture has cut it. */
    public int length() {
        return length;
    }

    void ports(int source, int destination) {
        sourcePort = source;
        destinationPort = destination;
    }

    void payload(byte[] newArray, int offset, int newCaptured, int newLength) {
        array = newArray;
        payloadOffset = offset;
        captured = newCaptured;
        length = newLength;
    }

    void ip4(int source, int destination) {
        sourceHigh = 0;
        sourceLow = IPV4_LOW | Integer.toUnsignedLong(source);
        destinationHigh = 0;
        destinationLow = IPV4_LOW | Integer.toUnsignedLong(destination);
    }

    void ip6(byte[] bytes, int source, int destination) {
        sourceHigh = NetworkOrder.i64(bytes, source);
        sourceLow = NetworkOrder.i64(bytes, source + Long.BYTES);
        ip6Destination(bytes, destination);
    }

    void ip6Destination(byte[] bytes, int destination) {
        destinationHigh = NetworkOrder.i64(bytes, destination);
        destinationLow = NetworkOrder.i64(bytes, destination + Long.BYTES);
    }
}
