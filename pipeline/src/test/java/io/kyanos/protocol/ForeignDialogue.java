package io.kyanos.protocol;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * What the two sides of a protocol that is not ours say to each other, as its specification prints it or a program has
 * said it. In the resources {@code foreign}, a step per line: {@code C} or {@code S} for who sends, and the bytes as a
 * string of Java or, behind {@code hex}, as numbers.
 */
public record ForeignDialogue(String name, List<Said> steps) {

    /** Bytes that the client, or else the server, has sent in one call. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    public record Said(boolean byClient, byte[] bytes) {}

    private static final String HEX = "hex ";

    private static final List<String> STREAMS = List.of(
            "ajp13",
            "amqp",
            "beanstalkd",
            "bgp",
            "bittorrent",
            "cassandra",
            "clamav",
            "clickhouse",
            "dbus",
            "diameter",
            "dubbo",
            "elasticsearch",
            "fastcgi",
            "finger",
            "fix",
            "frames-of-nine",
            "ftp",
            "gearman",
            "git",
            "graphite",
            "http-like",
            "icap",
            "images",
            "imap",
            "irc",
            "jsonrpc-lines",
            "kafka",
            "kerberos-tcp",
            "ldap",
            "length-of-two",
            "length-prefixed",
            "lsp",
            "managesieve",
            "memcached",
            "memcached-binary",
            "modbus",
            "mongodb",
            "mqtt",
            "mysql-like",
            "netstrings",
            "nntp",
            "ok-lines",
            "pop3",
            "postgresql-like",
            "proxy-v2",
            "pulsar",
            "rdp",
            "rocketmq",
            "rpc",
            "rsync",
            "rtmp",
            "rtsp",
            "sip",
            "smb",
            "smtp",
            "socks5",
            "spamd",
            "ssh",
            "statsd-tcp",
            "stomp",
            "stun-tcp",
            "syslog-tcp",
            "tags",
            "tds",
            "telnet",
            "thrift",
            "tls12",
            "tls13",
            "tns",
            "vnc",
            "websocket",
            "x11",
            "xmpp",
            "zabbix",
            "zeros",
            "zookeeper",
            "zookeeper-words");

    private static final List<String> DATAGRAMS = List.of(
            "udp-coap",
            "udp-dhcp",
            "udp-dht",
            "udp-dtls",
            "udp-gelf",
            "udp-kerberos",
            "udp-mdns",
            "udp-memcached",
            "udp-nbns",
            "udp-netflow",
            "udp-ntp",
            "udp-openvpn",
            "udp-quic",
            "udp-radius",
            "udp-rpc",
            "udp-rtp",
            "udp-sip",
            "udp-snmp",
            "udp-ssdp",
            "udp-statsd",
            "udp-stun",
            "udp-syslog",
            "udp-tftp",
            "udp-vxlan",
            "udp-wireguard");

    /** Those over streams. */
    public static List<ForeignDialogue> all() {
        return STREAMS.stream().map(ForeignDialogue::read).toList();
    }

    /** Those of which each step is a datagram. */
    public static List<ForeignDialogue> ofDatagrams() {
        return DATAGRAMS.stream().map(ForeignDialogue::read).toList();
    }

    private static ForeignDialogue read(String name) {
        try (InputStream in = ForeignDialogue.class.getResourceAsStream("/foreign/" + name + ".txt")) {
            if (in == null) {
                throw new IllegalStateException("no dialogue of " + name);
            }
            List<Said> steps = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).split("\n")) {
                if (line.startsWith("C ") || line.startsWith("S ")) {
                    steps.add(new Said(line.charAt(0) == 'C', bytes(line.substring(2))));
                }
            }
            return new ForeignDialogue(name, List.copyOf(steps));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.startsWith(HEX)
                ? HexFormat.ofDelimiter(" ").parseHex(text.substring(HEX.length()))
                : text.translateEscapes().getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
        return name;
    }
}
