package io.kyanos.record;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Addresses from one to another, both inside. IPv4 addresses are those of {@code ::ffff:0:0/96}, so {@code ::/0} is every
 * address. Immutable.
 */
public final class AddressRange {

    /** What a range may look like, for messages. */
    public static final String EXPECTED =
            "addresses, networks or ranges, like 10.0.0.7,10.1.0.0/16,10.0.0.1-10.0.0.9,fe80::/10";

    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final int BITS = 128;
    private static final int IPV4_BITS = 32;
    private static final byte[] IPV4_PREFIX = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff};

    private final String text;
    private final BigInteger first;
    private final BigInteger last;
    private final long firstHigh;
    private final long firstLow;
    private final long lastHigh;
    private final long lastLow;

    private AddressRange(String text, BigInteger first, BigInteger last) {
        this.text = text;
        this.first = first;
        this.last = last;
        this.firstHigh = first.shiftRight(Long.SIZE).longValue();
        this.firstLow = first.longValue();
        this.lastHigh = last.shiftRight(Long.SIZE).longValue();
        this.lastLow = last.longValue();
    }

    /**
     * All addresses that begin with the same bits.
     *
     * @param high the first 8 bytes
     * @param low the last 8 bytes; bits after the prefix are zero
     * @param length 0 to 128
     */
    public record Prefix(long high, long low, int length) {}

    /**
     * Reads {@code 10.0.0.7}, {@code 10.0.0.0/8} (bits after the prefix do not matter), {@code 10.0.0.1-10.0.0.9}, and
     * the same of IPv6. Names are not looked up: what a name server says today must not decide.
     *
     * @throws IllegalArgumentException with the text and what is expected
     */
    public static AddressRange parse(String text) {
        if (text.indexOf('%') >= 0) {
            throw new IllegalArgumentException(
                    text + " (expected: an address without a zone, like fe80::1, as it holds on every interface)");
        }
        int slash = text.indexOf('/');
        int dash = text.indexOf('-');
        if (slash >= 0) {
            return network(text, text.substring(0, slash), text.substring(slash + 1));
        }
        if (dash < 0) {
            BigInteger address = number(text, text);
            return new AddressRange(text, address, address);
        }
        String from = text.substring(0, dash);
        String to = text.substring(dash + 1);
        BigInteger first = number(text, from);
        BigInteger last = number(text, to);
        if (isIpv6(from) != isIpv6(to)) {
            throw new IllegalArgumentException(text + " (expected: both ends IPv4, or both IPv6)");
        }
        if (first.compareTo(last) > 0) {
            throw new IllegalArgumentException(text + " (expected: the lower end first, like " + to + "-" + from + ")");
        }
        return new AddressRange(text, first, last);
    }

    private static AddressRange network(String text, String address, String length) {
        int most = isIpv6(address) ? BITS : IPV4_BITS;
        BigInteger ip = number(text, address);
        int bits = -1;
        if (length.matches("\\d{1,3}")) {
            bits = Integer.parseInt(length);
        }
        if (bits < 0 || bits > most) {
            throw new IllegalArgumentException(text + " (expected: a length of 0 to " + most + " behind the /)");
        }
        BigInteger size = BigInteger.ONE.shiftLeft(most - bits);
        BigInteger first = ip.andNot(size.subtract(BigInteger.ONE));
        return new AddressRange(text, first, first.add(size).subtract(BigInteger.ONE));
    }

    private static boolean isIpv6(String address) {
        return address.indexOf(':') >= 0;
    }

    private static BigInteger number(String text, String address) {
        boolean bracketed = address.startsWith("[") && address.endsWith("]");
        String bare = bracketed ? address.substring(1, address.length() - 1) : address;
        boolean literal = (IPV4.matcher(bare).matches() && !bracketed)
                || IPV6.matcher(bare).matches();
        if (literal) {
            try {
                return new BigInteger(1, sixteen(InetAddress.getByName(bare).getAddress()));
            } catch (UnknownHostException ignored) {
                // Looks like an address but is none, as 300.1.1.1: reported below.
            }
        }
        throw new IllegalArgumentException(text + " (expected: " + EXPECTED + ")");
    }

    private static byte[] sixteen(byte[] ip) {
        if (ip.length == BITS / Byte.SIZE) {
            return ip;
        }
        byte[] mapped = Arrays.copyOf(IPV4_PREFIX, BITS / Byte.SIZE);
        System.arraycopy(ip, 0, mapped, IPV4_PREFIX.length, ip.length);
        return mapped;
    }

    /** Whether the end has an address, and it is one of these. */
    public boolean contains(Endpoint end) {
        return !end.isUnix() && contains(end.ipHigh(), end.ipLow());
    }

    /** Whether the address of these halves is one of these. */
    public boolean contains(long high, long low) {
        return compare(firstHigh, firstLow, high, low) <= 0 && compare(high, low, lastHigh, lastLow) <= 0;
    }

    private static int compare(long high, long low, long otherHigh, long otherLow) {
        return high == otherHigh ? Long.compareUnsigned(low, otherLow) : Long.compareUnsigned(high, otherHigh);
    }

    /** The fewest prefixes that are these addresses together, at most 254. */
    public List<Prefix> prefixes() {
        List<Prefix> prefixes = new ArrayList<>();
        BigInteger from = first;
        while (from.compareTo(last) <= 0) {
            int free = from.signum() == 0 ? BITS : Math.min(BITS, from.getLowestSetBit());
            BigInteger left = last.subtract(from).add(BigInteger.ONE);
            free = Math.min(free, left.bitLength() - 1);
            prefixes.add(new Prefix(from.shiftRight(Long.SIZE).longValue(), from.longValue(), BITS - free));
            from = from.add(BigInteger.ONE.shiftLeft(free));
        }
        return prefixes;
    }

    /** Whether every address of the other range is one of these. */
    public boolean contains(AddressRange other) {
        return first.compareTo(other.first) <= 0 && last.compareTo(other.last) >= 0;
    }

    /** Whether every address of the prefix is one of these. */
    public boolean contains(Prefix prefix) {
        int free = BITS - prefix.length();
        long highOnes = free <= Long.SIZE ? 0 : ones(free - Long.SIZE);
        long lowOnes = ones(Math.min(free, Long.SIZE));
        return contains(prefix.high(), prefix.low()) && contains(prefix.high() | highOnes, prefix.low() | lowOnes);
    }

    private static long ones(int count) {
        return count == 0 ? 0 : -1L >>> (Long.SIZE - count);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AddressRange that && first.equals(that.first) && last.equals(that.last);
    }

    @Override
    public int hashCode() {
        return 31 * first.hashCode() + last.hashCode();
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }
}
