package io.kyanos.protocol.dns;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.StreamKind;
import io.kyanos.record.Endpoint;

/**
 * DNS, over UDP and TCP, on any port but those of its relatives: mDNS, LLMNR and NetBIOS names look like it, but are asked
 * of everybody, and whoever knows answers, or nobody. Immutable.
 */
// RFC 1035; RFC 6891 (EDNS), RFC 7766 (TCP), RFC 9619 (one question)
public final class DnsProtocol implements Protocol {

    /** What it says of itself. */
    public static final Descriptor DESCRIPTOR = DnsDescriptor.of();

    public static final DnsProtocol INSTANCE = new DnsProtocol();

    private static final int NETBIOS_NAMES = 137;
    private static final int MULTICAST_DNS = 5353;
    private static final int LINK_LOCAL_NAMES = 5355;

    private DnsProtocol() {}

    @Override
    public Descriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public Guess guess(ByteView head, ByteView other) {
        return DnsGuess.stream(head, 0);
    }

    /** Any single byte may be the first one of a length: to wait for the next one would hide what others begin with. */
    @Override
    public Guess guessAnywhere(ByteView head, ByteView other) {
        return head.length() < DnsParser.PREFIX_BYTES ? Guess.NO : DnsGuess.stream(head, 0);
    }

    @Override
    public Guess guessDatagram(ByteView datagram, boolean whole, Endpoint local, Endpoint peer) {
        if (isOfRelative(local.port()) || isOfRelative(peer.port())) {
            return Guess.NO;
        }
        Guess guess = DnsGuess.message(datagram, 0, datagram.length(), whole);
        return guess == Guess.UNSURE ? Guess.NO : guess;
    }

    private static boolean isOfRelative(int port) {
        return port == MULTICAST_DNS || port == LINK_LOCAL_NAMES || port == NETBIOS_NAMES;
    }

    @Override
    public Conversation newConversation(StreamKind kind, Detail detail, Endpoint server) {
        return DnsConversation.of(kind, detail);
    }
}
