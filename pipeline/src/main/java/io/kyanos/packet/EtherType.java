package io.kyanos.packet;

/** What a link layer says of what it carries, and what else takes these numbers. */
final class EtherType {

    static final int IPV4 = 0x0800;
    static final int IPV6 = 0x86dd;
    static final int VLAN = 0x8100;
    static final int PROVIDER_VLAN = 0x88a8;
    static final int OLD_PROVIDER_VLAN = 0x9100;
    static final int OTHER_OLD_PROVIDER_VLAN = 0x9200;
    static final int MPLS = 0x8847;
    static final int MPLS_MULTICAST = 0x8848;
    static final int PPPOE_SESSION = 0x8864;
    static final int PPP = 0x880b;
    static final int BRIDGED_ETHERNET = 0x6558;
    static final int ERSPAN = 0x88be;
    static final int ERSPAN_TYPE_3 = 0x22eb;

    /** Smaller ones are lengths. */
    static final int LEAST = 0x0600;

    private EtherType() {}
}
